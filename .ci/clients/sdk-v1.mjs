// The official TypeScript SDK, version 1, over all three transports.

import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { check, checks, session } from './scenario.mjs';
import { binary, environment, serveHTTP } from './world.mjs';

// connect opens a session; a frame that the SDK cannot read fails the check.
export async function connect(transport, label) {
  const client = new Client({ name: 'alloy-mcp-checks', version: '1' }, { capabilities: {} });
  const stray = [];
  client.onerror = (error) => stray.push(error);
  await check(label, 'initialize', async () => {
    await client.connect(transport);
    assert.ok(client.getServerVersion().name);
    assert.ok(client.getInstructions().length <= 2048);
  });
  return {
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
  console.log(`${checks()} checks passed`);
}
