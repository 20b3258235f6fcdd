/** Random calls of the operator, small, with every input and attribute that may be combined. */
import fc from 'fast-check';
import type { AttentionOptions } from '#engine/attention/attention.js';
import type { AttentionInputs } from '#engine/attention/call.js';
import type { Tensor } from '#engine/attention/tensor.js';
import { floats, gaussian, lengths, randomMask, uniform } from './tensors.js';

export interface Call {
  inputs: AttentionInputs;
  options: AttentionOptions;
}

/** What fast-check varies; small numbers, so that a failure prints as one readable line. */
const shape = fc.record({
  seed: fc.nat(1e6),
  flat: fc.boolean(),
  batches: fc.integer({ min: 1, max: 3 }),
  kvHeads: fc.integer({ min: 1, max: 3 }),
  group: fc.integer({ min: 1, max: 3 }),
  queries: fc.integer({ min: 1, max: 40 }),
  keys: fc.integer({ min: 1, max: 150 }),
  headDim: fc.integer({ min: 1, max: 24 }),
  valueDim: fc.integer({ min: 1, max: 24 }),
});

const attributes = fc.record({
  mask: fc.constantFrom('none', 'bool', 'float', 'lowest'),
  maskRank: fc.integer({ min: 1, max: 4 }),
  /** Which of the mask's leading dimensions are 1. */
  maskOnes: fc.nat(7),
  /** The mask lacks this many of the last keys. */
  maskShort: fc.integer({ min: 0, max: 5 }),
  cache: fc.constantFrom('none', 'past', 'nonpad'),
  past: fc.integer({ min: 0, max: 20 }),
  scale: fc.option(fc.constantFrom(0.1, 0.5, 1), { nil: undefined }),
  softcap: fc.constantFrom(0, 0.5, 3, 30),
  isCausal: fc.boolean(),
  leftWindowSize: fc.constantFrom(-1, -1, 0, 1, 7, 60),
  rightWindowSize: fc.constantFrom(-1, -1, 0, 2, 50),
});

export type Drawn = {
  shape: typeof shape extends fc.Arbitrary<infer T> ? T : never;
  attributes: typeof attributes extends fc.Arbitrary<infer T> ? T : never;
};

export const drawnCall: fc.Arbitrary<Drawn> = fc.record({ shape, attributes });

/** The call that a drawn description stands for. */
export function callOf({ shape: s, attributes: a }: Drawn): Call {
  const heads = s.kvHeads * s.group;
  const tensor = (count: number, rows: number, dim: number, seed: number) =>
    gaussian(s.flat ? [s.batches, rows, count * dim] : [s.batches, count, rows, dim], s.seed + seed);
  const past = a.cache === 'past' ? a.past : 0;
  const next = uniform(s.seed);
  const inputs: AttentionInputs = {
    q: tensor(heads, s.queries, s.headDim, 1),
    k: tensor(s.kvHeads, s.keys, s.headDim, 2),
    v: tensor(s.kvHeads, s.keys, s.valueDim, 3),
    ...(a.mask !== 'none' && { mask: maskOf({ shape: s, attributes: a }, heads, past + s.keys) }),
    ...(a.cache === 'past' && {
      pastKey: gaussian([s.batches, s.kvHeads, past, s.headDim], s.seed + 4),
      pastValue: gaussian([s.batches, s.kvHeads, past, s.valueDim], s.seed + 5),
    }),
    ...(a.cache === 'nonpad' && {
      nonpadKvSeqlen: lengths(...Array.from({ length: s.batches }, () => Math.floor(next() * (s.keys + 1)))),
    }),
  };
  const { scale, softcap, isCausal, leftWindowSize, rightWindowSize } = a;
  const counts = s.flat ? { qNumHeads: heads, kvNumHeads: s.kvHeads } : {};
  return { inputs, options: { scale, softcap, isCausal, leftWindowSize, rightWindowSize, ...counts } };
}

/** What is computed once of each drawn call, though every engine draws the same ones. */
export function onceEach<Draw, Result>(compute: (drawn: Draw) => Result): (drawn: Draw) => Result {
  const results = new Map<string, Result>();
  return (drawn) => {
    const key = JSON.stringify(drawn);
    const result = results.get(key) ?? compute(drawn);
    results.set(key, result);
    return result;
  };
}

function maskOf({ shape: s, attributes: a }: Drawn, heads: number, keys: number): Tensor {
  const full = [s.batches, heads, s.queries].map((dim, axis) => (a.maskOnes & (1 << axis) ? 1 : dim));
  const dims = [...full, Math.max(0, keys - a.maskShort)].slice(4 - a.maskRank);
  if (a.mask === 'bool') return randomMask(dims, s.seed + 6);
  const next = uniform(s.seed + 7);
  const hidden = a.mask === 'lowest' ? -3.4028234663852886e38 : Number.NEGATIVE_INFINITY;
  return floats(dims, () => (next() < 0.3 ? hidden : 4 * next() - 2));
}
