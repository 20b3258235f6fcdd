/** How far linear attention is from softmax attention on given tensors: what is known beforehand, and by sampling. */

import type { AttentionCall, Layout } from './call.js';
import { outputErrorBound } from './feature-map.js';
import { type CheckedTensor, copyFloats } from './tensor.js';

/** One query and everything that it may attend to. */
export interface SampleRow {
  batch: number;
  head: number;
  query: number;
  q: Float32Array;
  /** Keys and values, row-major, of which the first `visible` count. */
  k: Float32Array;
  v: Float32Array;
  visible: number;
  /** What the linear kernel subtracts from the keys. */
  centre: Float32Array | undefined;
}

/** The fewest and the most rows of a sample, whatever they cost. */
const [FEWEST_ROWS, MOST_ROWS] = [4, 256];
/** Its multiples, modulo 1, are spread evenly, however many of them there are. */
export const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * Rows of every batch and head, as many of each, spread over the positions: about as many as take `work` multiplications
 * to evaluate, between 4 and 256, and one of each head at least. The first head's last position is among them, and each
 * head has positions of its own. `centred`: dense linear attention subtracts the mean key.
 *
 * @example
 * const [row] = sampleRows(checkCall({ q, k, v }, {}), false, 1e6);
 * const output = referenceRow(row.q, row.k, row.v, 64, { keys: row.visible });
 */
export function* sampleRows(call: AttentionCall, centred: boolean, work: number): Generator<SampleRow> {
  const { batches, heads, kvHeads, queries, keys, headDim, valueDim } = call;
  const affordable = Math.floor(work / Math.max(1, keys * (headDim + valueDim)));
  const rows = Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, affordable));
  const perHead = Math.min(queries, Math.ceil(rows / Math.max(1, batches * heads)));
  let kept: (KeysAndValues & { index: number }) | undefined;
  for (let at = 0; at < batches * heads * perHead; at++) {
    const stratum = Math.floor(at / perHead);
    const batch = Math.floor(stratum / heads);
    const head = stratum % heads;
    const offset = (stratum * GOLDEN_RATIO) % 1;
    const query = queries - 1 - Math.floor((((at % perHead) + offset) * queries) / perHead);
    const kvHead = Math.floor((head * kvHeads) / heads);
    const index = batch * kvHeads + kvHead;
    if (kept?.index !== index) kept = { index, ...keysAndValues(call, batch, kvHead, centred) };
    const { keys: valid, position } = call.limits[batch]!;
    const visible = call.after === 0 ? Math.max(0, Math.min(valid, position + query + 1)) : valid;
    const q = rowsOf(call.q, call.layouts.q, batch, head, query, 1, headDim);
    yield { batch, head, query, q, visible, k: kept.k, v: kept.v, centre: kept.centre };
  }
}

/**
 * Root mean square distance relative to that of a reference, from sums of squares. NaN where either holds NaN or infinity;
 * infinity where the reference is 0 and the other is not.
 *
 * @example
 * relativeDistance(1, 4); // → 0.5
 */
export function relativeDistance(squares: number, squaresOfReference: number): number {
  return squares === 0 ? 0 : Math.sqrt(squares / squaresOfReference);
}

/**
 * Largest distance that linear attention can have from softmax attention, in units of the largest |v|, from the
 * norms of q and k alone; Infinity where they promise nothing.
 *
 * @example
 * aPrioriBound(checkCall({ q, k, v }, {}), 2, true) > 0; // → true
 */
export function aPrioriBound(call: AttentionCall, order: number, centred: boolean): number {
  const { batches, heads, kvHeads, queries, headDim, scale } = call;
  let radius = 0;
  for (let batch = 0; batch < batches; batch++) {
    const norms = Array.from({ length: kvHeads }, (_, kvHead) => {
      const { k, centre } = keysAndValues(call, batch, kvHead, centred);
      return largestNorm(k.subarray(0, call.limits[batch]!.keys * headDim), headDim, centre);
    });
    for (let head = 0; head < heads; head++) {
      const q = rowsOf(call.q, call.layouts.q, batch, head, 0, queries, headDim);
      radius = Math.max(radius, largestNorm(q, headDim) * norms[Math.floor((head * kvHeads) / heads)]!);
    }
  }
  return outputErrorBound(Math.abs(scale) * radius, order);
}

interface KeysAndValues {
  k: Float32Array;
  v: Float32Array;
  centre: Float32Array | undefined;
}

/** Keys and values of one head, the past first. */
function keysAndValues(call: AttentionCall, batch: number, kvHead: number, centred: boolean): KeysAndValues {
  const { kvHeads, past, newKeys, headDim, valueDim, layouts, pastKey, pastValue } = call;
  const read = (tensor: CheckedTensor, layout: Layout, before: CheckedTensor | undefined, dim: number) => {
    const fresh = rowsOf(tensor, layout, batch, kvHead, 0, newKeys, dim);
    if (!before) return fresh;
    const all = new Float32Array((past + newKeys) * dim);
    copyFloats(before, (batch * kvHeads + kvHead) * past * dim, all.subarray(0, past * dim));
    all.set(fresh, past * dim);
    return all;
  };
  const k = read(call.k, layouts.k, pastKey, headDim);
  const valid = k.subarray(0, call.limits[batch]!.keys * headDim);
  const centre = centred && call.after !== 0 ? meanRow(valid, headDim) : undefined;
  return { k, v: read(call.v, layouts.v, pastValue, valueDim), centre };
}

/** Adjacent rows of one head: a view where they are float32 and lie side by side, else a copy. */
function rowsOf(
  tensor: CheckedTensor,
  layout: Layout,
  batch: number,
  head: number,
  first: number,
  count: number,
  dim: number,
): Float32Array {
  const start = batch * layout.batch + head * layout.head + first * layout.row;
  if (tensor.data instanceof Float32Array && layout.row === dim)
    return tensor.data.subarray(start, start + count * dim);
  const rows = new Float32Array(count * dim);
  for (let i = 0; i < count; i++)
    copyFloats(tensor, start + i * layout.row, rows.subarray(i * dim, (i + 1) * dim));
  return rows;
}

function meanRow(rows: Float32Array, dim: number): Float32Array {
  const sums = new Float64Array(dim);
  for (let i = 0; i < rows.length; i++) sums[i % dim]! += rows[i]!;
  return Float32Array.from(sums, (sum) => (rows.length > 0 ? (sum * dim) / rows.length : 0));
}

function largestNorm(rows: Float32Array, dim: number, centre?: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < rows.length; i += dim) {
    let square = 0;
    for (let d = 0; d < dim; d++) square += (rows[i + d]! - (centre?.[d] ?? 0)) ** 2;
    largest = Math.max(largest, square);
  }
  return Math.sqrt(largest);
}
