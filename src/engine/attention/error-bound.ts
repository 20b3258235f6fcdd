import type { CacheRows } from './cache-rows.js';
import type { AttentionCall } from './call.js';
import { queriesOfHead } from './gathered-rows.js';
import type { Float32Tensor } from './tensor.js';

/** Half a unit in the last place of 1. */
const UNIT = 2 ** -24;

/**
 * How far each output of a call can be from that of a cache of float32, [B, Hq, Lq], Infinity where nothing is known.
 *
 * With |s − ŝ| ≤ d for the scores of all keys, the weights differ by at most tanh(d/2) in total variation: of two
 * distributions with weights e^s and e^ŝ, the one that gains most on a set of keys gains at most that. So
 *   |o − ô| ≤ tanh(d/2) · (largest − smallest value of a column) + the largest rounding of a value.
 * d follows from the query and the rounding of each number of the keys. What float32 itself rounds, in both, is added.
 */
export function errorBounds(call: AttentionCall, rows: CacheRows): Float32Tensor {
  const { batches, heads, kvHeads, queries, cached } = call;
  const bounds = new Float32Array(batches * heads * queries);
  const dims = [batches, heads, queries];
  if (cached!.type === 'float32') return { type: 'float32', data: bounds, dims };
  const group = heads / kvHeads;
  for (let batch = 0; batch < batches; batch++) {
    const keys = call.limits[batch]!.keys;
    for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
      const largest = largestShares(call, rows, batch, kvHead, keys);
      const values = valuesOf(rows, batch, kvHead, keys);
      for (let row = 0; row < group * queries; row++) {
        const at = (batch * heads + kvHead * group) * queries + row;
        const bound = Math.tanh(largest[row]! / 2) * values.spread + values.rounding;
        // Where scores are not finite there is no bound. The bound itself is rounded up.
        bounds[at] = Number.isFinite(largest[row]! + bound)
          ? bound * (1 + 2 * UNIT)
          : Number.POSITIVE_INFINITY;
      }
    }
  }
  return { type: 'float32', data: bounds, dims };
}

/** For each query of the group of a head: how far the score of any key can be from what it would be in float32. */
function largestShares(
  call: AttentionCall,
  rows: CacheRows,
  batch: number,
  kvHead: number,
  keys: number,
): Float64Array {
  const { heads, kvHeads, queries, headDim, scale, softcap, mask } = call;
  const group = heads / kvHeads;
  const all = Array.from({ length: group }, (_, i) => queriesOfHead(call, batch, kvHead * group + i));
  const largest = new Float64Array(group * queries);
  for (let j = 0; j < keys; j++) {
    const { values, rounding } = rows.readKey(batch, kvHead, j);
    // A sum of products of float32, taken twice.
    const sums = 2 * (headDim + 8) * UNIT;
    const per = values.map((x, d) => rounding[d]! + sums * Math.abs(x));
    for (let row = 0; row < largest.length; row++) {
      const q = all[Math.floor(row / queries)]!;
      const start = (row % queries) * headDim;
      let share = 0;
      for (let d = 0; d < headDim; d++) share += Math.abs(q[start + d]!) * per[d]!;
      if (!(share <= largest[row]!)) largest[row] = share;
    }
  }
  const others = 2 ** -20 * softcap + 4 * UNIT * largestBias(mask);
  return largest.map((share) => Math.abs(scale) * share + others);
}

function largestBias(mask: AttentionCall['mask']): number {
  if (!mask || mask.tensor.type === 'bool') return 0;
  let largest = 0;
  for (const bias of mask.tensor.data as Float32Array) {
    if (Number.isFinite(bias)) largest = Math.max(largest, Math.abs(bias));
  }
  return largest;
}

/** The widest range of a column of values, and the largest rounding of a value and of the sums over them. */
function valuesOf(rows: CacheRows, batch: number, kvHead: number, keys: number) {
  let [low, high] = [new Float32Array(0), new Float32Array(0)];
  let [largest, most] = [0, 0];
  for (let j = 0; j < keys; j++) {
    const { values, rounding } = rows.readValue(batch, kvHead, j);
    if (j === 0) [low, high] = [values.slice(), values.slice()];
    values.forEach((x, d) => {
      low[d] = Math.min(low[d]!, x);
      high[d] = Math.max(high[d]!, x);
      largest = Math.max(largest, Math.abs(x));
      most = Math.max(most, rounding[d]!);
    });
  }
  const spread = high.reduce((widest, x, d) => Math.max(widest, x - low[d]!), 0);
  // Weights within 4 units each, blocks of 128 products, and sums of blocks, taken twice.
  return { spread, rounding: most + 2 * (128 + 16) * UNIT * largest };
}
