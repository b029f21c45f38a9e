// The official TypeScript SDK, version 2: the newest revision where it is pinned or
// offered, and its own way back to the older handshake.

import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { agent, approver, board } from './agent.mjs';
import { chooses, fromNothing } from './asking.mjs';
import { check, checks, data, listsTools, session } from './scenario.mjs';
import { binary, environment, serveHTTP, simulate } from './world.mjs';

async function connect(transport, mode, revision, label, person) {
  const capabilities = person ? { elicitation: { url: {}, form: {} } } : {};
  const client = new Client({ name: 'alloy-mcp-checks', version: '2' }, { versionNegotiation: { mode }, capabilities });
  const stray = [];
  const completed = [];
  client.onerror = (error) => stray.push(error);
  client.setNotificationHandler('notifications/elicitation/complete', ({ params }) => void completed.push(params.elicitationId));
  if (person) client.setRequestHandler('elicitation/create', ({ params }) => person.reply(params));
  await check(label, `connects with ${revision}`, async () => {
    await client.connect(transport);
    assert.equal(client.getNegotiatedProtocolVersion(), revision);
    assert.ok(client.getInstructions()?.length > 100, 'the instructions reach clients of every revision');
  });
  return {
    completed,
    listTools: async () => (await client.listTools()).tools,
    callTool: (name, args) => client.callTool({ name, arguments: args }),
    async close() {
      assert.deepEqual(stray, [], 'the SDK saw something that it could not read');
      client.onerror = undefined;
      await client.close();
    },
  };
}

const stdio = (args, settings) => new StdioClientTransport({ command: binary, args, env: environment(settings), stderr: 'ignore' });

const simulator = await simulate();
const server = await serveHTTP([], simulator.settings);
const http = () => new StreamableHTTPClientTransport(new URL('/mcp', server.url));

const rounds = [
  ['SDK v2, HTTP, pinned', http(), { pin: '2026-07-28' }, '2026-07-28', session],
  ['SDK v2, stdio, pinned', stdio(['serve'], simulator.settings), { pin: '2026-07-28' }, '2026-07-28', session],
  ['SDK v2, HTTP, auto', http(), 'auto', '2026-07-28', listsTools],
  ['SDK v2, stdio, auto', stdio(['serve'], simulator.settings), 'auto', '2026-07-28', listsTools],
  ['SDK v2, HTTP, handshake', http(), 'legacy', '2025-11-25', listsTools],
  ['SDK v2, stdio, handshake', stdio(['serve'], simulator.settings), 'legacy', '2025-11-25', listsTools],
];
for (const [label, transport, mode, revision, round] of rounds) {
  const client = await connect(transport, mode, revision, label);
  await round(client, label);
  await client.close();
}

const eras = [[{ pin: '2026-07-28' }, '2026-07-28'], ['legacy', '2025-11-25']];
const overStdio = (mode, revision) => (label, person) => connect(stdio(['serve'], simulator.settings), mode, revision, label, person);
const seer = await connect(http(), 'auto', '2026-07-28', 'SDK v2');
const both = data(await seer.callTool('get_connection', { connector_id: 'notion' })).connections.map((c) => c.connection_id);
await seer.close();
assert.equal(both.length, 2, 'the two sessions have connected an account each');
for (const [mode, revision] of eras) await chooses(overStdio(mode, revision), `SDK v2, stdio, ${revision}`, both);
await check('SDK v2', 'server and simulator end on SIGTERM', async () => {
  assert.equal(await server.stop(), 0);
  assert.equal(await simulator.stop(), 0);
});

// withOwnServer opens clients of a server that is started for each.
const withOwnServer = (mode, revision) => async (label, person) => {
  const own = await serveHTTP(['--demo']);
  const client = await connect(new StreamableHTTPClientTransport(new URL('/mcp', own.url)), mode, revision, label, person);
  return { ...client, close: async () => (await client.close(), assert.equal(await own.stop(), 0)) };
};
for (const [mode, revision] of eras) {
  const ids = mode === 'legacy'; // newer revisions have none
  await fromNothing((label, person) => connect(stdio(['serve', '--demo']), mode, revision, label, person), `SDK v2, stdio, ${revision}`, { ids });
  await fromNothing(withOwnServer(mode, revision), `SDK v2, HTTP, ${revision}`, { ids });
}

const world = await board();
const shared = await serveHTTP([], world.settings);
for (const [mode, revision] of eras) {
  const ways = [['stdio', () => stdio(['serve'], world.settings)], ['HTTP', () => new StreamableHTTPClientTransport(new URL('/mcp', shared.url))]];
  for (const [name, transport] of ways) {
    for (const person of [undefined, approver()]) {
      const label = `SDK v2, ${name}, ${revision}, an agent${person ? ' that asks' : ''}`;
      const client = await connect(transport(), mode, revision, label, person);
      await agent(client, label, world, person);
      await client.close();
    }
  }
}
await shared.stop();
await world.stop();
console.log(`${checks()} checks passed`);
