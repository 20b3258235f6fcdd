/** Random calls of linear attention: keys of length 1, decays and rates as given. */
import {
  hasDecay,
  hasDelta,
  type LinearAttentionAttributes,
  type LinearAttentionInputs,
  type UpdateRule,
} from '#engine/recurrent/shapes.js';
import { type Floats, floats, gaussian, uniform } from '../attention/tensors.js';
import { type NaiveResult, naiveLinearAttention } from './naive.js';

export interface CallShape {
  rule: UpdateRule;
  tokens: number;
  batches?: number;
  kvHeads?: number;
  group?: number;
  dk?: number;
  dv?: number;
  seed?: number;
  byKey?: boolean;
  /** Rates shared by all heads. */
  sharedBeta?: boolean;
  past?: boolean;
  lowestDecay?: number;
}

export type FloatInputs = { [Name in keyof LinearAttentionInputs]: Floats };

export interface RandomCall {
  inputs: FloatInputs;
  attributes: LinearAttentionAttributes;
  /** In float64. */
  expected: NaiveResult;
}

const known = new Map<string, RandomCall>();

/** The same for all engines that ask for the same. */
export function randomCall(shape: CallShape): RandomCall {
  const name = JSON.stringify(shape);
  const call = known.get(name) ?? makeCall(shape);
  known.set(name, call);
  return call;
}

function makeCall({
  rule,
  tokens,
  batches = 1,
  kvHeads = 1,
  group = 1,
  dk = 8,
  dv = 8,
  seed = 1,
  byKey = false,
  sharedBeta = false,
  past = false,
  lowestDecay = -1,
}: CallShape): RandomCall {
  const random = uniform(seed + 4);
  const inputs: FloatInputs = {
    query: gaussian([batches, tokens, kvHeads * group * dk], seed),
    key: unitRows(gaussian([batches, tokens, kvHeads * dk], seed + 1), dk),
    value: gaussian([batches, tokens, kvHeads * dv], seed + 2),
    ...(past && { pastState: gaussian([batches, kvHeads, dk, dv], seed + 3) }),
    ...(hasDecay(rule) && {
      decay: floats([batches, tokens, kvHeads * (byKey ? dk : 1)], () => lowestDecay * random()),
    }),
    ...(hasDelta(rule) && { beta: floats([batches, tokens, sharedBeta ? 1 : kvHeads], () => 2 * random()) }),
  };
  const attributes = { qNumHeads: kvHeads * group, kvNumHeads: kvHeads, updateRule: rule };
  return { inputs, attributes, expected: naiveLinearAttention(inputs, attributes) };
}

function unitRows(tensor: Floats, dim: number): Floats {
  for (let row = 0; row < tensor.data.length; row += dim) {
    const part = tensor.data.subarray(row, row + dim);
    const length = Math.hypot(...part);
    for (let d = 0; d < dim; d++) part[d]! /= length;
  }
  return tensor;
}

/** The settings that the rules have: a rule, and the shape of its decay. */
export const VARIANTS: { rule: UpdateRule; byKey: boolean; name: string }[] = [
  { rule: 'linear', byKey: false, name: 'linear' },
  { rule: 'delta', byKey: false, name: 'delta' },
  ...(['gated', 'gated_delta'] as const).flatMap((rule) => [
    { rule, byKey: false, name: `${rule}, a decay a head` },
    { rule, byKey: true, name: `${rule}, a decay a key dimension` },
  ]),
];

/** Largest distance over the largest number. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} elements, expected ${expected.length}`);
  let [distance, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    const difference = Math.abs(actual[i]! - expected[i]!);
    distance = Math.max(distance, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return largest === 0 ? distance : distance / largest;
}
