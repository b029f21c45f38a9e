// The MCP inspector's command line: what each transport lists, in every era of the
// protocol, the portability lint of the schemas, and calls with their exit codes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, checks, data, success, toolNames } from './scenario.mjs';
import { binary, environment, serveHTTP, simulate } from './world.mjs';

const server = await serveHTTP(['--demo']);
// An Alloy with actions of six apps, forty of them exposed as tools, in each profile.
const catalogues = new URL('../../schemas/testdata/catalogs/', import.meta.url).pathname;
const files = readdirSync(catalogues).filter((name) => name.endsWith('.json'));
const alloy = await simulate(files.flatMap((name) => ['--catalog', join(catalogues, name)]));
const expose = 'notion.*page*,slack.chat_*,jira.*ssue*,shippo.Create*,hubspot.*sociations*Batch*,shipStation.create*,hubspot.batchArchiveC*';
const exposing = (profile) => ({
  command: binary, args: ['serve', '--schema-profile', profile], env: environment({ ...alloy.settings, ALLOY_EXPOSE: expose }),
});
const dir = mkdtempSync(join(tmpdir(), 'inspector-'));
const config = join(dir, 'mcp.json');
writeFileSync(config, JSON.stringify({
  mcpServers: {
    stdio: { command: binary, args: ['serve', '--demo'], env: environment() },
    http: { type: 'streamable-http', url: `${server.url}/mcp` },
    sse: { type: 'sse', url: `${server.url}/sse` },
    portable: exposing('portable'),
    strict: exposing('strict'),
  },
}));

// inspect runs one method and returns its result; the inspector must exit with code.
function inspect(name, era, method, { code = 0, args = [] } = {}) {
  const run = spawnSync('mcp-inspector', [
    '--cli', '--quiet', '--format', 'json', '--stored-auth-only', '--config', config, '--server', name,
    '--protocol-era', era, '--method', method, ...args,
  ], { env: { ...environment(), MCP_INSPECTOR_SECRET_STORE: 'memory', HOME: dir }, encoding: 'utf8', timeout: 180_000 });
  assert.equal(run.status, code, `exit code ${run.status}, want ${code}\n${run.stdout}${run.stderr}`);
  return JSON.parse(run.stdout).result;
}

const call = (name, era, tool, args, code = 0) => inspect(name, era, 'tools/call', { code, args: ['--tool-name', tool, '--tool-args-json', JSON.stringify(args)] });

const eras = { stdio: ['legacy', 'auto', 'modern'], http: ['legacy', 'auto', 'modern'], sse: ['legacy', 'auto'] };
const lists = new Set();
for (const [name, spoken] of Object.entries(eras)) {
  for (const era of spoken) {
    const label = `inspector, ${name}, ${era}`;
    await check(label, 'initialize tells who we are', () => {
      const result = inspect(name, era, 'initialize');
      assert.ok(result.serverInfo.name && result.instructions, JSON.stringify(result));
      const newest = era !== 'legacy' && name !== 'sse'; // the old transport has no newer revision
      assert.equal(result.protocolVersion, newest ? '2026-07-28' : '2025-11-25');
    });
    await check(label, 'tools/list --strict finds nothing to complain about', () => {
      const { tools } = inspect(name, era, 'tools/list', { args: ['--strict'] });
      for (const tool of toolNames) assert.ok(tools.some((t) => t.name === tool), `${tool} is missing`);
      lists.add(JSON.stringify(tools));
    });
    await check(label, 'tools/call answers, and a failed one exits 5', () => {
      assert.ok(success(call(name, era, 'list_connectors', { limit: 3 })).connectors.length > 0);
      const failed = call(name, era, 'get_tokens', {}, 5);
      assert.equal(data(failed).code, 'invalid_arguments', JSON.stringify(failed));
    });
    await check(label, 'resources and prompts are listed and read', () => {
      assert.deepEqual(inspect(name, era, 'resources/list').resources.map((r) => r.uri), ['alloy://connectors']);
      const templates = inspect(name, era, 'resources/templates/list').resourceTemplates.map((t) => t.uriTemplate);
      assert.deepEqual(templates, ['alloy://actions/{connector}/{action}', 'alloy://connectors/{id}', 'alloy://result/{id}']);
      const read = inspect(name, era, 'resources/read', { args: ['--uri', 'alloy://actions/notion/post-search'] });
      assert.equal(JSON.parse(read.contents[0].text).action_id, 'notion.post-search');
      assert.deepEqual(inspect(name, era, 'prompts/list').prompts.map((p) => p.title), ['Find and run an action', 'What is connected?']);
    });
  }
}
await check('inspector', 'the tools are the same on every transport and in every era', () => assert.equal(lists.size, 1));
for (const profile of ['portable', 'strict']) {
  await check(`inspector, forty exposed, ${profile}`, 'tools/list --strict finds nothing to complain about', () => {
    const { tools } = inspect(profile, 'modern', 'tools/list', { args: ['--strict'] });
    assert.equal(tools.length, 52);
    assert.ok(tools.some((t) => t.name === 'notion_post_page'), 'notion_post_page is missing');
    assert.equal(tools.every((t) => t.inputSchema.additionalProperties === false), profile === 'strict');
  });
  await check(`inspector, forty exposed, ${profile}`, 'an exposed tool can be called', () => {
    const args = { parent: { type: 'workspace' }, properties: {}, dry_run: true };
    assert.equal(success(call(profile, 'modern', 'notion_post_page', args)).dry_run, true);
  });
}
await alloy.stop();
await server.stop();
console.log(`${checks()} checks passed`);
