/** Runs the examples with the packed engine, in .hosts: a folder outside of git that keeps what npm installed. */
import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { referenceRow } from 'hw2-engine';
import * as assert from 'uvu/assert';

export const HOME = resolve('.hosts');
export const EXAMPLES = join(HOME, 'examples');
/** Milliseconds that any one command may take on two cores that have other work as well. */
const TIMEOUT = 240_000;

export interface Result {
  tier: string;
  threads: number;
  output: number[];
  warnings: string[];
  error?: string;
}

let prepared: Promise<void> | undefined;

/** Installs what the examples are run with, and the engine from its tarball; once for all tests. */
export function prepare(): Promise<void> {
  prepared ??= (async () => {
    await mkdir(HOME, { recursive: true });
    const tools = await readFile('examples/package.json', 'utf8');
    const stamp = join(HOME, 'installed.json');
    if ((await readFile(stamp, 'utf8').catch(() => '')) !== tools) {
      await writeFile(join(HOME, 'package.json'), tools);
      await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
        cwd: HOME,
        timeout: 600_000,
      });
      await run(process.execPath, ['node_modules/bun/install.js'], { cwd: HOME });
      await writeFile(stamp, tools);
    }
    await rm(join(HOME, 'node_modules/hw2-engine'), { recursive: true, force: true });
    await mkdir(join(HOME, 'node_modules/hw2-engine'));
    const tarball = await packEngine();
    await run('tar', ['xzf', tarball, '-C', 'node_modules/hw2-engine', '--strip-components', '1'], {
      cwd: HOME,
    });
    await rm(EXAMPLES, { recursive: true, force: true });
    await cp('examples', EXAMPLES, { recursive: true });
    await rm(join(EXAMPLES, 'package.json'));
  })();
  return prepared;
}

let packed: Promise<string> | undefined;

/** The tarball that `npm publish` would send. */
export function packEngine(): Promise<string> {
  packed ??= (async () => {
    await mkdir(HOME, { recursive: true });
    const pack = ['pack', '--workspace', 'hw2-engine', '--ignore-scripts=false', '--pack-destination', HOME];
    const lines = (await run('npm', pack)).trim().split('\n');
    // Packing leaves in dist only what is shipped; other tests want the modules.
    await run('npm', ['run', '-s', 'build:engine']);
    return join(HOME, lines.at(-1)!);
  })();
  return packed;
}

interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  timeout?: number;
}

/** Runs a command to its end and gives what it printed. @throws Error with all of its output when it fails */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env, timeout = TIMEOUT }: RunOptions = {},
) {
  return new Promise<string>((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd && { cwd }),
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, all] = ['', ''];
    child.stdout.on('data', (data) => {
      out += data;
      all += data;
    });
    child.stderr.on('data', (data) => {
      all += data;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(out);
      else
        reject(
          new Error(
            `${command} ${args.join(' ')}: ${code ?? `took over ${timeout} ms`}\n${all.slice(-4000)}`,
          ),
        );
    });
  });
}

const QUIET = { NEXT_TELEMETRY_DISABLED: '1', ASTRO_TELEMETRY_DISABLED: '1', PARCEL_WORKERS: '1' };

/** What this process's npm and coverage ask of their children is not meant for those of the examples. */
function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_|^INIT_CWD/i.test(name));
  return { ...Object.fromEntries(kept), ...QUIET, ...more };
}

/** A program of the tools' own, by its path in node_modules. */
export const tool = (path: string) => join(HOME, 'node_modules', path);

/** Runs a script of JavaScript in Node and reads the one line of JSON that it prints. */
export async function runNode(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  return lastJson(await run(process.execPath, args, options));
}

export const lastJson = (text: string): Result => JSON.parse(text.trim().split('\n').at(-1)!);

/** The command line that runs a script in Node 24, for tools that need it. */
export const node24 = (...args: readonly string[]) => ['-y', '-p', 'node@24', 'node', ...args];

/** A server as a command, until `stop`; `ready` finds its address in what it prints. */
export async function serve(command: string, args: readonly string[], cwd: string, ready: RegExp) {
  const child = spawn(command, args, {
    cwd,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let all = '';
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no address in ${TIMEOUT} ms: ${all}`)), TIMEOUT);
    const look = (data: unknown) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
      all = (all + data).replace(/\u001b\[[0-9;]*m/g, '');
      const found = ready.exec(all);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[0]);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('exit', (code) => reject(new Error(`exit code ${code}: ${all}`)));
  });
  const stop = () => process.kill(-child.pid!, 'SIGKILL');
  return { url, stop };
}

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
};
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** A static host of everything in .hosts. */
export async function serveStatic(isolated: boolean, headers: Record<string, string> = {}) {
  const server = createServer(async ({ url }, response) => {
    const path = new URL(url!, 'http://localhost').pathname;
    const file = join(HOME, path.endsWith('/') ? `${path}index.html` : path);
    const bytes = await readFile(file).catch(() => undefined);
    response.writeHead(bytes ? 200 : 404, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      ...(isolated && ISOLATION),
      ...headers,
    });
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, stop };
}

/** Checks a result of first-attention.js against float64. */
export function checkResult(
  result: Result,
  expected: { threads: number; tier?: string; warning?: RegExp },
): void {
  assert.is(result.error, undefined);
  const data = Float32Array.from({ length: 256 * 16 }, (_, i) => ((37 * i) % 101) / 101 - 0.5);
  const row = referenceRow(data.subarray(0, 16), data, data, 16);
  for (const [i, value] of result.output.entries())
    assert.ok(Math.abs(value - row[i]!) < 1e-6, `output ${i}: ${value}, expected ${row[i]}`);
  assert.is(result.output.length, 4);
  assert.is(result.threads, expected.threads, JSON.stringify(result));
  if (expected.tier) assert.is(result.tier, expected.tier);
  if (expected.warning) assert.match(result.warnings.join('\n'), expected.warning);
  else assert.equal(result.warnings, []);
}
