import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('exit');
const index = JSON.stringify(new URL('../../../src/engine/dist/index.js', import.meta.url));

/** Runs a program in a process of its own; one that would never end is killed, long after others on a busy machine have ended. */
function run(code: string) {
  const source = `import { attention, createEngine } from ${index};
    const t = { data: Float32Array.from({ length: 2048 }, (_, i) => i / 2048), dims: [1, 2, 128, 8] };
    const inputs = { q: t, k: t, v: t };\n${code}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, NODE_V8_COVERAGE: '' },
  });
}

for (const threads of [1, 2, 3]) {
  test(`a process ends by itself without dispose (${threads} threads)`, () => {
    const { status, stdout, stderr } = run(
      `const engine = await createEngine({ threads: ${threads} }); const { output } = await attention(engine, inputs); console.log(String(output.data.length));`,
    );
    assert.is(stderr, '');
    assert.is(stdout, '2048\n');
    assert.is(status, 0);
  });

  test(`a process stays alive until its call is done (${threads} threads)`, () => {
    const { status, stdout } = run(
      `const engine = await createEngine({ threads: ${threads} }); for (let i = 0; i < 20; i++) void attention(engine, inputs).then(() => console.log(i));`,
    );
    assert.is(stdout.split('\n').length, 21);
    assert.is(status, 0);
  });
}

test('a process with an engine that was never used ends by itself', () => {
  assert.is(run('await createEngine({ threads: 2 })').status, 0);
});

test('an engine that is not awaited when the process ends prints nothing', () => {
  const { stderr } = run('void createEngine({ threads: 2 })');
  assert.is(stderr, '');
});

test.run();
