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
import { cacheBytes, type DecodingInputs, type DecodingProblem } from './problem.js';

/** Names of this project's own. */
export const OURS = {
  /** Keys and values lie in the engine as tensors. */
  tensors: 'hw2 exact',
  /** The last token is appended to a cache in each step, and its query answered. */
  step: 'hw2 step',
  /** Attention to a cache of a small type. */
  bfloat16: 'hw2 bfloat16',
  int8: 'hw2 int8',
  /** Linear attention of order 2, in one pass over its state, and in two. */
  state: 'hw2 linear state',
  stateTwice: 'hw2 linear state, append and query',
} as const;

/** All of ours; the state of linear attention, which does not depend on the keys, with one head. */
export function hw2Decoding(engine: Engine, { heads }: DecodingProblem): readonly DecodingContender[] {
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
  const { keys, kvHeads, D } = problem;
  const cache = await filledCache(engine, problem, inputs, 'float32');
  const last = (data: Float32Array) => ({
    data: Float32Array.from(
      { length: kvHeads * D },
      (_, i) => data[(Math.floor(i / D) + 1) * keys * D - D + (i % D)]!,
    ),
    dims: [1, kvHeads, 1, D],
  });
  const token = { q: queries(problem, inputs), k: last(inputs.k), v: last(inputs.v) };
  return solverOf(cache.bytes, cache, async () => {
    await cache.truncate(keys - 1);
    return cache.step(token);
  });
}

async function filledCache(
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
