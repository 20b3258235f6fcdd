import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { float16ToNumber, type Tensor } from '#engine/attention/tensor.js';
import { sharedEngine, testEngines } from '../tiers.js';
import { type Floats, floats, gaussian, sizeOf, uniform } from './tensors.js';

const test = suite('float16');

test('every bit pattern, against the definition', () => {
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits < 32768 ? 1 : -1;
    const exponent = Math.floor(bits / 1024) % 32;
    const fraction = (bits % 1024) / 1024;
    let expected = sign * (1 + fraction) * 2 ** (exponent - 15);
    if (exponent === 0) expected = sign * fraction * 2 ** -14;
    if (exponent === 31) expected = fraction > 0 ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    assert.ok(Object.is(float16ToNumber(bits), expected), `bits ${bits}: ${float16ToNumber(bits)}`);
  }
});

/** Random float16 numbers of magnitude below 2, and the same in float32. */
function halves(dims: readonly number[], seed: number): [Tensor, Floats] {
  const next = uniform(seed);
  const bits = Uint16Array.from(
    { length: sizeOf(dims) },
    () => Math.floor(next() * 2) * 32768 + Math.floor(next() * 0x4000),
  );
  return [{ type: 'float16', data: bits, dims }, floats(dims, (i) => float16ToNumber(bits[i]!))];
}

testEngines(test, 'inputs are widened: the result is that of the same numbers in float32', async (engine) => {
  const pairs = {
    q: halves([2, 4, 20, 8], 1),
    k: halves([2, 2, 30, 8], 2),
    v: halves([2, 2, 30, 5], 3),
    mask: halves([20, 37], 4),
    pastKey: halves([2, 2, 7, 8], 5),
    pastValue: halves([2, 2, 7, 5], 6),
  };
  const side = (index: 0 | 1) =>
    Object.fromEntries(Object.entries(pairs).map(([name, pair]) => [name, pair[index]])) as Record<
      keyof typeof pairs,
      Tensor
    >;
  const [half, single] = await Promise.all([attention(engine, side(0)), attention(engine, side(1))]);
  assert.equal(half, single);
  assert.is(half!.output.type, 'float32');
});

testEngines(test, 'every number, widened by the engine', async (engine) => {
  // Weights of one key are 1, so that the output is the value.
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const v: Tensor = { type: 'float16', data: bits, dims: [2048, 1, 1, 32] };
  const one = floats([2048, 1, 1, 1], () => 0);
  const { output } = await attention(engine, { q: one, k: one, v });
  output.data.forEach((x, i) => {
    const expected = float16ToNumber(bits[i]!);
    assert.ok(Object.is(x, expected) || x === expected, `bits ${i}: ${x}`);
  });
});

for (const count of [1, 2, 3, 5, 7]) {
  testEngines(test, `${count} numbers, not a multiple of four`, async (engine) => {
    const [half, single] = halves([1, 1, 3, count], count);
    const [actual, expected] = await Promise.all(
      [half, single].map((t) => attention(engine, { q: t, k: t, v: t })),
    );
    assert.equal(actual, expected);
  });
}

testEngines(test, 'types may be mixed', async (engine) => {
  const [half, single] = halves([1, 1, 30, 8], 7);
  const rest = { q: gaussian([1, 1, 5, 8], 8), v: gaussian([1, 1, 30, 8], 9) };
  const [mixed, plain] = await Promise.all([half, single].map((k) => attention(engine, { ...rest, k })));
  assert.equal(mixed, plain);
});

test('arrays of another realm, as in a vm or a test runner, are read as bits too', async () => {
  const Foreign = runInNewContext('Uint16Array') as Uint16ArrayConstructor;
  const [half] = halves([1, 1, 9, 8], 11);
  const foreign = { ...half, data: Foreign.from(half.data as Uint16Array) };
  const engine = await sharedEngine('simd');
  for (const method of ['exact', 'taylor', 'auto'] as const) {
    const rates = { exact: 1, taylor: 1e9 };
    const options = method === 'auto' ? { method, tolerance: 10, rates } : { method };
    const [own, other] = await Promise.all(
      [half, foreign].map((t) => attention(engine, { q: t, k: t, v: t }, options)),
    );
    assert.equal(other, own, method);
  }
});

const Half = (globalThis as { Float16Array?: new (values: ArrayLike<number>) => ArrayBufferView })
  .Float16Array;
if (Half) {
  testEngines(test, 'a Float16Array needs no type', async (engine) => {
    const [, single] = halves([1, 1, 9, 8], 10);
    const own: Tensor = { data: new Half(single.data), dims: single.dims };
    const [actual, expected] = await Promise.all(
      [own, single].map((t) => attention(engine, { q: t, k: t, v: t })),
    );
    assert.equal(actual, expected);
  });
} else {
  test.skip('a Float16Array needs no type: this runtime has no Float16Array', () => {});
}

test.run();
