// What an agent does that was told "find the action, run it": search, describe, try,
// write, delete with the person's word, and read a large result in parts. Behind the
// server is the simulator with tasks.json.

import assert from 'node:assert/strict';
import { allow } from './browser.mjs';
import { check, failure, success } from './scenario.mjs';
import { simulate } from './world.mjs';

export const catalog = new URL('tasks.json', import.meta.url).pathname;
const tasks = 40;

// board is a simulator with the task board and an account of it.
export async function board() {
  const simulator = await simulate(['--catalog', catalog]);
  const base = simulator.settings.ALLOY_BASE_URL;
  const control = async (name, body) => {
    const answer = await fetch(`${base}/_sim/${name}`, body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer.json();
  };
  await control('credentials', { connector: 'tasks', user_id: simulator.settings.ALLOY_USER_ID });
  return { ...simulator, made: async (action) => (await control('writes')).by_action[`tasks.${action}`] ?? 0 };
}

// approver is a person who ticks the box of every question.
export function approver() {
  const asked = [];
  return { asked, reply: async (params) => (asked.push(params), { action: 'accept', content: { allow: true } }) };
}

// agent is the whole way; person is undefined where the client cannot ask anybody.
export async function agent(client, label, board, person) {
  const nonce = `${label} ${Date.now()}`;
  const run = (tool, args) => client.callTool(tool, args);
  const created = await board.made('createTask');
  const deleted = await board.made('deleteTask');
  const found = await check(label, 'search_actions finds the action, and what to call next', async () => {
    const value = success(await run('search_actions', { query: 'add a task to my task board' }));
    assert.equal(value.actions[0]?.action_id, 'tasks.createTask', JSON.stringify(value));
    assert.equal(value.actions[0].effect, 'write');
    assert.equal(value.actions[0].connected, true);
    assert.equal(value.next.tool, 'describe_action');
    return value.next;
  });
  await check(label, 'describe_action shows schema, example and the account', async () => {
    const value = success(await run(found.tool, found.arguments));
    assert.equal(value.effect, 'write');
    assert.ok(value.schema.properties.title && value.example.title && value.connection_id, JSON.stringify(value));
    assert.equal(value.next.tool, 'run_write');
  });
  const create = { action_id: 'tasks.createTask', arguments: { title: nonce } };
  await check(label, 'a dry run shows what would be sent and sends nothing', async () => {
    const value = success(await run('run_write', { ...create, dry_run: true }));
    assert.equal(value.outcome, 'not_sent');
    assert.deepEqual(value.would_send.requestBody, { title: nonce });
    assert.equal(await board.made('createTask'), created);
  });
  await check(label, 'a mistaken argument is answered with the right name', async () => {
    const value = failure(await run('run_write', { action_id: 'tasks.createTask', arguments: { titel: nonce } }), 'invalid_arguments');
    assert.match(JSON.stringify(value), /\btitle\b/);
    assert.equal(value.outcome, 'not_sent');
  });
  await check(label, 'a write is made once, though it is called twice', async () => {
    const value = success(await run('run_write', create));
    assert.equal(value.outcome, 'completed', JSON.stringify(value));
    assert.deepEqual(value.data, { id: 't41' });
    const again = success(await run('run_write', { ...create, arguments: JSON.stringify(create.arguments) }));
    assert.equal(again.duplicate, true, JSON.stringify(again));
    assert.equal(again.request_id, value.request_id);
    assert.equal(await board.made('createTask'), created + 1);
  });
  await removes(run, label, person, nonce);
  await check(label, 'what was approved was done once', async () => assert.equal(await board.made('deleteTask'), deleted + 1));
  await readsOn(run, label);
}

// removes deletes a task: asked for by its wrong tool first, and then with the
// person's word.
async function removes(run, label, person, nonce) {
  const remove = { action_id: 'tasks.deleteTask', arguments: { id: nonce } };
  const next = await check(label, 'a destructive action is not run by run_write, which names the right tool', async () => {
    const { next: right } = failure(await run('run_write', remove), 'effect_mismatch');
    assert.equal(right.tool, 'run_destructive');
    assert.deepEqual(right.arguments, remove);
    return right;
  });
  if (person) {
    await check(label, 'the person is asked in the middle of the call, and it is done', async () => {
      const before = person.asked.length;
      const value = success(await run(next.tool, next.arguments));
      assert.equal(value.outcome, 'completed', JSON.stringify(value));
      assert.equal(person.asked.length, before + 1);
      const { mode, message, requestedSchema } = person.asked.at(-1);
      assert.ok(mode === undefined || mode === 'form', mode);
      assert.ok(message.includes('tasks.deleteTask') && message.includes(nonce), message);
      assert.equal(requestedSchema.properties.allow.type, 'boolean');
    });
    return;
  }
  const told = await check(label, 'the answer has a link for the person', async () => {
    const value = success(await run(next.tool, next.arguments));
    assert.equal(value.status, 'confirmation_required', JSON.stringify(value));
    assert.match(new URL(value.url).pathname, /^\/confirm\/[^/]{20,}$/);
    assert.equal(success(await run(next.tool, next.arguments)).url, value.url, 'the same call again gives the same link');
    return value;
  });
  await check(label, 'the page shows the call, and the person allows it', async () => {
    const page = await allow(told.url);
    assert.ok(page.includes('tasks.deleteTask') && page.includes(nonce), page);
  });
  await check(label, 'get_result has the outcome, and so has the same call', async () => {
    for (const value of [success(await run(told.next.tool, told.next.arguments)), success(await run(next.tool, next.arguments))]) {
      assert.equal(value.outcome, 'completed', JSON.stringify(value));
      assert.equal(value.request_id, told.request_id);
    }
  });
}

// readsOn reads a result that is cut, to its end, and in other forms.
async function readsOn(run, label) {
  const request = await check(label, 'a long result is cut at a record, counted, and continued to its end', async () => {
    let part = success(await run('run_read', { action_id: 'tasks.listTasks', max_chars: 1500 }));
    const { request_id: id, total, truncated } = part;
    assert.ok(truncated && total >= tasks && part.returned < total && part.next.tool === 'get_result', JSON.stringify(part));
    const seen = [];
    for (let parts = 0; ; parts++) {
      assert.ok(parts < 40, 'it has an end');
      assert.ok(JSON.stringify(part).length <= 1600, `a part of ${JSON.stringify(part).length} characters`);
      seen.push(...(part.data.tasks ?? []).map((t) => t.id));
      if (!part.next_cursor) break;
      part = success(await run('get_result', { request_id: id, cursor: part.next_cursor, max_chars: 1500 }));
    }
    assert.deepEqual(seen, Array.from({ length: tasks }, (_, i) => `t${String(i + 1).padStart(2, '0')}`));
    return id;
  });
  await check(label, 'the same result shows other fields, and as a table', async () => {
    const some = success(await run('get_result', { request_id: request, fields: ['tasks[].assignee.email'] }));
    assert.equal(some.data.tasks.length, tasks, JSON.stringify(some));
    assert.deepEqual(some.data.tasks[0], { assignee: { email: 'p1@example.com' } });
    const table = success(await run('get_result', { request_id: request, fields: ['tasks[].id', 'tasks[].title'], as: 'table' }));
    assert.match(JSON.stringify(table), /Write report 40/);
    const wrong = failure(await run('get_result', { request_id: request, fields: ['tasks[].owner'] }), 'invalid_arguments');
    assert.match(wrong.message, /assignee/, 'the right names are listed');
  });
}
