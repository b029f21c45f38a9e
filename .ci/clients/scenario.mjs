// What every client does with the server, whatever its SDK and transport. A client
// here is { listTools(), callTool(name, arguments) } with results as they came.

import assert from 'node:assert/strict';
import { approve } from './browser.mjs';

export const toolNames = ['list_connectors', 'get_credential_metadata', 'start_oauth', 'get_connection', 'get_tokens', 'notion_search'];
const hints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'];

let count = 0;
export const checks = () => count;

// check runs one named step and prints it; the first failure ends the script.
export async function check(label, what, step) {
  try {
    const value = await step();
    count++;
    console.log(`  ok  ${label}: ${what}`);
    return value;
  } catch (error) {
    error.message = `${label}: ${what}: ${error.message}`;
    throw error;
  }
}

// data returns the JSON object of an answer and checks its two forms: structured
// and text for a success, text alone for a failure.
export function data(result) {
  const texts = result.content.filter((c) => c.type === 'text');
  assert.ok(texts.length > 0, 'an answer has text for clients that show only text');
  const value = JSON.parse(texts[0].text);
  if (result.isError) assert.equal(result.structuredContent, undefined, 'a failure has no structuredContent');
  else assert.deepEqual(result.structuredContent, value, 'structuredContent and text say the same');
  return value;
}

export function success(result) {
  assert.ok(!result.isError, `the call failed: ${result.content[0]?.text}`);
  return data(result);
}

export function failure(result, code) {
  assert.equal(result.isError, true, `the call should fail: ${result.content[0]?.text}`);
  const value = data(result);
  assert.equal(value.code, code, JSON.stringify(value));
  for (const field of ['message', 'hint']) assert.ok(typeof value[field] === 'string' && value[field].length > 5, `${field} of ${JSON.stringify(value)}`);
  assert.ok(!/goroutine|panic|\.go:\d+/.test(result.content[0].text), 'no internals in an error');
  return value;
}

export async function listsTools(client, label) {
  await check(label, `tools/list has the ${toolNames.length} tools, described and annotated, twice the same`, async () => {
    const first = await client.listTools();
    const names = first.map((t) => t.name);
    for (const name of toolNames) assert.ok(names.includes(name), `${name} is missing in ${names}`);
    for (const tool of first) {
      assert.ok(tool.description?.length > 20, `${tool.name} has no description that stands alone`);
      assert.ok(tool.title ?? tool.annotations?.title, `${tool.name} has no title`);
      assert.equal(tool.inputSchema.type, 'object', tool.name);
      for (const hint of hints) assert.equal(typeof tool.annotations?.[hint], 'boolean', `${tool.name} lacks ${hint}`);
    }
    assert.equal(JSON.stringify(await client.listTools()), JSON.stringify(first));
  });
}

// connects links Notion through the person's browser and returns the connection id.
export async function connects(client, label, waitSeconds = 30) {
  const started = await check(label, 'start_oauth gives a loopback link of our own', async () => {
    const value = success(await client.callTool('start_oauth', { connector_id: 'notion' }));
    const link = new URL(value.url);
    assert.ok(['127.0.0.1', 'localhost', '[::1]'].includes(link.hostname), value.url);
    assert.match(link.pathname, /\/connect\/[^/]{20,}$/);
    assert.ok(!/token|eyJ|redirectUri/i.test(value.url), 'the link shows nothing of Alloy');
    assert.equal(value.status, 'pending');
    assert.ok(Date.parse(value.expires_at) > Date.now(), 'expires_at lies ahead');
    return value;
  });
  await check(label, 'get_connection says pending before the person has answered', async () => {
    const value = success(await client.callTool('get_connection', { request_id: started.request_id }));
    assert.equal(value.request?.status, 'pending', JSON.stringify(value));
  });
  await check(label, 'the link shows our page, whose button leads to the consent page and back', () => approve(started.url));
  return check(label, 'get_connection becomes connected', async () => {
    const value = success(await client.callTool('get_connection', { request_id: started.request_id, wait_seconds: waitSeconds }));
    assert.equal(value.request?.status, 'connected', JSON.stringify(value));
    assert.equal(value.connections.length, 1, JSON.stringify(value));
    assert.equal(value.connections[0].connector_id, 'notion');
    return value.connections[0].connection_id;
  });
}

// session is the whole round with the simulator's seeded workspace behind it.
export async function session(client, label) {
  await listsTools(client, label);
  await check(label, 'list_connectors finds notion, with a total', async () => {
    const all = success(await client.callTool('list_connectors', {}));
    assert.ok(all.connectors.some((c) => c.connector_id === 'notion'), JSON.stringify(all));
    assert.ok(Number.isInteger(all.total) && all.total >= all.connectors.length);
    const one = success(await client.callTool('list_connectors', { query: 'notion' }));
    assert.ok(one.total < all.total && one.connectors[0].connector_id === 'notion', JSON.stringify(one));
  });
  await check(label, 'get_credential_metadata names oauth2 for notion', async () => {
    const value = success(await client.callTool('get_credential_metadata', { connector_id: 'notion' }));
    assert.match(JSON.stringify(value), /oauth2/);
  });
  const connection = await connects(client, label);
  await check(label, 'get_tokens tells what is known and shows no token', async () => {
    const value = success(await client.callTool('get_tokens', { connection_id: connection }));
    assert.equal(value.connection_id, connection);
    assert.ok(value.managed_by, JSON.stringify(value));
    assert.ok(!/access_token|refresh_token|secret_|ntn_|eyJ/i.test(JSON.stringify(value)));
  });
  const hit = await check(label, 'notion_search lists pages with id, title and url', async () => {
    const value = success(await client.callTool('notion_search', { connection_id: connection, page_size: 5 }));
    assert.ok(value.results.length > 1, JSON.stringify(value));
    for (const result of value.results) for (const field of ['id', 'type', 'title', 'url']) assert.equal(typeof result[field], 'string', `${field} of ${JSON.stringify(result)}`);
    return value.results.find((r) => r.type === 'page' && r.title !== '');
  });
  await check(label, 'notion_search finds a page by its title, and pages only where asked', async () => {
    const value = success(await client.callTool('notion_search', { connection_id: connection, query: hit.title, filter: { property: 'object', value: 'page' } }));
    assert.ok(value.results.some((r) => r.id === hit.id), JSON.stringify(value));
    assert.ok(value.results.every((r) => r.type === 'page'), JSON.stringify(value));
  });
  await mistakes(client, label);
}

export async function mistakes(client, label) {
  await check(label, 'a mistaken argument is answered with code, message and hint', async () => {
    const value = failure(await client.callTool('notion_search', { querry: 'road' }), 'invalid_arguments');
    assert.match(JSON.stringify(value), /\bquery\b/, 'the right name is suggested');
  });
  await check(label, 'a mistaken connector is answered with the nearest one', async () => {
    const value = failure(await client.callTool('start_oauth', { connector_id: 'Notoin' }), 'unknown_connector');
    assert.match(JSON.stringify(value), /\bnotion\b/);
  });
  await check(label, 'an unknown tool is an error of the protocol', async () => {
    await assert.rejects(client.callTool('no_such_tool', {}), (error) => error.code === -32602 || /not found|unknown/i.test(error.message));
  });
}
