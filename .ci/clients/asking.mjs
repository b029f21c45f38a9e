// "Search my Notion" by somebody who has connected nothing: with a link as text, and
// with a client that puts the question to its person in the middle of the call. Here
// open(label, person) gives a client whose server knows of no connection; a person is
// { asked, reply(params) }, or undefined where the client declares no elicitation.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { approve } from './browser.mjs';
import { check, data, success } from './scenario.mjs';

// opensPages agrees at once and looks at the page a moment later, as people do.
export function opensPages() {
  const person = { asked: [], done: [] };
  person.reply = async (params) => {
    person.asked.push(params);
    person.done.push(sleep(300).then(() => approve(params.url)));
    return { action: 'accept' };
  };
  return person;
}

function refuses() {
  const asked = [];
  return { asked, reply: async (params) => (asked.push(params), { action: 'decline' }) };
}

function picks(id) {
  const asked = [];
  return { asked, reply: async (params) => (asked.push(params), { action: 'accept', content: { connection_id: id } }) };
}

const search = (client) => client.callTool('notion_search', { page_size: 3 });
const found = (value) => assert.ok(value.results?.length > 0, JSON.stringify(value));

// fromNothing searches without a connection by every way that the client has.
export async function fromNothing(open, label, { asks = true, ids = true } = {}) {
  const silent = await open(`${label}, text`);
  await byText(silent, `${label}, text`);
  await silent.close();
  const able = opensPages();
  const client = await open(`${label}, asking`, able);
  if (asks) await inOneCall(client, `${label}, asking`, able, ids);
  else {
    await byText(client, `${label}, asking`);
    assert.deepEqual(able.asked, [], 'nobody is asked on this transport');
  }
  await client.close();
  if (asks) await declined(open, label);
}

// byText is two calls and a wait, with one click of the person's in between.
export async function byText(client, label) {
  const told = await check(label, 'notion_search without a connection gives a link and what to call next', async () => {
    const value = success(await search(client));
    assert.equal(value.status, 'connect_required', JSON.stringify(value));
    assert.match(new URL(value.url).pathname, /^\/connect\/[^/]{20,}$/);
    assert.ok(Date.parse(value.expires_at) > Date.now(), 'expires_at lies ahead');
    assert.equal(value.next.tool, 'get_connection');
    assert.equal(value.next.arguments.request_id, value.request_id);
    return value;
  });
  await check(label, 'the same call again gives the same link', async () => assert.equal(success(await search(client)).url, told.url));
  await check(label, 'the person opens the link and agrees', () => approve(told.url));
  await check(label, 'what the answer said to call next says connected', async () => {
    const value = success(await client.callTool(told.next.tool, told.next.arguments));
    assert.equal(value.request?.status, 'connected', JSON.stringify(value));
  });
  await check(label, 'the same call then has results', async () => found(success(await search(client))));
}

async function inOneCall(client, label, person, ids) {
  await check(label, 'one call of notion_search asks the person and returns results', async () => {
    found(success(await search(client)));
    await Promise.all(person.done);
    assert.equal(person.asked.length, 1, JSON.stringify(person.asked));
    const [{ mode, url, message, elicitationId, requestedSchema }] = person.asked;
    assert.equal(mode, 'url');
    assert.match(new URL(url).pathname, /^\/connect\/[^/]{20,}$/);
    assert.match(message, /notion/i);
    assert.equal(requestedSchema, undefined);
    assert.equal(typeof elicitationId, ids ? 'string' : 'undefined');
    if (ids) assert.deepEqual(client.completed, [elicitationId], 'the client is told that the page is done');
  });
  await check(label, 'the next call asks nobody', async () => {
    found(success(await search(client)));
    assert.equal(person.asked.length, 1);
  });
}

async function declined(open, label) {
  const person = refuses();
  const client = await open(`${label}, declining`, person);
  await check(`${label}, declining`, 'the answer says that the person declined and holds no link', async () => {
    const result = await search(client);
    const value = success(result);
    assert.equal(value.status, 'connect_required', JSON.stringify(value));
    assert.match(value.message, /declined/);
    assert.ok(!/\/connect\/|https?:/.test(JSON.stringify(result)), JSON.stringify(result));
    assert.equal(person.asked.length, 1);
  });
  await client.close();
}

// chooses needs two connections of Notion: open gives clients of a server that has
// them, the ids.
export async function chooses(open, label, connections) {
  const silent = await open(`${label}, two accounts, text`);
  await check(`${label}, two accounts, text`, 'notion_search lists both and asks which one', async () => {
    const value = success(await search(silent));
    assert.equal(value.status, 'choose_connection', JSON.stringify(value));
    assert.deepEqual(value.connections.map((c) => c.connection_id).sort(), [...connections].sort());
  });
  await silent.close();
  for (const id of connections) {
    const person = picks(id);
    const client = await open(`${label}, two accounts, asking`, person);
    await check(`${label}, two accounts, asking`, 'the person picks one in the middle of the call', async () => {
      found(data(await search(client)));
      assert.equal(person.asked.length, 1);
      const [{ mode, requestedSchema }] = person.asked;
      assert.ok(mode === undefined || mode === 'form', mode);
      assert.deepEqual([...requestedSchema.properties.connection_id.enum].sort(), [...connections].sort());
    });
    await client.close();
  }
}
