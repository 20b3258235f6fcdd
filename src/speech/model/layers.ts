import type { Value } from '../../onnx/graph.js';
import { gelu } from '../../onnx/operators/activation.js';
import { add } from '../../onnx/operators/arithmetic.js';
import { scaledDotProductAttention } from '../../onnx/operators/attention.js';
import { reshape, transpose } from '../../onnx/operators/layout.js';
import { matmul } from '../../onnx/operators/product.js';
import { layerNormalization } from '../../onnx/operators/reduction.js';
import type { Parameter } from '../../onnx/parameters.js';

/** Width of everything between the spectrogram and the logits. */
export const WIDTH = 200;
export const HEADS = 2;
export const HEAD_DIM = WIDTH / HEADS;
/** Units in the middle of a feed-forward network. */
const FEED_FORWARD = 400;

export type Parameters = Readonly<Record<string, Value>>;

/** What an attention reads from: keys and values, each [B, 2, S, 100]. */
export interface Memory {
  readonly key: Value;
  readonly value: Value;
}

export function linearParameters(name: string, fanIn: number, units: number, bias = true): Parameter[] {
  const weight = { name: `${name}.weight`, dims: [fanIn, units], fanIn };
  return bias ? [weight, { name: `${name}.bias`, dims: [units], fanIn }] : [weight];
}

/** x·W + b over the last axis; without b where the layer has none. */
export function linear(x: Value, p: Parameters, name: string): Value {
  const product = matmul(x, p[`${name}.weight`]!);
  const bias = p[`${name}.bias`];
  return bias ? add(product, bias) : product;
}

export function normParameters(name: string): Parameter[] {
  return [
    { name: `${name}.weight`, dims: [WIDTH], fanIn: Number.POSITIVE_INFINITY, mean: 1 },
    { name: `${name}.bias`, dims: [WIDTH], fanIn: Number.POSITIVE_INFINITY },
  ];
}

export function norm(x: Value, p: Parameters, name: string): Value {
  return layerNormalization(x, p[`${name}.weight`]!, p[`${name}.bias`]!);
}

/** A pre-norm attention; keys have no bias. */
export function attentionParameters(name: string): Parameter[] {
  return [
    ...normParameters(`${name}.norm`),
    ...linearParameters(`${name}.query`, WIDTH, WIDTH),
    ...linearParameters(`${name}.key`, WIDTH, WIDTH, false),
    ...linearParameters(`${name}.value`, WIDTH, WIDTH),
    ...linearParameters(`${name}.out`, WIDTH, WIDTH),
  ];
}

/** The keys and values that an attention sees of x [B, S, 200]. */
export function memoryOf(x: Value, p: Parameters, name: string): Memory {
  return {
    key: splitHeads(linear(x, p, `${name}.key`)),
    value: splitHeads(linear(x, p, `${name}.value`)),
  };
}

/** The queries of x [B, L, 200], [B, 2, L, 100]. */
export function queryOf(x: Value, p: Parameters, name: string): Value {
  return splitHeads(linear(x, p, `${name}.query`));
}

/** What an attention gives of its heads [B, 2, L, 100]: [B, L, 200]. */
export function joinHeads(heads: Value, p: Parameters, name: string): Value {
  const [batch, , length] = heads.dims as [number, number, number];
  const joined = reshape(transpose(heads, [0, 2, 1, 3]), [batch, length, WIDTH]);
  return linear(joined, p, `${name}.out`);
}

/**
 * What queries from x [B, L, 200] read in a memory, [B, L, 200]. Scores are q·k/√100: the protocol's scaling of both q
 * and k by 100^(−¼).
 */
export function attend(x: Value, memory: Memory, p: Parameters, name: string, mask?: Value): Value {
  const heads = scaledDotProductAttention(queryOf(x, p, name), memory.key, memory.value, mask);
  return joinHeads(heads, p, name);
}

export function feedForwardParameters(name: string): Parameter[] {
  return [
    ...normParameters(`${name}.norm`),
    ...linearParameters(`${name}.1`, WIDTH, FEED_FORWARD),
    ...linearParameters(`${name}.2`, FEED_FORWARD, WIDTH),
  ];
}

/** A pre-norm feed-forward network with its residual. */
export function feedForward(x: Value, p: Parameters, name: string): Value {
  const hidden = gelu(linear(norm(x, p, `${name}.norm`), p, `${name}.1`));
  return add(x, linear(hidden, p, `${name}.2`));
}

/** [B, L, 200] to [B, 2, L, 100]. */
function splitHeads(x: Value): Value {
  const [batch, length] = x.dims as [number, number];
  return transpose(reshape(x, [batch, length, HEADS, HEAD_DIM]), [0, 2, 1, 3]);
}
