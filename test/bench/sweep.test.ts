import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseSweep } from '#hw2/bench/sweep.js';

test('lists and ranges', () => {
  assert.equal(parseSweep('256'), [256]);
  assert.equal(parseSweep('256,1024, 4096'), [256, 1024, 4096]);
  assert.equal(parseSweep('256-16384*2'), [256, 512, 1024, 2048, 4096, 8192, 16384]);
  assert.equal(parseSweep('16-64+16'), [16, 32, 48, 64]);
  assert.equal(parseSweep('1024,256-1024*2,64'), [64, 256, 512, 1024]);
  assert.equal(parseSweep('1000-4000*3'), [1000, 3000]);
});

test('what is no sweep is refused with the part that is wrong', () => {
  const refused: [string, RegExp][] = [
    ['', /"": expected a whole number/],
    ['12,x', /"x": expected a whole number/],
    ['1.5', /"1.5"/],
    ['256-1024', /"256-1024": expected/],
    ['0', /from 1/],
    ['8-4*2', /ends before it begins/],
    ['8-64*1', /does not advance/],
    ['8-64+0', /does not advance/],
    ['1-100000+1', /more than 1000/],
  ];
  for (const [text, reason] of refused) assert.throws(() => parseSweep(text), reason, text);
});

test('the command refuses wrong arguments in one line, with exit code 2', () => {
  const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
  for (const args of [
    ['--L', '4-2*2'],
    ['--L', ''],
    ['--D', '1024'],
    ['--order', '9'],
    ['--threads', 'many'],
    ['--tier', 'fast'],
    ['--json', '--csv'],
    ['--full', '--L', '64'],
    ['--baseline', 'no-such-file.json'],
  ]) {
    const { status, stderr, stdout } = spawnSync(process.execPath, [main, 'bench', ...args], {
      encoding: 'utf8',
    });
    assert.is(status, 2, `${args}: ${stderr}`);
    assert.match(stderr, /^error: .+\n$/);
    assert.is(stdout, '');
  }
});

test.run();
