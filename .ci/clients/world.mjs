// The processes that the checks talk to. Every process listens on loopback, gets a clean environment and a
// home of its own, and is ended by stop().

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export const binary = process.env.BINARY_UNDER_TEST;
assert.ok(binary, 'set BINARY_UNDER_TEST to the path of the alloy-mcp binary');

const home = mkdtempSync(join(tmpdir(), 'alloy-mcp-clients-'));
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

// environment is what a server process sees: no settings but the given ones.
export function environment(settings = {}) {
  return { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, ENV_FILE: '/dev/null', ...settings };
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// run starts a long-lived process and collects what it prints.
export function run(command, args, settings) {
  const child = spawn(command, args, { env: environment(settings), cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const lines = [];
  const errors = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => {
    children.delete(child);
    resolve(signal ?? code);
  }));
  const died = () => `${command} ${args.join(' ')} ended (${child.signalCode ?? child.exitCode}):\n${errors.slice(-10).join('\n')}`;
  return {
    lines,
    errors,
    // until waits for a condition on the process, for at most a minute.
    async until(what, condition) {
      for (let i = 0; i < 1200; i++) {
        const value = await condition();
        if (value) return value;
        assert.ok(child.exitCode === null && child.signalCode === null, died());
        await sleep(50);
      }
      assert.fail(`${command} ${args.join(' ')}: ${what} did not happen within 60 s:\n${errors.slice(-10).join('\n')}`);
    },
    // stop asks the process to end and returns its exit code; it fails where the
    // process does not end within 30 seconds.
    async stop() {
      child.kill('SIGTERM');
      const code = await Promise.race([ended, sleep(30_000, 'late', { ref: false })]);
      assert.notEqual(code, 'late', `${command} ${args.join(' ')} did not end within 30 s of SIGTERM`);
      return code;
    },
  };
}

// serveHTTP starts the server on a free port and waits until it answers.
export async function serveHTTP(args, settings) {
  const address = `127.0.0.1:${await freePort()}`;
  const server = run(binary, ['serve', ...args, '--transport', 'http', '--addr', address], settings);
  await server.until('an answer on /healthz', () => fetch(`http://${address}/healthz`).then((r) => r.ok, () => false));
  return { ...server, url: `http://${address}` };
}

// simulate starts the simulator alone, with further arguments; settings are the lines
// it prints.
export async function simulate(args = []) {
  const address = `127.0.0.1:${await freePort()}`;
  const simulator = run(binary, ['simulate', '--addr', address, ...args]);
  const wanted = ['ALLOY_BASE_URL', 'ALLOY_API_KEY', 'ALLOY_USER_ID'];
  const read = () => Object.fromEntries(simulator.lines.map((l) => /^(?:export )?([A-Z_]+)=(.*)$/.exec(l)).filter(Boolean).map((m) => [m[1], m[2]]));
  await simulator.until(`printing ${wanted.join(', ')}`, () => wanted.every((name) => read()[name]));
  const all = read();
  return { ...simulator, settings: Object.fromEntries(wanted.map((name) => [name, all[name]])) };
}
