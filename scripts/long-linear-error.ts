/**
 * Measures the rounding of linear attention over 1,048,576 keys: values that are the same for every key must come out as
 * they went in, and the largest relative difference is printed for each dimension, order and form, as JSON. One thread,
 * about two minutes: `npm run build && node build/scripts/long-linear-error.js`.
 */
import { attention, createEngine, createState, type Tensor } from 'hw2-engine';

const KEYS = 2 ** 20;
/** Keys that are appended to a state at once. */
const CHUNK = 2 ** 14;
const SIGMA = 0.3;
// A running sum of equal numbers is off furthest for some of them.
const VALUES = Float32Array.of(0.1, 0.7, 1, 1.6005211, 1.9699326, -77.3, 12345.678);

/** Numbers that are normally distributed, repeated with a period that is prime to every dimension. */
function normal(length: number): Float32Array {
  let seed = 1;
  const uniform = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const drawn = Float32Array.from(
    { length: 1_000_003 },
    () => SIGMA * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
  return Float32Array.from({ length }, (_, i) => drawn[i % drawn.length]!);
}

const rows = (data: Float32Array, dim: number, from: number, to: number): Tensor => ({
  data: data.subarray(from * dim, to * dim),
  dims: [1, 1, to - from, dim],
});

function largestError(output: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < output.length; i++)
    largest = Math.max(largest, Math.abs(output[i]! / VALUES[i % VALUES.length]! - 1));
  return largest;
}

const values = new Float32Array(KEYS * VALUES.length).map((_, i) => VALUES[i % VALUES.length]!);
const engine = await createEngine();
const errors = [];
for (const headDim of [16, 64]) {
  const keys = normal(KEYS * headDim);
  const [k, v] = [rows(keys, headDim, 0, KEYS), rows(values, VALUES.length, 0, KEYS)];
  const q = rows(keys, headDim, 0, 64);
  for (const order of [1, 2]) {
    const options = { method: 'taylor', order } as const;
    const dense = largestError((await attention(engine, { q, k, v }, options)).output.data);
    const all = await attention(engine, { q: k, k, v }, { ...options, isCausal: true });
    const causal = largestError(all.output.data);
    const state = await createState(engine, { headDim, valueDim: VALUES.length, order });
    for (let at = 0; at < KEYS; at += CHUNK)
      await state.append({
        k: rows(keys, headDim, at, at + CHUNK),
        v: rows(values, VALUES.length, at, at + CHUNK),
      });
    const streaming = largestError((await state.query({ q })).output.data);
    await state.dispose();
    errors.push({ headDim, order, dense, causal, streaming });
  }
}
console.log(JSON.stringify({ keys: KEYS, tier: engine.tier, node: process.version, errors }, undefined, 2));
await engine.dispose();
