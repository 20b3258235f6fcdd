import { hasDecay, hasDelta, type Tier, type UpdateRule } from 'hw2-engine';
import { elementCount } from '../../data/dims.js';
import { Random } from '../../statistics/random.js';
import type { Race } from '../race.js';

/** One setting of linear attention by a rule. */
export interface RuleProblem {
  /** Tokens. */
  L: number;
  /** Dimension of keys and values. */
  D: number;
  heads: number;
  rule: UpdateRule;
  /** Whether each dimension of the key decays for itself. */
  byKey: boolean;
  threads: number | 'default';
  tier: Tier;
}

export type RuleRace = Race<RuleProblem, UpdateRule>;

/** Tensors of the operator, as it has them. */
export interface RuleInputs {
  query: Float32Array;
  key: Float32Array;
  value: Float32Array;
  pastState: Float32Array;
  decay?: Float32Array;
  beta?: Float32Array;
}

/** Shapes of the operator's inputs; nothing for those that the rule does not have. */
export function ruleDims({
  L,
  D,
  heads,
  rule,
  byKey,
}: RuleProblem): Record<keyof RuleInputs, number[] | undefined> {
  const packed = [1, L, heads * D];
  return {
    ...{ query: packed, key: packed, value: packed, pastState: [1, heads, D, D] },
    decay: hasDecay(rule) ? [1, L, heads * (byKey ? D : 1)] : undefined,
    beta: hasDelta(rule) ? [1, L, heads] : undefined,
  };
}

/** Largest decay a token, in log space: a state that remembers some hundred tokens. */
const DECAY = 0.02;

/** The same problem gives the same tensors: keys of length 1, rates between 0 and 1. */
export function ruleInputs(problem: RuleProblem): RuleInputs {
  const { L, D } = problem;
  const dims = ruleDims(problem);
  const empty = (shape: readonly number[]) => new Float32Array(elementCount(shape));
  const normal = (purpose: number, shape: readonly number[]) => {
    const values = empty(shape);
    new Random(purpose, L, D).fillNormal(values);
    return values;
  };
  const uniform = (purpose: number, shape: readonly number[], factor: number) => {
    const random = new Random(purpose, L, D);
    return empty(shape).map(() => factor * random.uniform());
  };
  return {
    query: normal(1, dims.query!),
    key: unitRows(normal(2, dims.key!), D),
    value: normal(3, dims.value!),
    pastState: normal(4, dims.pastState!),
    ...(dims.decay && { decay: uniform(5, dims.decay, -DECAY) }),
    ...(dims.beta && { beta: uniform(6, dims.beta, 1) }),
  };
}

function unitRows(data: Float32Array, dim: number): Float32Array {
  for (let row = 0; row < data.length; row += dim) {
    const part = data.subarray(row, row + dim);
    const length = Math.hypot(...part);
    for (let d = 0; d < dim; d++) part[d]! /= length;
  }
  return data;
}

/**
 * Operations of the rule itself, token by token: a product with the state to write and one to read, and one more for the
 * correction of the delta rules. What working by chunks adds does not count.
 */
export function ruleFlops({ L, D, heads, rule }: RuleProblem): number {
  return (hasDelta(rule) ? 6 : 4) * L * heads * D * D;
}

/** A setting in a line of a table. */
export function ruleTitle({ rule, byKey }: Pick<RuleProblem, 'rule' | 'byKey'>): string {
  return byKey ? `${rule}, decay by key` : rule;
}
