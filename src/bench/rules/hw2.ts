import { type Engine, EngineTensor, type LinearAttentionInputs, linearAttention } from 'hw2-engine';
import type { Solver } from '../contender.js';
import { type RuleInputs, type RuleProblem, ruleDims } from './problem.js';
import type { RuleContender } from './race.js';

export const OUR_RULES = 'hw2 linearAttention';

/** This project's kernels on an engine. Tensors lie in its memory, and the state is brought up to date in place. */
export function hw2Rules(engine: Engine): RuleContender {
  return {
    name: OUR_RULES,
    open: async (problem) => new RuleSolver(engine, problem),
  };
}

class RuleSolver implements Solver<RuleInputs> {
  readonly #engine: Engine;
  readonly #problem: RuleProblem;
  readonly #tensors: Partial<Record<keyof RuleInputs, EngineTensor>>;
  readonly #out: EngineTensor;

  constructor(engine: Engine, problem: RuleProblem) {
    this.#engine = engine;
    this.#problem = problem;
    this.#tensors = Object.fromEntries(
      Object.entries(ruleDims(problem)).flatMap(([name, dims]) =>
        dims ? [[name, new EngineTensor(engine, dims)]] : [],
      ),
    );
    this.#out = new EngineTensor(engine, [1, problem.L, problem.heads * problem.D]);
  }

  load(inputs: RuleInputs): void {
    for (const [name, tensor] of Object.entries(this.#tensors))
      tensor.data.set(inputs[name as keyof RuleInputs]!);
  }

  async run(): Promise<void> {
    const { heads, rule: updateRule } = this.#problem;
    const options = { qNumHeads: heads, kvNumHeads: heads, updateRule, out: this.#out };
    const inputs = this.#tensors as unknown as LinearAttentionInputs;
    await linearAttention(this.#engine, inputs, { ...options, outState: this.#tensors.pastState });
  }

  output(): Float32Array {
    return this.#out.data as Float32Array;
  }

  async release(): Promise<void> {
    for (const tensor of [...Object.values(this.#tensors), this.#out]) tensor.release();
  }
}
