// notion_search against an Alloy-shaped server that is not our simulator, over all
// three transports, and what that server saw: every call that acts for a user
// carries the user, the version and the key.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, checks, connects, failure, success } from './scenario.mjs';
import { connect, http, sse, stdio } from './sdk-v1.mjs';
import { run, serveHTTP } from './world.mjs';

const journal = join(mkdtempSync(join(tmpdir(), 'foreign-alloy-')), 'journal');
const alloy = run(process.execPath, [join(import.meta.dirname, 'foreign-alloy.mjs'), journal, '3']);
await alloy.until('printing its address', () => alloy.lines.length > 0);
const { base, key, user } = JSON.parse(alloy.lines[0]);
const settings = (version) => ({ ALLOY_BASE_URL: base, ALLOY_API_KEY: key, ALLOY_USER_ID: user, ALLOY_API_VERSION: version });
const titles = (value) => value.results.map((r) => r.title);

async function searches(client, label, connection) {
  const account = connection ? { connection_id: connection } : {};
  const search = async (args) => success(await client.callTool('notion_search', { ...account, ...args }));
  await check(label, 'notion_search returns the pages, newest first, their titles joined', async () => {
    const value = await search({});
    const untitled = (t) => !t || /^\W?untitled\W?$/i.test(t);
    assert.deepEqual(titles(value).filter((t) => !untitled(t)), ['Travel notes', 'Roadmap — old', 'Roadmap 2026', 'Projects and roadmaps']);
    assert.equal(value.results.length, 5, 'a page without a title is listed too');
    assert.ok(!value.has_more, 'there is no more');
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
      assert.equal(Boolean(value.has_more), Boolean(value.next_cursor));
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
await server.stop();
await alloy.stop();

await check('foreign', 'every call that acts for a user carried user, version and key', () => {
  const calls = readFileSync(journal, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const acts = calls.filter((c) => /\/execute$|\/credentials$|\/credentials\//.test(c.path) && !/\/metadata$/.test(c.path));
  const executes = acts.filter((c) => /\/execute$/.test(c.path));
  assert.ok(executes.length >= 24, `only ${executes.length} executions`);
  for (const version of ['2025-09', '2025-06']) assert.ok(executes.some((c) => c.version === version), version);
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
console.log(`${checks()} checks passed`);
