// An Alloy-shaped server that shares no code with our client or our simulator.
// Where the API is documented in several ways, or only observed, it takes another
// legal way than the simulator does, so that the client cannot lean on ours:
//
//   - the key is checked before the version header; a bad key is answered with text
//   - both API versions are accepted; a missing one is answered with a page of HTML
//   - execute answers {"responseData": …} and nothing else
//   - a refusal of the provider comes with status 200, inside responseData
//   - credentials are listed in any order, with extra fields, some seconds late, each
//     with the same name and a number behind it
//   - get-self of Notion may not be there
//   - per user they are only found at /credentials/users/{id}, under a bare type
//   - metadata is of the older generation, the body schema sits where OpenAPI puts it
//   - Notion is of 2022-06-28: it knows pages and databases, and wants its version
//
// Usage: node foreign-alloy.mjs JOURNAL [SECONDS,SECONDS…] [SELF] [ORDER]
// It prints one line of JSON: base, key and user. JOURNAL gets a line per request,
// without the key. SECONDS is how late a new credential is listed, by turns (default
// 3). SELF is what Notion's get-self does: "missing" it is in no list; "broken" it is
// listed and not described; "notion" it answers as Notion does (default broken). ORDER
// of the lists is newest, oldest or changing (default changing).

import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { formMetadata, forms, introduce, whoami } from './foreign-forms.mjs';

const [journal, late = '3', self = 'broken', order = 'changing'] = process.argv.slice(2);
const lateness = late.split(',').map(Number);
const objectId = () => randomBytes(12).toString('hex');
const prefix = '/tenant-7/rest';
const key = 'fk_' + randomBytes(12).toString('base64url');
const user = { userId: objectId(), username: 'ada@foreign.example', fullName: 'Ada Foreign', plan: 'trial' };
const owner = objectId();
const credentials = []; // { owner, listedAt, row }
const links = new Map(); // token → userId

// ---- Notion, as of 2022-06-28 ------------------------------------------------

const uuid = (n) => `0f0e0d0c-0000-4000-8000-${String(n).padStart(12, '0')}`;
const runs = (...texts) => texts.map((t) => ({ type: 'text', text: { content: t }, plain_text: t, annotations: {} }));
const item = (object, n, parent, more) => ({
  object, id: uuid(n), created_time: `2025-03-0${n}T08:00:00.000Z`, last_edited_time: `2025-04-0${n}T08:00:00.000Z`,
  archived: false, in_trash: false, icon: { type: 'emoji', emoji: '📄' }, cover: null, parent,
  url: `https://www.notion.so/foreign-${n}`, public_url: null, ...more,
});
const inDatabase = { type: 'database_id', database_id: uuid(1) };
const workspace = [
  item('database', 1, { type: 'workspace', workspace: true }, { title: runs('Projects ', 'and roadmaps'), description: [], properties: { Name: { id: 'title', type: 'title', title: {} } } }),
  item('page', 2, inDatabase, { properties: { Status: { type: 'select', select: null }, Name: { id: 'title', type: 'title', title: runs('Roadmap', ' 2026') } } }),
  item('page', 3, inDatabase, { properties: { Name: { id: 'title', type: 'title', title: runs('Roadmap — old') } } }),
  item('page', 4, { type: 'page_id', page_id: uuid(3) }, { properties: { title: { id: 'title', type: 'title', title: [] } } }),
  item('page', 5, { type: 'workspace', workspace: true }, { properties: { title: { id: 'title', type: 'title', title: runs('Travel notes') } } }),
];

const notionError = (status, code, message) => ({ object: 'error', status, code, message, request_id: uuid(9) });

const titleOf = (x) => (x.title ?? Object.values(x.properties).find((p) => p.type === 'title').title).map((r) => r.plain_text).join('');

function notionSearch(body, headers) {
  const known = ['query', 'sort', 'filter', 'start_cursor', 'page_size'];
  if (headers['Notion-Version'] !== '2022-06-28') return notionError(400, 'missing_version', 'Notion-Version header should be 2022-06-28.');
  const stray = Object.keys(body).find((k) => !known.includes(k));
  if (stray) return notionError(400, 'validation_error', `body.${stray} should be not present.`);
  if (body.filter && !['page', 'database'].includes(body.filter.value)) {
    return notionError(400, 'validation_error', 'body.filter.value should be `"page"` or `"database"`.');
  }
  const direction = body.sort?.direction === 'ascending' ? 1 : -1;
  const found = workspace
    .filter((x) => titleOf(x).toLowerCase().includes((body.query ?? '').toLowerCase()))
    .filter((x) => !body.filter || x.object === body.filter.value)
    .sort((a, b) => direction * a.last_edited_time.localeCompare(b.last_edited_time));
  const from = body.start_cursor ? found.findIndex((x) => x.id === body.start_cursor) : 0;
  if (from < 0) return notionError(400, 'validation_error', 'start_cursor is unknown.');
  const to = from + (body.page_size ?? 100);
  const rest = found[to];
  return {
    object: 'list', results: found.slice(from, to), next_cursor: rest ? rest.id : null, has_more: Boolean(rest),
    type: 'page_or_database', page_or_database: {}, request_id: uuid(8),
  };
}

const postSearch = {
  id: 'post-search', displayName: 'Search by title', description: 'Searches titles.', httpMethod: 'post', path: '/v1/search', deprecated: false,
  parameters: [{ name: 'Notion-Version', in: 'header', required: true, description: 'API version', schema: { type: 'string', default: '2022-06-28' } }],
  requestBody: { content: { 'application/json': { schema: {
    type: 'object',
    properties: {
      query: { type: 'string' }, start_cursor: { type: 'string' }, page_size: { type: 'integer', default: 100 },
      sort: { type: 'object', properties: { direction: { type: 'string', enum: ['ascending', 'descending'] }, timestamp: { type: 'string', enum: ['last_edited_time'] } } },
      filter: { type: 'object', properties: { property: { type: 'string', enum: ['object'] }, value: { type: 'string', enum: ['page', 'database'] } } },
    },
  } } } },
};

// ---- Alloy -------------------------------------------------------------------

const json = (status, value) => ({ status, type: 'application/json; charset=utf-8', text: JSON.stringify(value) });
const page = (status, html) => ({ status, type: 'text/html; charset=utf-8', text: `<!DOCTYPE html>\n<html lang="en"><body>${html}</body></html>` });
const noRoute = (req, path) => page(404, `<pre>Cannot ${req.method} ${path}</pre>`);
const refusal = (status, code, message, details) => json(status, { error: { source: 'CONNECTIVITY_API', code, message, details } });

let asked = 0;
// listed shows a user's credentials, of one connector with their full types, of all
// with bare ones.
function listed(userId, connector) {
  const bare = (c) => c.row.type.split('-')[0];
  const rows = credentials.filter((c) => c.owner === userId && c.listedAt <= Date.now())
    .filter((c) => !connector || bare(c) === connector).map((c) => ({ ...c.row, type: connector ? c.row.type : bare(c) }));
  const reversed = order === 'newest' || (order === 'changing' && asked++ % 2 === 0);
  return reversed ? rows.reverse() : rows;
}

function addCredential(userId, app, type, data) {
  const n = credentials.filter((c) => c.owner === userId && c.row.type === type).length + 1;
  const now = new Date().toISOString();
  credentials.push({
    owner: userId, data,
    listedAt: Date.now() + 1000 * lateness[credentials.length % lateness.length],
    row: {
      __v: 0, credentialId: objectId(), name: `${user.fullName}'s ${app}${n > 1 ? ` (${n})` : ''}`, type,
      createdAt: now, updatedAt: now, icon: 'https://cdn.foreign.example/n.png',
    },
  });
  return credentials.at(-1).row.credentialId;
}

function execute(userId, connector, action, body) {
  const credential = credentials.find((c) => c.owner === userId && c.row.credentialId === body.credentialId && c.row.type.startsWith(`${connector}-`));
  if (!credential) return refusal(400, 'INVALID_INPUT', 'Credential not found', {});
  if (forms[connector]) {
    if (action !== whoami.id) return refusal(404, 'INVALID_INPUT', 'Action not found', {});
    const { status, body: said } = introduce(forms[connector], credential.data);
    return json(status, said);
  }
  if (action === 'get-self' && self === 'notion') {
    return json(200, { responseData: { object: 'user', id: uuid(7), name: 'Alloy', avatar_url: null, type: 'bot', bot: { owner: { type: 'workspace', workspace: true }, workspace_name: 'Foreign’s' }, request_id: uuid(6) } });
  }
  if (action !== 'post-search') return refusal(404, 'INVALID_INPUT', 'Action not found', {});
  return json(200, { responseData: notionSearch(body.requestBody ?? {}, body.additionalHeaders ?? {}) });
}

function create(body, base) {
  if (!/^[0-9a-f]{24}$/.test(body.userId ?? '')) {
    return refusal(400, 'INVALID_INPUT', 'Validation failed', [{ properties: 'userId', message: 'userId must be a valid ID' }]);
  }
  if (body.authenticationType !== 'oauth2') return json(404, { code: 'AUTHENTICATION_NOT_FOUND', message: 'No such authentication' });
  const token = randomBytes(24).toString('base64url');
  links.set(token, body.userId);
  const query = new URLSearchParams({ userId: body.userId, redirectUri: body.redirectUri, token });
  return json(201, { oauthUrl: `${base}/api/strategy/connector/notion/authorize?${query}` });
}

// store keeps what a form sent, right or wrong: only the app can tell.
function store(connector, body) {
  const form = forms[connector];
  if (body.authenticationType !== form.authenticationType) return json(404, { code: 'AUTHENTICATION_NOT_FOUND', message: 'No such authentication' });
  const lacking = Object.keys(form.fields).find((name) => typeof body.data?.[name] !== 'string');
  if (body.userId !== user.userId || lacking) {
    return refusal(400, 'INVALID_INPUT', 'Validation failed', [{ properties: lacking ?? 'userId', message: `${lacking ?? 'userId'} is wrong` }]);
  }
  return json(200, { credentialId: addCredential(body.userId, form.name, `${connector}-${form.authenticationType}`, body.data) });
}

function remove(userId, id) {
  const at = credentials.findIndex((c) => c.owner === userId && c.row.credentialId === id);
  if (at < 0) return refusal(400, 'INVALID_INPUT', 'Credential not found', {});
  credentials.splice(at, 1);
  return json(200, {});
}

const getSelf = {
  id: 'get-self', displayName: 'Who am I', description: 'The bot.', httpMethod: 'get', path: '/v1/users/me', deprecated: false,
  parameters: postSearch.parameters,
};
const summary = ({ id, displayName, httpMethod }) => ({ id, name: displayName, httpMethod });

const connectors = [
  { id: 'zohoCRM', name: 'Zoho CRM', icon: '', group: ['input', 'output'], category: ['crm'], beta: true },
  { id: 'notion', name: 'Notion', icon: 'https://cdn.foreign.example/n.png', group: ['output'], category: ['productivity'], beta: false },
  ...Object.entries(forms).map(([id, { name }]) => ({ id, name, icon: '', group: ['output'], category: ['other'], beta: false })),
];
const metadata = [{
  authenticationType: 'oauth2',
  inputSchema: { type: 'object', properties: { userId: { type: 'string' }, redirectUri: { type: 'string' } }, required: ['userId', 'redirectUri'] },
}];

// One row per route: method, pattern, answer. Everything else is no route.
const form = Object.keys(forms).join('|');
const routes = [
  ['GET', /^\/connectors$/, () => json(200, { connectors, count: connectors.length })],
  ['GET', /^\/connectors\/notion$/, () => json(200, connectors[1])],
  ['GET', /^\/connectors\/notion\/resources$/, () => json(200, { resources: [{ name: 'search', title: 'Search', actions: [summary(postSearch), ...(self === 'missing' ? [] : [summary(getSelf)])] }] })],
  ['GET', /^\/connectors\/zohoCRM\/resources$/, () => json(200, { resources: [] })],
  ['GET', /^\/connectors\/notion\/actions\/post-search$/, () => json(200, { action: postSearch })],
  ['GET', /^\/connectors\/notion\/actions\/get-self$/, (c) => (self === 'notion' ? json(200, { action: getSelf }) : refusal(404, 'INVALID_INPUT', 'Action not found', {}))],
  ['GET', /^\/connectors\/(notion|zohoCRM)\/credentials\/metadata$/, () => json(200, { metadata })],
  ['GET', /^\/connectors\/notion\/credentials$/, (c) => json(200, { credentials: listed(c.user, 'notion'), total: 1 })],
  ['GET', /^\/connectors\/zohoCRM\/credentials$/, () => json(200, { credentials: [] })],
  ['POST', /^\/connectors\/notion\/credentials$/, (c) => create(c.body, c.base)],
  ['GET', new RegExp(`^/connectors/(${form})$`), (c) => json(200, connectors.find((x) => x.id === c.match[1]))],
  ['GET', new RegExp(`^/connectors/(${form})/resources$`), () => json(200, { resources: [{ name: 'me', title: 'Me', actions: [summary(whoami)] }] })],
  ['GET', new RegExp(`^/connectors/(${form})/actions/get-me$`), () => json(200, { action: whoami })],
  ['GET', new RegExp(`^/connectors/(${form})/credentials/metadata$`), (c) => json(200, { metadata: formMetadata(forms[c.match[1]]) })],
  ['GET', new RegExp(`^/connectors/(${form})/credentials$`), (c) => json(200, { credentials: listed(c.user, c.match[1]) })],
  ['POST', new RegExp(`^/connectors/(${form})/credentials$`), (c) => store(c.match[1], c.body)],
  ['DELETE', /^\/connectors\/\w+\/credentials\/([0-9a-f]{24})$/, (c) => remove(c.user, c.match[1])],
  ['POST', /^\/connectors\/(\w+)\/actions\/([\w-]+)\/execute$/, (c) => execute(c.user, c.match[1], c.match[2], c.body)],
  ['GET', /^\/credentials\/users\/([0-9a-f]{24})$/, (c) => json(200, { data: listed(c.match[1]) })],
  ['GET', /^\/users$/, () => json(200, { data: [user] })],
  ['GET', /^\/users\/([0-9a-f]{24})$/, (c) => (c.match[1] === user.userId ? json(200, user) : refusal(404, 'INVALID_USER', 'User not found', { userId: c.match[1] }))],
];

function api(req, path, body, base) {
  if (req.headers.authorization !== `Bearer ${key}`) return { status: 401, type: 'text/plain', text: 'Unauthorized, Wrong API Key' };
  if (!['2025-06', '2025-09'].includes(req.headers['x-api-version'])) return noRoute(req, path);
  const acting = req.headers['x-alloy-userid'] ?? owner;
  if (![owner, user.userId].includes(acting)) return refusal(404, 'INVALID_USER', 'User not found', { userId: acting });
  for (const [method, pattern, answer] of routes) {
    const match = method === req.method && pattern.exec(path);
    if (match) return answer({ user: acting, body, base, match });
  }
  return noRoute(req, path);
}

// The page that a person sees, and what its button does.
function consent(req, url, form) {
  const query = req.method === 'POST' ? form : url.searchParams;
  const userId = links.get(query.get('token'));
  if (!userId) return page(410, '<h1>This link is not valid any more.</h1>');
  if (req.method === 'GET') {
    const hidden = [...query].map(([k, v]) => `<input type="hidden" name="${k}" value="${v.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">`).join('');
    return page(200, `<h1>Foreign Notion</h1><form method="post" action="${url.pathname}">${hidden}<button type="submit" name="answer" value="allow">Allow access</button></form>`);
  }
  links.delete(query.get('token'));
  addCredential(userId, 'Notion', 'notion-oauth2');
  return { status: 302, type: 'text/plain', text: 'Found', location: query.get('redirectUri') };
}

async function read(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const server = createServer(async (req, res) => {
  const base = `http://${req.headers.host}${prefix}`;
  const url = new URL(req.url, base);
  const text = await read(req);
  const path = decodeURIComponent(url.pathname.slice(prefix.length));
  const isPage = path === '/api/strategy/connector/notion/authorize';
  let answer;
  if (!url.pathname.startsWith(prefix)) answer = noRoute(req, url.pathname);
  else if (isPage) answer = consent(req, url, new URLSearchParams(text));
  else {
    const body = text === '' ? {} : JSON.parse(text);
    answer = api(req, path, body, base);
    appendFileSync(journal, JSON.stringify({
      method: req.method, path, status: answer.status, key: req.headers.authorization === `Bearer ${key}`,
      version: req.headers['x-api-version'] ?? null, user: req.headers['x-alloy-userid'] ?? null,
      content_type: req.headers['content-type'] ?? null, body,
    }) + '\n');
  }
  res.writeHead(answer.status, { 'content-type': answer.type, 'x-powered-by': 'Express', ...(answer.location ? { location: answer.location } : {}) });
  res.end(answer.text);
});

server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ base: `http://127.0.0.1:${server.address().port}${prefix}`, key, user: user.userId }));
});
