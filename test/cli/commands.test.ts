import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toAscii } from '#hw2/cli/ascii.js';
import { COMMANDS, define } from '#hw2/cli/commands.js';
import { folder, hw2, MAIN, PLAIN } from './run.js';

test('feature-map prints the number of features of every order', () => {
  const { code, out } = hw2('feature-map', '--D', '64', '--order', '3');
  assert.is(code, 0);
  for (const features of ['65', '2,145', '47,905', '814,385']) assert.match(out, new RegExp(` ${features} `));
  assert.match(out, /x1² x2 +3 +1\/2/);
});

test('feature-map lists monomials with the weights of the multinomial theorem', () => {
  const { firstMonomials } = JSON.parse(hw2('feature-map', '--D', '3', '--order', '2', '--json').out);
  assert.equal(
    firstMonomials.map(({ monomial, weight }: { monomial: string; weight: number }) => [monomial, weight]),
    [
      ['1', 1],
      ['x1', 1],
      ['x2', 1],
      ['x3', 1],
      ['x1²', 0.5],
      ['x1 x2', 1],
      ['x1 x3', 1],
      ['x2²', 0.5],
    ],
  );
});

test('info names every tier and the one it uses', () => {
  const { tiers, defaultTier, cores } = JSON.parse(hw2('info', '--json').out);
  assert.equal(
    tiers.map(({ tier }: { tier: string }) => tier),
    ['simd', 'relaxed', 'wide'],
  );
  assert.ok(['simd', 'relaxed'].includes(defaultTier));
  assert.ok(cores >= 1);
});

/**
 * The text in 80 columns, also where a terminal of ASCII gets more characters for one, without what the parser of options
 * adds of itself: `(preset: "1")` is a word that no reader knows.
 */
function assertReads(text: string): void {
  assert.not.match(text, /\((preset|env):/);
  for (const line of text.split('\n')) assert.ok(Math.max(line.length, toAscii(line).length) <= 80, line);
}

test('a terminal of ASCII gets help in ASCII', () => {
  const env = { ...PLAIN, LC_ALL: 'C', TERM: 'dumb' };
  const { stdout } = spawnSync(process.execPath, [MAIN, 'attention', '--help'], { env, encoding: 'utf8' });
  assert.match(stdout, /1\/sqrtD/);
  assert.match(stdout, /^\p{ASCII}+$/u);
});

test('help leads with examples and fits a terminal of 80 columns', () => {
  for (const args of [[], ...Object.keys(COMMANDS).map((name) => [name])]) {
    const { code, out } = hw2(...args, '--help');
    assert.is(code, 0);
    assert.match(out, /^Examples:\n {2}\S/);
    assertReads(out);
  }
});

/** The command lines of all commands, those of `cluster` one by one, each with its options. */
async function everyCommand(): Promise<{ words: string[]; options: string[] }[]> {
  const leaves = (command: Command, words: string[]): { words: string[]; options: string[] }[] =>
    command.commands.length === 0
      ? [{ words, options: command.options.map(({ long }) => long!) }]
      : command.commands.flatMap((own) => leaves(own, [...words, own.name()]));
  const all = [];
  for (const name of Object.keys(COMMANDS)) {
    const command = new Command(name);
    await define(command);
    all.push(...leaves(command, [name]));
  }
  return all;
}

test('every command takes --json, and those of cluster have their help like the others', async () => {
  for (const { words, options } of await everyCommand()) {
    assert.ok(options.includes('--json'), words.join(' '));
    if (words.length === 1) continue;
    const { out } = hw2(...words, '--help');
    assert.match(out, /^Examples:\n {2}\S/);
    assertReads(out);
  }
});

test('the version is said by -v, too', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  for (const option of ['--version', '-v']) assert.is(hw2(option).out, `${version}\n`);
});

test('every JSON document says its format and version', () => {
  for (const [format, ...args] of [
    ['hw2-feature-map', 'feature-map', '--D', '4'],
    ['hw2-info', 'info'],
    ['hw2-data', 'data'],
    ['hw2-completions', 'completion', 'bash'],
    ['hw2-attention', 'attention', '--L', '16', '--D', '4'],
  ] as const) {
    const document = JSON.parse(hw2(...args, '--json').out);
    assert.equal([document.format, document.version], [format, 1]);
  }
});

test('--quiet leaves warnings and errors alone', () => {
  const path = join(folder, 'quiet.npy');
  const args = ['attention', '--L', '8', '--D', '4', '--method', 'taylor', '--order', '1', '--out', path];
  assert.match(hw2(...args).err, /Wrote/);
  assert.not.match(hw2(...args, '--quiet').err, /Wrote/);
  assert.not.match(hw2('--quiet', ...args).err, /Wrote/);
});

/** What bash completes after each of some command lines, the last word of which has been begun. */
function completed(lines: readonly (readonly string[])[]): string[][] {
  const script = hw2('completion', 'bash').out;
  const calls = lines.map((words) => {
    const quoted = words.map((word) => `"${word}"`).join(' ');
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _hw2; echo "\${COMPREPLY[@]}"`;
  });
  const { stdout, stderr } = spawnSync('bash', [], {
    input: [script, ...calls].join('\n'),
    encoding: 'utf8',
  });
  assert.is(stderr, '');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
}

test('bash completes commands, those of cluster, options, and what options and arguments can be', () => {
  const expected: [string[], string[]][] = [
    [
      ['hw2', 'eval'],
      ['eval-cnn', 'eval-asr'],
    ],
    [
      ['hw2', 'cluster', 'c'],
      ['cancel', 'clean'],
    ],
    [
      ['hw2', 'cluster', 'run', 'eval'],
      ['eval-cnn', 'eval-asr'],
    ],
    [['hw2', 'cluster', 'run', 'attention', '--sto'], ['--store']],
    [['hw2', 'cluster', 'run', 'eval-cnn', '--variant', 's'], ['stride']],
    [['hw2', '--quiet', 'attention', '--meth'], ['--method']],
    [['hw2', 'attention', '--method', 't'], ['taylor']],
    [['hw2', 'completion', 'f'], ['fish']],
  ];
  assert.equal(
    completed(expected.map(([words]) => words)),
    expected.map(([, completions]) => completions),
  );
});

test('bash completes every option of every command', async () => {
  const lines = (await everyCommand()).flatMap(({ words, options }) =>
    options.map((option) => ['hw2', ...words, option]),
  );
  for (const [i, completions] of completed(lines).entries())
    assert.ok(completions.includes(lines[i]!.at(-1)!), lines[i]!.join(' '));
});

test('zsh and fish have scripts of the same commands', () => {
  assert.match(hw2('completion', 'zsh').out, /bashcompinit/);
  const fish = hw2('completion', 'fish').out;
  assert.match(fish, /-n 'test \(__hw2_command\) = "bench"' -l peers .*-xa 'native web none'/);
  assert.match(fish, /-n 'test \(__hw2_command\) = "cluster run"' -f -a attention -d '/);
  assert.match(fish, /-n 'test \(__hw2_command\) = "cluster run attention"' -l store -d '/);
});

test('training that is interrupted says how to go on, and ends as the signal would have it', async () => {
  const out = join(folder, 'stopped');
  const args = [MAIN, 'train-cnn', '--data', 'phantom:90', '--epochs', '10000', '--out', out];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  const closed = once(child, 'close');
  // A finished epoch is what can be gone on from, however long it takes on this machine.
  while (!existsSync(join(out, 'checkpoints')) && child.exitCode === null) await sleep(100);
  await sleep(500);
  child.kill('SIGTERM');
  const [, signal] = await closed;
  assert.is(signal, 'SIGTERM', err);
  assert.match(err, /go on with: hw2 train-cnn .*--resume\n$/);
});

test('a signal that comes while the hint is changed is not lost', async () => {
  const script = `
    import { hintWhenInterrupted } from ${JSON.stringify(import.meta.resolve('#hw2/cli/output.js'))};
    hintWhenInterrupted('the first');
    setTimeout(() => process.exit(3), 60_000);
    console.log('busy');
    const end = performance.now() + 1_000;
    while (performance.now() < end);
    hintWhenInterrupted('the second');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  child.stdout.once('data', () => child.kill('SIGTERM'));
  const [code, signal] = await once(child, 'close');
  assert.is(signal, 'SIGTERM', `ended with ${code}`);
  assert.is(err, 'the second\n');
});

test('an unknown command or option ends with exit code 2, and says where to find those that there are', () => {
  for (const [args, expected] of [
    [['atention'], 'Did you mean attention?'],
    [['info', '--colour'], 'hw2 info --help'],
    [['cluster', 'run', 'attention', '--zzz'], 'hw2 cluster run attention --help'],
    [['nothing'], '  hw2 --help'],
  ] as const) {
    const { code, err } = hw2(...args);
    assert.is(code, 2);
    assert.match(err, /^error: unknown/);
    assert.ok(err.includes(expected), err);
  }
});

test.run();
