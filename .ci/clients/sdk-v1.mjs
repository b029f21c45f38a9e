// The official TypeScript SDK, version 1, over all three transports.

import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitationCompleteNotificationSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { agent, approver, board } from './agent.mjs';
import { fromNothing } from './asking.mjs';
import { check, checks, session } from './scenario.mjs';
import { binary, environment, serveHTTP } from './world.mjs';

// connect opens a session; a frame that the SDK cannot read fails the check. Where
// there is a person, the client says that it can ask them.
export async function connect(transport, label, person) {
  const client = new Client({ name: 'alloy-mcp-checks', version: '1' }, { capabilities: person ? { elicitation: { url: {}, form: {} } } : {} });
  const stray = [];
  const completed = [];
  client.onerror = (error) => stray.push(error);
  client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => void completed.push(params.elicitationId));
  if (person) client.setRequestHandler(ElicitRequestSchema, ({ params }) => person.reply(params));
  await check(label, 'initialize', async () => {
    await client.connect(transport);
    assert.ok(client.getServerVersion().name);
    assert.ok(client.getInstructions().length <= 2048);
  });
  return {
    completed,
    listTools: async () => (await client.listTools()).tools,
    callTool: (name, args) => client.callTool({ name, arguments: args }),
    async close() {
      assert.deepEqual(stray, [], 'the SDK saw something that it could not read');
      client.onerror = undefined; // an SSE stream that ends is no error of the server's
      await client.close();
    },
  };
}

export const stdio = (args, settings) => new StdioClientTransport({ command: binary, args, env: environment(settings), stderr: 'ignore' });
export const sse = (base) => new SSEClientTransport(new URL('/sse', base));
export const http = (base) => new StreamableHTTPClientTransport(new URL('/mcp', base));

// withOwnServer opens clients of a server that is started for each.
const withOwnServer = (transport) => async (label, person) => {
  const server = await serveHTTP(['--demo']);
  const client = await connect(transport(server.url), label, person);
  return { ...client, close: async () => (await client.close(), assert.equal(await server.stop(), 0)) };
};

if (import.meta.filename === process.argv[1]) {
  const local = await connect(stdio(['serve', '--demo']), 'SDK v1, stdio');
  await session(local, 'SDK v1, stdio');
  await local.close();

  const server = await serveHTTP(['--demo']);
  for (const [label, transport] of [['SDK v1, HTTP', http], ['SDK v1, SSE', sse]]) {
    const client = await connect(transport(server.url), label);
    await session(client, label);
    await client.close();
  }
  await check('SDK v1', 'the server ends on SIGTERM', async () => assert.equal(await server.stop(), 0));

  await fromNothing((label, person) => connect(stdio(['serve', '--demo']), label, person), 'SDK v1, stdio');
  await fromNothing(withOwnServer(http), 'SDK v1, HTTP');
  await fromNothing(withOwnServer(sse), 'SDK v1, SSE', { asks: false });

  const world = await board();
  const shared = await serveHTTP([], world.settings);
  const ways = [['stdio', () => stdio(['serve'], world.settings)], ['HTTP', () => http(shared.url)], ['SSE', () => sse(shared.url)]];
  for (const [name, transport] of ways) {
    for (const person of [undefined, approver()]) {
      const label = `SDK v1, ${name}, an agent${person ? ' that asks' : ''}`;
      const client = await connect(transport(), label, person);
      await agent(client, label, world, name === 'SSE' ? undefined : person);
      await client.close();
    }
  }
  await shared.stop();
  await world.stop();
  console.log(`${checks()} checks passed`);
}
