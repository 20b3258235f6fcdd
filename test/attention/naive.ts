/**
 * The operator Attention in float64, written from the standard's text and from nothing in src: one loop a dimension,
 * every score held. https://onnx.ai/onnx/operators/onnx__Attention.html
 */
import type { AttentionOptions } from '#engine/attention/attention.js';
import type { AttentionInputs } from '#engine/attention/call.js';
import type { Tensor } from '#engine/attention/tensor.js';
import { sizeOf } from './tensors.js';

type Rows = number[][];
/** [batch][head][row][element] */
type Heads = Rows[][];

export interface NaiveResult {
  output: Float64Array;
  dims: number[];
  /** Scores after steps 0, 1, 2 and 3. */
  scores: Float64Array[];
  /** By how much float32 may be off each output, and each score after each step; of the exact method. */
  rounding: { output: Float64Array; scores: Float64Array[] };
  presentKey: Float64Array;
  presentValue: Float64Array;
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** [B, H, L, D], or [B, L, H·D], as nested arrays. */
function unpack({ data, dims }: Tensor, heads: number | undefined): Heads {
  const x = data as ArrayLike<number>;
  if (dims.length === 4) {
    const [batches, count, rows, dim] = dims as [number, number, number, number];
    return range(batches).map((b) =>
      range(count).map((h) =>
        range(rows).map((i) => range(dim).map((d) => x[((b * count + h) * rows + i) * dim + d]!)),
      ),
    );
  }
  const [batches, rows, hidden] = dims as [number, number, number];
  const dim = hidden / heads!;
  return range(batches).map((b) =>
    range(heads!).map((h) =>
      range(rows).map((i) => range(dim).map((d) => x[(b * rows + i) * hidden + h * dim + d]!)),
    ),
  );
}

/** What a mask adds to each score. */
function maskAt(mask: Tensor, full: readonly number[]): (...index: number[]) => number {
  const dims = [...Array(4 - mask.dims.length).fill(1), ...mask.dims] as number[];
  const data = mask.data as ArrayLike<number>;
  const isBool = mask.data instanceof Uint8Array;
  return (...index) => {
    if (index[3]! >= dims[3]!) return Number.NEGATIVE_INFINITY;
    const at = index.reduce(
      (sum, i, axis) => sum * dims[axis]! + (dims[axis] === full[axis] ? i : axis === 3 ? i : 0),
      0,
    );
    if (isBool) return data[at] ? 0 : Number.NEGATIVE_INFINITY;
    return data[at]!;
  };
}

/** Σₙ tⁿ/n!, n = 0..order */
const series = (t: number, order: number) =>
  range(order + 1).reduce((sum, n) => sum + t ** n / range(n).reduce((f, i) => f * (i + 1), 1), 0);

export function naiveAttention(inputs: AttentionInputs, options: AttentionOptions = {}): NaiveResult {
  const q = unpack(inputs.q, options.qNumHeads);
  const join = (past: Tensor | undefined, fresh: Heads) =>
    past
      ? unpack(past, undefined).map((heads, b) => heads.map((rows, h) => [...rows, ...fresh[b]![h]!]))
      : fresh;
  const k = join(inputs.pastKey, unpack(inputs.k, options.kvNumHeads));
  const v = join(inputs.pastValue, unpack(inputs.v, options.kvNumHeads));
  const batches = q.length;
  const heads = inputs.q.dims.length === 4 ? inputs.q.dims[1]! : options.qNumHeads!;
  const kvHeads = inputs.k.dims.length === 4 ? inputs.k.dims[1]! : options.kvNumHeads!;
  const flat = inputs.q.dims.length === 3;
  const queries = flat ? inputs.q.dims[1]! : inputs.q.dims[2]!;
  const past = inputs.pastKey ? inputs.pastKey.dims[2]! : 0;
  const keys = past + (flat ? inputs.k.dims[1]! : inputs.k.dims[2]!);
  const headDim = flat ? inputs.q.dims[2]! / heads : inputs.q.dims[3]!;
  const valueDim = flat ? inputs.v.dims[2]! / kvHeads : inputs.v.dims[3]!;
  const {
    scale = 1 / Math.sqrt(headDim),
    softcap = 0,
    isCausal,
    leftWindowSize = -1,
    rightWindowSize = -1,
  } = options;
  const bias = inputs.mask ? maskAt(inputs.mask, [batches, heads, queries, keys]) : () => 0;
  const valid = inputs.nonpadKvSeqlen && Array.from(inputs.nonpadKvSeqlen.data as Iterable<bigint>, Number);

  const output = new Float64Array(batches * heads * queries * valueDim);
  const steps = () => range(4).map(() => new Float64Array(batches * heads * queries * keys));
  const scores = steps();
  const rounding = { output: new Float64Array(output.length), scores: steps() };
  for (const b of range(batches)) {
    const offset = valid ? valid[b]! - queries : past;
    for (const h of range(heads)) {
      const group = Math.floor((h * kvHeads) / heads);
      for (const i of range(queries)) {
        const first = ((b * heads + h) * queries + i) * keys;
        const outputRow = (flat ? (b * queries + i) * heads + h : (b * heads + h) * queries + i) * valueDim;
        const row = range(keys).map((j) => {
          const at = first + j;
          const dot = scale * k[b]![group]![j]!.reduce((sum, x, d) => sum + x * q[b]![h]![i]![d]!, 0);
          scores[0]![at] = dot;
          const capped = softcap > 0 ? softcap * Math.tanh(dot / softcap) : dot;
          scores[1]![at] = capped;
          const p = offset + i;
          const hidden =
            (valid && j >= valid[b]!) ||
            (isCausal && j > p) ||
            (leftWindowSize >= 0 && j < p - leftWindowSize) ||
            (rightWindowSize >= 0 && j > p + rightWindowSize);
          // A hidden key stays hidden whatever its score is, NaN included.
          const added = bias(b, h, i, j);
          const masked =
            hidden || added === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : capped + added;
          scores[2]![at] = masked;
          const terms = k[b]![group]![j]!.reduce((sum, x, d) => sum + Math.abs(x * q[b]![h]![i]![d]!), 0);
          const offBy = scoreRoundings(headDim, scale * terms, softcap > 0 ? capped : 0, masked);
          for (const [step, value] of offBy.entries()) rounding.scores[step]![at] = value;
          return masked;
        });
        const weights = options.method === 'taylor' ? taylorWeights(row, options.order ?? 2) : softmax(row);
        weights.forEach((weight, j) => {
          scores[3]![first + j] = weight;
          // A hidden key has no say at all, also where its value is NaN.
          if (row[j] === Number.NEGATIVE_INFINITY) return;
          for (const d of range(valueDim)) output[outputRow + d]! += weight * v[b]![group]![j]![d]!;
        });
        const offBy = rounding.scores[2]!.subarray(first, first + keys);
        const seen = range(keys).filter((j) => row[j] !== Number.NEGATIVE_INFINITY);
        const share = weightRounding(weights, offBy, seen);
        for (const j of seen) rounding.scores[3]![first + j] = weights[j]! * (offBy[j]! + share);
        for (const d of range(valueDim)) {
          const at = outputRow + d;
          const values = v[b]![group]!.map((value) => value[d]!);
          rounding.output[at] = outputRounding(output[at]!, { weights, values, offBy, seen });
        }
      }
    }
  }
  return {
    output,
    dims: flat ? [batches, queries, heads * valueDim] : [batches, heads, queries, valueDim],
    scores,
    rounding,
    presentKey: Float64Array.from(k.flat(3)),
    presentValue: Float64Array.from(v.flat(3)),
  };
}

/**
 * What float32 may be off by is counted in its unit roundoff. Roundings go either way, so that n of them are a random walk of √n
 * steps (Higham and Mary, A New Approach to Probabilistic Rounding Error Analysis, 2019), here with room for half as much again:
 * of 40,000 random calls, the worst output was off by 0.6 of what is allowed below, the median call's worst by 0.1.
 */
const UNIT = 1.5 * 2 ** -24;

/**
 * By how much scores may be off after each of the steps 0, 1 and 2. Each rounding of a sum of D products is at most a unit of the
 * sum of their magnitudes, `terms`; the scale, the softcap with its hyperbolic tangent, and the mask add a few. Beside float32's
 * lowest number, which masks hold, all scores are that number.
 */
function scoreRoundings(headDim: number, terms: number, capped: number, masked: number): number[] {
  const dot = UNIT * (Math.sqrt(headDim) + 2) * terms;
  const cap = dot + UNIT * 4 * Math.abs(capped);
  return [dot, cap, Math.abs(masked) > 1e30 ? 0 : cap + UNIT * Math.abs(masked)];
}

/** A sum over n keys takes n roundings, of half a unit on average; the quotient of two such sums a few more. */
const sumRounding = (keys: number) => UNIT * (Math.sqrt(keys) / 2 + 3);
/** 2 ULP. */
const EXPONENTIAL = 4 * UNIT;

/** By which share a weight e^s / Σ e^s may be off, beside the share by which s itself is. */
function weightRounding(weights: readonly number[], offBy: Float64Array, seen: readonly number[]): number {
  const ofSum = seen.reduce((sum, j) => sum + weights[j]! * offBy[j]!, 0);
  return ofSum + 2 * EXPONENTIAL + sumRounding(seen.length);
}

/** By how much an output o = Σ w·v may be off: Σ w·|v − o|·δ to first order, where scores are off by δ, and what the two sums lose. */
function outputRounding(
  output: number,
  row: {
    weights: readonly number[];
    values: readonly number[];
    offBy: Float64Array;
    seen: readonly number[];
  },
): number {
  let [ofScores, magnitude] = [0, Math.abs(output)];
  for (const j of row.seen) {
    ofScores += row.weights[j]! * Math.abs(row.values[j]! - output) * (row.offBy[j]! + EXPONENTIAL);
    magnitude += row.weights[j]! * Math.abs(row.values[j]!);
  }
  return ofScores + sumRounding(row.seen.length) * magnitude;
}

function softmax(row: readonly number[]): number[] {
  const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (largest === Number.NEGATIVE_INFINITY) return row.map(() => 0);
  const weights = row.map((score) => Math.exp(score - largest));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

function taylorWeights(row: readonly number[], order: number): number[] {
  const weights = row.map((score) => (score === Number.NEGATIVE_INFINITY ? 0 : series(score, order)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) =>
    row.every((score) => score === Number.NEGATIVE_INFINITY) ? 0 : weight / sum,
  );
}

/** The same keys with their mean over the first `valid` rows of each batch and head removed. */
export function subtractMean(k: Tensor, valid?: readonly number[]): Tensor {
  const [, heads, rows, dim] = k.dims as [number, number, number, number];
  const data = Float64Array.from(k.data as ArrayLike<number>);
  for (let index = 0; index < sizeOf(k.dims) / (rows * dim); index++) {
    const count = valid?.[Math.floor(index / heads)] ?? rows;
    for (let d = 0; d < dim; d++) {
      const at = (i: number) => (index * rows + i) * dim + d;
      const mean = range(count).reduce((sum, i) => sum + data[at(i)]!, 0) / count;
      for (const i of range(rows)) data[at(i)]! -= mean;
    }
  }
  return { data, dims: k.dims };
}
