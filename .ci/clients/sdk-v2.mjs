// The official TypeScript SDK, version 2: the newest revision where it is pinned or
// offered, and its own way back to the older handshake.

import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { check, checks, listsTools, session } from './scenario.mjs';
import { binary, environment, serveHTTP, simulate } from './world.mjs';

async function connect(transport, mode, revision, label) {
  const client = new Client({ name: 'alloy-mcp-checks', version: '2' }, { versionNegotiation: { mode } });
  const stray = [];
  client.onerror = (error) => stray.push(error);
  await check(label, `connects with ${revision}`, async () => {
    await client.connect(transport);
    assert.equal(client.getNegotiatedProtocolVersion(), revision);
    assert.ok(client.getInstructions()?.length > 100, 'the instructions reach clients of every revision');
  });
  return {
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
await check('SDK v2', 'server and simulator end on SIGTERM', async () => {
  assert.equal(await server.stop(), 0);
  assert.equal(await simulator.stop(), 0);
});
console.log(`${checks()} checks passed`);
