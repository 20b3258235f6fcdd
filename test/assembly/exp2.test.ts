import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sweep } from '../../scripts/sweep-exp2.js';
import { type Engine, testTiers } from '../tiers.js';

const test = suite('exp2');
/** What scripts/sweep-exp2.ts found over all arguments. The promise is 2. */
const WORST = { simd: 1.2273, relaxed: 0.9484, wide: 0.9484 };

/** 2ˣ of each number, by the kernel. */
function exp2(engine: Engine, x: Float32Array): Float32Array {
  const length = Math.ceil(x.length / 4) * 4;
  const address = engine.arena.allocate(4 * length);
  const memory = engine.arena.float32(address, length);
  new Uint8Array(memory.buffer, address, x.byteLength).set(new Uint8Array(x.buffer));
  engine.kernels.exp2Array(address, length);
  const result = memory.slice(0, x.length);
  engine.arena.release(address);
  return new Float32Array(result);
}

testTiers(
  test,
  'no worse than the exhaustive sweep, in every 997th block of 1,024 arguments',
  async (engine) => {
    const { ulp, x } = await sweep(engine.tier, 997);
    assert.ok(ulp <= WORST[engine.tier], `${ulp} ULP at ${x}`);
  },
);

testTiers(test, 'whole numbers are exact', async (engine) => {
  const x = Float32Array.from({ length: 127 }, (_, i) => -i);
  assert.equal(
    exp2(engine, x),
    x.map((n) => 2 ** n),
  );
  assert.equal(exp2(engine, Float32Array.of(-0)), Float32Array.of(1));
});

testTiers(test, 'exactly 0 from -127 down to -infinity', async (engine) => {
  const x = Float32Array.of(-127, -127.00001, -128, -150, -1000, -1e10, -3.4e38, Number.NEGATIVE_INFINITY);
  assert.equal(exp2(engine, x), new Float32Array(x.length));
});

testTiers(test, 'between -127 and -126, 0 or a number below 2^-125', async (engine) => {
  const x = Float32Array.from({ length: 4096 }, (_, i) => -127 + (i + 0.5) / 4096);
  assert.ok(exp2(engine, x).every((y) => y >= 0 && y < 2 ** -125));
});

testTiers(test, 'NaN for NaN', async (engine) => {
  const x = Float32Array.of(Number.NaN, Number.NaN, -1, Number.NaN);
  // Negative, as x86 makes it of infinity − infinity.
  new Uint32Array(x.buffer)[1] = 0xffc00000;
  assert.equal([...exp2(engine, x)], [Number.NaN, Number.NaN, 0.5, Number.NaN]);
});

testTiers(test, 'never falls as its argument grows', async (engine) => {
  const x = Float32Array.from({ length: 2 ** 18 }, (_, i) => (-126 * (2 ** 18 - i)) / 2 ** 18);
  const y = exp2(engine, x);
  // Neighbours are further apart than the error.
  assert.ok(y.every((value, i) => i === 0 || value > y[i - 1]!));
});

testTiers(test, 'NaN for every payload', async (engine) => {
  const bits = Uint32Array.from({ length: 64 }, (_, i) => 0x7fc00000 + (i % 2) * 0x80000000 + i * 16411);
  assert.ok(exp2(engine, new Float32Array(bits.buffer)).every(Number.isNaN));
});

test.run();
