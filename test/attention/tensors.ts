/** Inputs of tests: seeded, so that every run sees the same numbers. */
import type { Float32Tensor, Tensor } from '#engine/attention/tensor.js';

export type Floats = Float32Tensor & { readonly data: Float32Array };

export const sizeOf = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);

/** Uniform numbers in [0, 1): mulberry32. */
export function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed float32 numbers (Box and Muller). */
export function gaussian(dims: readonly number[], seed: number, sigma = 1): Floats {
  const next = uniform(seed);
  const normal = () => sigma * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return floats(dims, normal);
}

export function floats(dims: readonly number[], element: (index: number) => number): Floats {
  return { type: 'float32', data: Float32Array.from({ length: sizeOf(dims) }, (_, i) => element(i)), dims };
}

/** A boolean mask that hides a key with the given probability. */
export function randomMask(dims: readonly number[], seed: number, hidden = 0.3): Tensor {
  const next = uniform(seed);
  return { type: 'bool', data: Uint8Array.from({ length: sizeOf(dims) }, () => +(next() >= hidden)), dims };
}

export const lengths = (...values: number[]): Tensor => ({
  type: 'int64',
  data: BigInt64Array.from(values, BigInt),
  dims: [values.length],
});

/** Rows [from, to) of an axis of a tensor. */
export function slice({ data, dims }: Floats, axis: number, from: number, to: number): Floats {
  const inner = sizeOf(dims.slice(axis + 1));
  const result = dims.map((dim, i) => (i === axis ? to - from : dim));
  const block = (to - from) * inner;
  return floats(
    result,
    (i) => data[Math.floor(i / block) * dims[axis]! * inner + from * inner + (i % block)]!,
  );
}

/** Largest absolute difference; NaN equals NaN and an infinity equals itself, else the difference is infinite. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} elements, expected ${expected.length}`);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i]) || actual[i] === expected[i]) continue;
    const distance = Math.abs(actual[i]! - expected[i]!);
    largest = Math.max(largest, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
  }
  return largest;
}

/** The largest difference, as a multiple of what rounding allows each element; equal elements differ by none. */
export function inRoundings(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  rounding: ArrayLike<number>,
): number {
  if (actual.length !== rounding.length)
    throw new Error(`${actual.length} elements, expected ${rounding.length}`);
  const multiples = Float64Array.from(rounding, (allowed, i) => {
    const distance = difference([actual[i]!], [expected[i]!]);
    return distance === 0 ? 0 : distance / allowed;
  });
  return difference(multiples, new Float64Array(multiples.length));
}

export function sameBits(a: Float32Array<ArrayBufferLike>, b: Float32Array<ArrayBufferLike>): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  );
}
