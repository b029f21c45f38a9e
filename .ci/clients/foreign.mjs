// Connecting and searching with an Alloy-shaped server that is not our simulator, over
// all three transports, and what that server saw: every call that acts for a user
// carries the user, the version and the key.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooses, fromNothing } from './asking.mjs';
import { enter } from './browser.mjs';
import { check, checks, connects, failure, success } from './scenario.mjs';
import { connect, http, sse, stdio } from './sdk-v1.mjs';
import { run, serveHTTP } from './world.mjs';

// foreignAlloy starts one that behaves as the arguments say.
async function foreignAlloy(...behaviour) {
  const journal = join(mkdtempSync(join(tmpdir(), 'foreign-alloy-')), 'journal');
  const alloy = run(process.execPath, [join(import.meta.dirname, 'foreign-alloy.mjs'), journal, ...behaviour]);
  await alloy.until('printing its address', () => alloy.lines.length > 0);
  const { base, key, user } = JSON.parse(alloy.lines[0]);
  const settings = (version) => ({ ALLOY_BASE_URL: base, ALLOY_API_KEY: key, ALLOY_USER_ID: user, ALLOY_API_VERSION: version });
  return { stop: alloy.stop, journal, user, settings };
}

const alloy = await foreignAlloy('0,10', 'missing', 'oldest');
const { journal, user, settings } = alloy;
const titles = (value) => value.results.map((r) => r.title);

async function searches(client, label, connection) {
  const account = connection ? { connection_id: connection } : {};
  const search = async (args) => success(await client.callTool('notion_search', { ...account, ...args }));
  await check(label, 'notion_search returns the pages, newest first, their titles joined', async () => {
    const value = await search({});
    const untitled = (t) => !t || /^\W?untitled\W?$/i.test(t);
    assert.deepEqual(titles(value).filter((t) => !untitled(t)), ['Travel notes', 'Roadmap — old', 'Roadmap 2026', 'Projects and roadmaps']);
    assert.equal(value.results.length, 5, 'a page without a title is listed too');
    assert.equal(value.has_more, false);
    assert.equal(value.results[0].url, 'https://www.notion.so/foreign-5');
  });
  await check(label, 'notion_search finds by title and sorts', async () => {
    const value = await search({ query: 'roadmap', sort: { timestamp: 'last_edited_time', direction: 'ascending' } });
    assert.deepEqual(titles(value), ['Projects and roadmaps', 'Roadmap 2026', 'Roadmap — old']);
  });
  await check(label, 'notion_search takes database and data_source for the same', async () => {
    for (const value of ['database', 'data_source']) {
      assert.deepEqual(titles(await search({ filter: { property: 'object', value } })), ['Projects and roadmaps'], value);
    }
  });
  await check(label, 'notion_search pages through everything with its cursor', async () => {
    const seen = [];
    let cursor;
    do {
      const value = await search({ page_size: 2, ...(cursor ? { start_cursor: cursor } : {}) });
      seen.push(...value.results.map((r) => r.id));
      assert.equal(value.has_more, Boolean(value.next_cursor));
      cursor = value.next_cursor;
    } while (cursor && seen.length < 20);
    assert.equal(seen.length, 5);
    assert.equal(new Set(seen).size, 5);
  });
  await check(label, 'what Notion refuses inside a success is an error', async () => {
    failure(await client.callTool('notion_search', { ...account, start_cursor: '0f0e0d0c-0000-4000-8000-000000000099' }), 'invalid_arguments');
  });
}

const local = await connect(stdio(['serve'], settings('2025-09')), 'foreign, stdio');
await check('foreign, stdio', 'without an account notion_search says how to connect one', async () => {
  const value = success(await local.callTool('notion_search', { query: 'roadmap' }));
  assert.equal(value.status, 'connect_required', JSON.stringify(value));
  assert.equal(value.next?.tool, 'get_connection', JSON.stringify(value));
});
const first = await connects(local, 'foreign, stdio');
await searches(local, 'foreign, stdio');
await local.close();

const server = await serveHTTP([], settings('2025-06'));
for (const [label, transport] of [['foreign, SSE', sse], ['foreign, HTTP', http]]) {
  const client = await connect(transport(server.url), label);
  await searches(client, label);
  await client.close();
}

const client = await connect(http(server.url), 'foreign, two accounts');
const second = await connects(client, 'foreign, two accounts');
await check('foreign, two accounts', 'get_connection lists both, the new one is another', async () => {
  assert.notEqual(second, first);
  const value = success(await client.callTool('get_connection', { connector_id: 'notion' }));
  assert.deepEqual(value.connections.map((c) => c.connection_id).sort(), [first, second].sort());
  const all = success(await client.callTool('get_connection', {}));
  assert.deepEqual(all.connections.map((c) => c.connection_id).sort(), [first, second].sort());
});
await check('foreign, two accounts', 'notion_search asks which one', async () => {
  const value = success(await client.callTool('notion_search', { query: 'roadmap' }));
  assert.equal(value.status, 'choose_connection', JSON.stringify(value));
});
await searches(client, 'foreign, two accounts', second);
await client.close();
await chooses((label, person) => connect(stdio(['serve'], settings('2025-09')), label, person), 'foreign, stdio', [first, second]);
await chooses((label, person) => connect(http(server.url), label, person), 'foreign, HTTP', [first, second]);
await server.stop();
await alloy.stop();

await check('foreign', 'every call that acts for a user carried user, version and key', () => {
  const calls = readFileSync(journal, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const acts = calls.filter((c) => /\/execute$|\/credentials$|\/credentials\//.test(c.path) && !/\/metadata$/.test(c.path));
  const executes = acts.filter((c) => /\/execute$/.test(c.path));
  assert.ok(executes.length >= 24, `only ${executes.length} executions`);
  for (const version of ['2025-09', '2025-06']) assert.ok(executes.some((c) => c.version === version), version);
  const chosen = executes.filter((c) => c.body.requestBody?.page_size === 3).map((c) => c.body.credentialId);
  assert.deepEqual(chosen, [first, second, first, second], 'what the person picked is what was used');
  for (const call of acts) {
    assert.equal(call.user, user, JSON.stringify(call));
    if (call.method === 'POST') assert.match(call.content_type, /^application\/json/);
  }
  for (const call of calls) {
    assert.ok(call.key, `no key: ${JSON.stringify(call)}`);
    assert.match(call.version ?? '', /^2025-0[69]$/, JSON.stringify(call));
  }
  const documented = ['credentialId', 'requestBody', 'queryParameters', 'pathParams', 'additionalHeaders'];
  for (const call of executes) for (const field of Object.keys(call.body)) assert.ok(documented.includes(field), `execute was sent ${field}`);
  assert.equal(calls.filter((c) => c.method === 'POST' && /\/credentials$/.test(c.path)).length, 2, 'two links, two creations');
});

// Whoever has connected nothing, with credentials listed late and in any order.
const ways = [
  ['foreign, stdio, get-self as Notion has it', stdio, ['7', 'notion', 'newest']],
  ['foreign, stdio, no get-self', stdio, ['10', 'missing', 'changing']],
  ['foreign, HTTP, get-self not described', http, ['0', 'broken', 'oldest']],
];
await Promise.all(ways.map(([way, transport, behaviour]) => fromNothing(async (label, person) => {
  const own = await foreignAlloy(...behaviour);
  const served = transport === http ? await serveHTTP([], own.settings('2025-09')) : undefined;
  const client = await connect(served ? http(served.url) : stdio(['serve'], own.settings('2025-09')), label, person);
  return { ...client, close: async () => { await client.close(); await served?.stop(); await own.stop(); } };
}, way)));

// Apps that are connected by a form: what is wrong is refused there and not kept.
const byForm = await foreignAlloy('4,0', 'missing');
const typist = await connect(stdio(['serve'], byForm.settings('2025-09')), 'foreign, forms');
const entries = {
  keystone: [{ apiKey: 'kst_wrong' }, { apiKey: 'kst_right' }],
  tokenly: [{ accessToken: 'tok_wrong' }, { accessToken: 'tok_right' }],
  basil: [{ username: 'ada', password: 'pw_wrong', domain: 'foreign' }, { username: 'ada', password: 'pw_right', domain: 'foreign' }],
};
for (const [connector, [wrong, right]] of Object.entries(entries)) {
  const label = `foreign, forms, ${connector}`;
  const secret = Object.entries(right).find(([name]) => name !== 'username')[1];
  const status = async (id, wait) => success(await typist.callTool('get_connection', { request_id: id, wait_seconds: wait }));
  const started = await check(label, 'start_oauth gives a link', async () => success(await typist.callTool('start_oauth', { connector_id: connector })));
  await check(label, 'the form refuses what the app refuses, and shows it to nobody', async () => {
    const answer = await enter(started.url, wrong);
    assert.equal(answer.status, 200, answer.html);
    for (const [name, value] of Object.entries(wrong)) if (/key|token|password/i.test(name)) assert.ok(!answer.html.includes(value), `${name} is on the page`);
    assert.equal((await status(started.request_id, 0)).request.status, 'pending');
  });
  await check(label, 'the form takes what is right', async () => {
    const answer = await enter(started.url, right);
    assert.equal(answer.status, 200, answer.html);
    const value = await status(started.request_id, 20);
    assert.equal(value.request.status, 'connected', JSON.stringify(value));
    assert.deepEqual(value.connections.map((c) => c.connector_id), [connector], JSON.stringify(value));
    assert.ok(!JSON.stringify(value).includes(secret));
  });
}
await typist.close();
await byForm.stop();
await check('foreign, forms', 'what was refused is deleted, what was taken is stored once', () => {
  const calls = readFileSync(byForm.journal, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const of = (method) => calls.filter((c) => c.method === method && /\/credentials(\/[0-9a-f]{24})?$/.test(c.path)).map((c) => c.path.split('/')[2]);
  assert.deepEqual(of('POST'), Object.keys(entries).flatMap((id) => [id, id]));
  assert.deepEqual(of('DELETE'), Object.keys(entries));
});
console.log(`${checks()} checks passed`);
