import { type Engine, linearAttentionReference, type UpdateRule } from 'hw2-engine';
import type { Contender } from '../contender.js';
import { raceOn } from '../race.js';
import type { RoundOptions } from '../rounds.js';
import {
  type RuleInputs,
  type RuleProblem,
  type RuleRace,
  ruleDims,
  ruleFlops,
  ruleInputs,
} from './problem.js';

/** Its kind is the rule of the problem. */
export type RuleContender = Omit<Contender<RuleProblem, RuleInputs, UpdateRule>, 'kind'>;

/** Lets contenders apply the same rule to the same random tensors by turns. @throws Error when none can */
export function raceRules(
  engine: Engine,
  contenders: readonly RuleContender[],
  problem: RuleProblem,
  options: RoundOptions,
): Promise<RuleRace> {
  const inputs = ruleInputs(problem);
  const errorOf = (output: Float32Array) => ruleError(output, problem, inputs);
  return raceOn(
    engine,
    contenders.map((contender) => ({ ...contender, kind: problem.rule })),
    { problem, inputs, flops: () => ruleFlops(problem), errorOf },
    options,
  );
}

/** Largest distance to float64 in the first and the last column of the values of the first and the last head. */
export function ruleError(output: Float32Array, problem: RuleProblem, inputs: RuleInputs): number {
  const { L, D, heads, rule } = problem;
  const dims = ruleDims(problem);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, data]) => [name, { data, dims: dims[name as keyof RuleInputs]! }]),
  ) as unknown as Parameters<typeof linearAttentionReference>[0];
  const columns = [0, D - 1];
  let largest = 0;
  for (const head of new Set([0, heads - 1])) {
    const attributes = { qNumHeads: heads, kvNumHeads: heads, updateRule: rule };
    const expected = linearAttentionReference(tensors, attributes, { batch: 0, head, columns });
    for (let t = 0; t < L; t++) {
      for (const [c, column] of columns.entries()) {
        const difference = Math.abs(
          output[(t * heads + head) * D + column]! - expected[t * columns.length + c]!,
        );
        largest = Number.isNaN(difference) ? Number.NaN : Math.max(largest, difference);
      }
    }
  }
  return largest;
}
