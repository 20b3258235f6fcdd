import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { folder, MAIN, PLAIN } from './run.js';

/** Runs hw2 where a process may have so many KiB of addresses. */
function within(limit: string, ...args: string[]) {
  const env = { ...PLAIN, NODE_OPTIONS: '', NODE_V8_COVERAGE: '' };
  const shell = ['-c', 'ulimit -v "$0" && exec "$@"', limit, process.execPath, MAIN, ...args];
  return spawnSync('sh', shell, { env, encoding: 'utf8' });
}

// Node 20 and 22 want 10 GiB of addresses for a memory, unless they are told otherwise.
(process.platform === 'linux' ? test : test.skip)('3 GB of addresses are enough for a command', () => {
  const args = ['attention', '--L', '16', '--D', '8', '--repeat', '1', '--json'];
  const { status, stdout, stderr } = within('3000000', ...args);
  assert.is(status, 0, stderr);
  assert.is(JSON.parse(stdout).sizes.keys, 16);
  const misuse = within('3000000', 'attention', '--L', '0');
  assert.is(misuse.status, 2);
  assert.match(misuse.stderr, /^error: .*--L/);
});

test('what needs a permission of Node says which', () => {
  const [major] = process.versions.node.split('.').map(Number);
  const permission = major! < 23 ? '--experimental-permission' : '--permission';
  const args = ['train-cnn', '--data', 'phantom:90', '--epochs', '1', '--out', join(folder, 'trained')];
  const node = [permission, '--allow-fs-read=*', `--allow-fs-write=${folder}/*`, MAIN, ...args];
  const { status, stderr } = spawnSync(process.execPath, node, { env: PLAIN, encoding: 'utf8' });
  assert.is(status, 1, stderr);
  assert.match(stderr, /^error: Access to this API has been restricted.* --allow-child-process.*\n$/m);
});

test.run();
