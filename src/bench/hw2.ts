import { type AttentionOptions, attention, type Engine, EngineTensor } from 'hw2-engine';
import type { Contender, Solver } from './contender.js';
import { OURS } from './names.js';
import type { Inputs, Problem } from './problem.js';

/**
 * This project's kernels on an engine, as contenders. Tensors lie in the engine's memory, and linear attention keeps
 * its keys as they are, as the peers' graphs do: the same formula on the same numbers.
 */
export function hw2Contenders(engine: Engine): readonly Contender[] {
  return [
    {
      name: OURS.exact,
      kind: 'exact',
      open: async (problem) => new EngineSolver(engine, problem, { method: 'exact' }),
    },
    {
      name: OURS.taylor,
      kind: 'taylor',
      open: async (problem) => {
        const { order } = problem;
        return new EngineSolver(engine, problem, { method: 'taylor', order, subtractMeanKey: false });
      },
    },
  ];
}

class EngineSolver implements Solver {
  readonly #engine: Engine;
  readonly #inputs: Record<'q' | 'k' | 'v', EngineTensor>;
  readonly #out: EngineTensor;
  readonly #options: AttentionOptions;

  constructor(engine: Engine, { L, D, heads, isCausal }: Problem, options: AttentionOptions) {
    const tensor = () => new EngineTensor(engine, [1, heads, L, D]);
    this.#engine = engine;
    this.#inputs = { q: tensor(), k: tensor(), v: tensor() };
    this.#out = tensor();
    this.#options = { ...options, isCausal, out: this.#out };
  }

  load({ q, k, v }: Inputs): void {
    this.#inputs.q.data.set(q);
    this.#inputs.k.data.set(k);
    this.#inputs.v.data.set(v);
  }

  async run(): Promise<void> {
    await attention(this.#engine, this.#inputs, this.#options);
  }

  output(): Float32Array {
    return this.#out.data as Float32Array;
  }

  async release(): Promise<void> {
    for (const tensor of [...Object.values(this.#inputs), this.#out]) tensor.release();
  }
}
