import { checkScale, MAX_COUNT } from '../attention/shapes.js';
import { type CheckedTensor, checkOptional, checkTensor, shapeOf, type Tensor } from '../attention/tensor.js';
import { shown } from '../runtime/arguments.js';

/** How the state takes up a token: the values of the operator's attribute `update_rule`. */
export type UpdateRule = 'linear' | 'gated' | 'delta' | 'gated_delta';

/** Every rule. */
export const UPDATE_RULES: readonly UpdateRule[] = ['linear', 'gated', 'delta', 'gated_delta'];

/**
 * Whether a rule lets the state decay.
 *
 * @example
 * hasDecay('gated'); // → true
 */
export const hasDecay = (rule: UpdateRule) => rule === 'gated' || rule === 'gated_delta';
/**
 * Whether a rule corrects what the state holds under a key.
 *
 * @example
 * hasDelta('gated'); // → false
 */
export const hasDelta = (rule: UpdateRule) => rule === 'delta' || rule === 'gated_delta';

/**
 * Inputs of the ONNX operator LinearAttention, version 27: float32, float16 or bfloat16. B batch, T tokens, Hq and Hkv heads,
 * dk and dv the dimensions of a key and of a value.
 */
export interface LinearAttentionInputs {
  /** [B, T, Hq·dk]; Hq must be a multiple of Hkv. */
  query: Tensor;
  /** [B, T, Hkv·dk]; of length about 1 for the delta rules, or the state may grow without bound. */
  key: Tensor;
  /** [B, T, Hkv·dv] */
  value: Tensor;
  /** [B, Hkv, dk, dv]. Default: zeros. */
  pastState?: Tensor | undefined;
  /** Logarithm of the factor of the state, [B, T, Hkv] or, for each dimension of the key, [B, T, Hkv·dk]. */
  decay?: Tensor | undefined;
  /** Rate of the delta rule, [B, T, Hkv] or [B, T, 1]. */
  beta?: Tensor | undefined;
}

/** Attributes of the ONNX operator LinearAttention. */
export interface LinearAttentionAttributes {
  qNumHeads: number;
  kvNumHeads: number;
  /** Default `gated_delta`. */
  updateRule?: UpdateRule | undefined;
  /** Factor of the outputs. Default 0, which stands for 1/√dk. */
  scale?: number | undefined;
  /** A hint of the operator, without effect on the result; the kernels have a size of their own. */
  chunkSize?: number | undefined;
}

/** A checked call. */
export interface LinearAttentionCall {
  query: CheckedTensor;
  key: CheckedTensor;
  value: CheckedTensor;
  pastState: CheckedTensor | undefined;
  decay: CheckedTensor | undefined;
  beta: CheckedTensor | undefined;
  rule: UpdateRule;
  batches: number;
  tokens: number;
  heads: number;
  kvHeads: number;
  keyDim: number;
  valueDim: number;
  scale: number;
  /** Decays a token and head: 0, 1 or keyDim. */
  decayDim: number;
  /** Rates a token: 0, 1 or kvHeads. */
  betaHeads: number;
  outputDims: readonly number[];
  stateDims: readonly number[];
}

export const FLOATING = ['float32', 'float16', 'bfloat16'] as const;

/**
 * Checks a call of the operator, before anything is computed or any memory taken.
 * @throws TypeError or RangeError that names the argument, what was given and what was expected.
 */
export function checkLinearAttention(
  inputs: LinearAttentionInputs,
  attributes: LinearAttentionAttributes,
): LinearAttentionCall {
  const { updateRule: rule = 'gated_delta', scale = 0, chunkSize } = attributes;
  checkRule(rule);
  const heads = checkCount('qNumHeads', attributes.qNumHeads);
  const kvHeads = checkCount('kvNumHeads', attributes.kvNumHeads);
  if (heads % kvHeads !== 0) {
    throw new RangeError(`qNumHeads: given ${heads}, expected a multiple of kvNumHeads ${kvHeads}`);
  }
  checkScale(scale);
  if (chunkSize !== undefined) checkCount('chunkSize', chunkSize);
  const query = checkTensor('query', inputs.query, FLOATING);
  const key = checkTensor('key', inputs.key, FLOATING);
  const value = checkTensor('value', inputs.value, FLOATING);
  const keyDim = dimOf('query', query, 'qNumHeads', heads);
  const valueDim = dimOf('value', value, 'kvNumHeads', kvHeads);
  const [batches, tokens] = query.dims as [number, number];
  expectDims('key', key, [[batches, tokens, kvHeads * keyDim]]);
  expectDims('value', value, [[batches, tokens, kvHeads * valueDim]]);
  if (batches * tokens > MAX_COUNT) {
    throw new RangeError(`query: ${batches * tokens} tokens, expected at most ${MAX_COUNT}`);
  }
  const stateDims = [batches, kvHeads, keyDim, valueDim];
  const pastState = checkOptional('pastState', inputs.pastState, FLOATING);
  if (pastState) expectDims('pastState', pastState, [stateDims]);
  const decay = checkGate('decay', inputs.decay, rule, hasDecay(rule));
  if (decay) {
    expectDims('decay', decay, [
      [batches, tokens, kvHeads],
      [batches, tokens, kvHeads * keyDim],
    ]);
  }
  const beta = checkGate('beta', inputs.beta, rule, hasDelta(rule));
  if (beta) {
    expectDims('beta', beta, [
      [batches, tokens, kvHeads],
      [batches, tokens, 1],
    ]);
  }
  return {
    ...{ query, key, value, pastState, decay, beta },
    ...{ rule, batches, tokens, heads, kvHeads, keyDim, valueDim },
    scale: scale === 0 ? 1 / Math.sqrt(keyDim) : scale,
    decayDim: decay ? decay.dims[2]! / kvHeads : 0,
    betaHeads: beta ? beta.dims[2]! : 0,
    outputDims: [batches, tokens, heads * valueDim],
    stateDims,
  };
}

/** Refuses all but whole numbers from 1. */
export function checkCount(name: string, value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw new RangeError(`${name}: given ${shown(value)}, expected a whole number from 1`);
  }
  return value as number;
}

export function checkRule(rule: UpdateRule): void {
  if (!UPDATE_RULES.includes(rule)) {
    throw new RangeError(`updateRule: given ${shown(rule)}, expected one of ${UPDATE_RULES.join(', ')}`);
  }
}

/** Dimension of a head in a tensor [batch, tokens, heads·dim]. */
function dimOf(name: string, { dims }: CheckedTensor, attribute: string, heads: number): number {
  if (dims.length !== 3) {
    throw new RangeError(`${name}: given dims ${shapeOf(dims)}, expected [batch, tokens, heads·dim]`);
  }
  const hidden = dims[2]!;
  if (hidden < 1 || hidden % heads !== 0) {
    throw new RangeError(
      `${name}: last dimension ${hidden}, expected a positive multiple of ${attribute} ${heads}`,
    );
  }
  return hidden / heads;
}

/** Refuses a tensor of other dims than those expected. */
export function expectDims(
  name: string,
  { dims }: CheckedTensor,
  expected: readonly (readonly number[])[],
): void {
  const fits = (shape: readonly number[]) =>
    shape.length === dims.length && shape.every((dim, i) => dim === dims[i]);
  if (expected.some(fits)) return;
  const shapes = [...new Set(expected.map(shapeOf))];
  throw new RangeError(`${name}: given dims ${shapeOf(dims)}, expected ${shapes.join(' or ')}`);
}

/** decay or beta, which some rules need and the others do not know. */
function checkGate(
  name: string,
  tensor: Tensor | undefined,
  rule: UpdateRule,
  needed: boolean,
): CheckedTensor | undefined {
  const checked = checkOptional(name, tensor, FLOATING);
  if (needed && !checked) throw new TypeError(`${name}: missing, updateRule "${rule}" needs it`);
  if (!needed && checked) throw new TypeError(`${name}: given, but updateRule "${rule}" has none`);
  return checked;
}
