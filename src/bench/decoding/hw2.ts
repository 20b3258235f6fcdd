import {
  attention,
  createCache,
  createState,
  type Engine,
  EngineTensor,
  type Float32Tensor,
  type KeyValueCache,
} from 'hw2-engine';
import type { DecodingContender, DecodingSolver } from './contender.js';
import { cacheBytes, type DecodingInputs, type DecodingProblem, lastToken } from './problem.js';

/** Names of this project's own. */
export const OURS = {
  /** Keys and values lie in the engine as tensors. */
  tensors: 'hw2 exact',
  /** The last token is appended to a cache in each step, and its query answered. */
  step: 'hw2 step',
  /** Attention to a cache of a small type. */
  bfloat16: 'hw2 bfloat16',
  int8: 'hw2 int8',
  /** Tensors of the program's, which are copied in each call, and those of float16, which are widened. */
  arrays: 'hw2 exact, float32 arrays',
  halves: 'hw2 exact, float16 arrays',
  /** Linear attention of order 2, in one pass over its state, and in two. */
  state: 'hw2 linear state',
  stateTwice: 'hw2 linear state, append and query',
} as const;

/** All of ours; the state of linear attention, which does not depend on the keys, with one head. A prompt is computed from arrays. */
export function hw2Decoding(
  engine: Engine,
  { heads, queries: count = 1 }: DecodingProblem,
): readonly DecodingContender[] {
  if (count > 1) return [arraysContender(engine, OURS.arrays), arraysContender(engine, OURS.halves)];
  return [
    {
      name: OURS.tensors,
      tolerance: 1e-5,
      open: async (problem, inputs) => openTensors(engine, problem, inputs),
    },
    { name: OURS.step, tolerance: 1e-5, open: (problem, inputs) => openStep(engine, problem, inputs) },
    ...(['bfloat16', 'int8'] as const).map(
      (type): DecodingContender => ({
        name: OURS[type],
        tolerance: 2e-2,
        async open(problem, inputs) {
          const cache = await filledCache(engine, problem, inputs, type);
          return solverOf(cache.bytes, cache, () =>
            attention(engine, { q: queries(problem, inputs), cache }),
          );
        },
      }),
    ),
    ...(heads === 1 ? [stateContender(engine, OURS.state), stateContender(engine, OURS.stateTwice)] : []),
  ];
}

function arraysContender(engine: Engine, name: string): DecodingContender {
  const isHalf = name === OURS.halves;
  return {
    name,
    // Rounding q, k and v to 11 bits moves an output by some 10⁻³.
    tolerance: isHalf ? 1e-2 : 1e-5,
    async open(problem, { q, k, v }) {
      const { keys, heads, kvHeads, D, queries: count = 1 } = problem;
      const tensor = (data: Float32Array, dims: readonly number[]) => ({
        ...(isHalf ? { type: 'float16', data: Uint16Array.from(data, toFloat16) } : { data }),
        dims,
      });
      const inputs = {
        q: tensor(q, [1, heads, count, D]),
        k: tensor(k, [1, kvHeads, keys, D]),
        v: tensor(v, [1, kvHeads, keys, D]),
      };
      const held = { async dispose() {} };
      return solverOf(cacheBytes(problem) / (isHalf ? 2 : 1), held, () => attention(engine, inputs));
    },
  };
}

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** A number as float16, to nearest; below its normal numbers 0, which is near enough for what is measured. */
function toFloat16(x: number): number {
  float[0] = x;
  const magnitude = bits[0]! & 0x7fffffff;
  const half = magnitude < 0x38800000 ? 0 : (magnitude - 0x38000000 + 0x1000) >>> 13;
  return ((bits[0]! >>> 16) & 0x8000) | half;
}

function stateContender(engine: Engine, name: string): DecodingContender {
  return {
    name,
    order: 2,
    tolerance: 1e-4,
    async open(problem, inputs) {
      const { keys, D } = problem;
      const state = await createState(engine, { headDim: D });
      const part = (data: Float32Array, from: number, to: number) => ({
        data: data.subarray(from * D, to * D),
        dims: [1, 1, to - from, D],
      });
      await state.append({ k: part(inputs.k, 0, keys - 1), v: part(inputs.v, 0, keys - 1) });
      const token = { k: part(inputs.k, keys - 1, keys), v: part(inputs.v, keys - 1, keys) };
      const q = queries(problem, inputs);
      return solverOf(state.bytes, state, async () => {
        if (name === OURS.state) return state.step({ q, ...token });
        await state.append(token);
        return state.query({ q });
      });
    },
  };
}

function queries({ heads, D }: DecodingProblem, { q }: DecodingInputs) {
  return { data: q, dims: [1, heads, 1, D] };
}

function openTensors(engine: Engine, problem: DecodingProblem, inputs: DecodingInputs): DecodingSolver {
  const { keys, kvHeads, D } = problem;
  const dims = [1, kvHeads, keys, D];
  const [k, v] = [inputs.k, inputs.v].map((data) => EngineTensor.from(engine, { data, dims })) as [
    EngineTensor,
    EngineTensor,
  ];
  const held = {
    async dispose() {
      for (const tensor of [k, v]) tensor.release();
    },
  };
  return solverOf(cacheBytes(problem), held, () => attention(engine, { q: queries(problem, inputs), k, v }));
}

async function openStep(
  engine: Engine,
  problem: DecodingProblem,
  inputs: DecodingInputs,
): Promise<DecodingSolver> {
  const cache = await filledCache(engine, problem, inputs, 'float32');
  const token = { q: queries(problem, inputs), ...lastToken(problem, inputs) };
  return solverOf(cache.bytes, cache, async () => {
    await cache.truncate(problem.keys - 1);
    return cache.step(token);
  });
}

/** A cache that holds all keys and values of a problem. */
export async function filledCache(
  engine: Engine,
  { keys, kvHeads, D }: DecodingProblem,
  { k, v }: DecodingInputs,
  type: 'float32' | 'bfloat16' | 'int8',
): Promise<KeyValueCache> {
  const cache = await createCache(engine, { headDim: D, kvHeads, capacity: keys, type });
  const dims = [1, kvHeads, keys, D];
  await cache.append({ k: { data: k, dims }, v: { data: v, dims } });
  return cache;
}

function solverOf(
  bytes: number,
  held: { dispose(): Promise<void> },
  step: () => Promise<{ output: Float32Tensor }>,
): DecodingSolver {
  let output = new Float32Array();
  return {
    bytes,
    async run() {
      output = (await step()).output.data as typeof output;
    },
    output: () => output,
    release: () => held.dispose(),
  };
}
