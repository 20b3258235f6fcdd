import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hw2 } from './run.js';

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

test('help leads with examples', () => {
  for (const args of [['--help'], ['attention', '--help'], ['feature-map', '--help']]) {
    const { code, out } = hw2(...args);
    assert.is(code, 0);
    assert.match(out, /^Examples:\n {2}hw2 /);
  }
});

test('an unknown command or option ends with exit code 2 and one line', () => {
  for (const args of [['atention'], ['info', '--colour']]) {
    const { code, err } = hw2(...args);
    assert.is(code, 2);
    assert.match(err, /^error: unknown/);
  }
});

test.run();
