import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseTier, TIERS, tierSupport } from '#engine/runtime/tiers.js';

const test = suite('tiers');
const node = Number.parseInt(process.versions.node, 10);
const tiersUrl = JSON.stringify(new URL('../../../src/engine/dist/runtime/tiers.js', import.meta.url));

/** Runs a program in a fresh process, whose flags no other test has touched. */
function run(code: string, ...flags: string[]): unknown {
  const source = `import { chooseTier, enableTier, tierSupport } from ${tiersUrl};\n${code}`;
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', source], {
    encoding: 'utf8',
    env: { ...process.env, NODE_V8_COVERAGE: '' },
  });
  assert.is(stderr, '');
  return JSON.parse(stdout);
}

test('a runtime that needs no flag runs relaxed, an older one simd', () => {
  assert.is(run('console.log(JSON.stringify(chooseTier()))'), node >= 22 ? 'relaxed' : 'simd');
});

test('wide is never chosen by itself', () => {
  assert.is.not(run('enableTier("relaxed"); console.log(JSON.stringify(chooseTier()))'), 'wide');
});

test('a missing tier comes with its reason', () => {
  const flag = node >= 22 ? ['--no-experimental-wasm-relaxed-simd'] : [];
  if (node >= 22) return; // Relaxed SIMD is no longer behind a flag there: nothing to be missing.
  const support = run('console.log(JSON.stringify(tierSupport()))', ...flag) as ReturnType<
    typeof tierSupport
  >;
  assert.equal(support.simd, { available: true });
  for (const tier of ['relaxed', 'wide'] as const) {
    assert.is(support[tier].available, false);
    assert.match(support[tier].reason!, '--experimental-wasm-relaxed-simd');
  }
});

test('enableTier makes relaxed available', () => {
  const support = run('enableTier("relaxed"); console.log(JSON.stringify(tierSupport()))') as ReturnType<
    typeof tierSupport
  >;
  assert.ok(support.relaxed.available);
});

test('enableTier of simd changes nothing', () => {
  const code =
    'const before = tierSupport(); enableTier("simd"); console.log(JSON.stringify([before, tierSupport()]))';
  const [before, after] = run(code) as [unknown, unknown];
  assert.equal(before, after);
});

test('enableTier of wide is silent', () => {
  run('enableTier("wide"); console.log("null")');
});

test('an unknown tier is refused by name', () => {
  assert.throws(() => chooseTier('avx' as 'simd'), 'tier: given "avx", expected one of simd, relaxed, wide');
  assert.throws(() => chooseTier('toString' as 'simd'), 'tier: given "toString"');
});

test('every tier that is available here can be chosen', () => {
  const support = tierSupport();
  for (const tier of TIERS.filter((name) => support[name].available)) assert.is(chooseTier(tier), tier);
});

test.run();
