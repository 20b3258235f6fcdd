/**
 * What changes the scores of a tile, S[key][query lane], before their softmax: the softcap, the mask, and which keys a query sees.
 */
import { tanh } from './exp';
import { endKey, firstKey, Params } from './params';
import { LANES, LANES_ROW } from './tile';

/** S = cap·tanh(S / cap) */
export function softcap(scores: usize, keys: i32, cap: f32): void {
  const factor = f32x4.splat(cap);
  const inverse = f32x4.splat(1 / cap);
  for (const end = scores + <usize>keys * LANES_ROW; scores < end; scores += 16) {
    v128.store(scores, f32x4.mul(factor, tanh(f32x4.mul(v128.load(scores), inverse))));
  }
}

/** bias·unit. A finite bias stays finite: a row of float32's lowest number is uniform, a row of −∞ is empty. */
// @ts-ignore: decorator
@inline
function biasInUnits(bias: f32, unit: f32): f32 {
  const scaled = bias * unit;
  return abs(scaled) == f32.POSITIVE_INFINITY && scaled != bias ? copysign(f32.MAX_VALUE, bias) : scaled;
}

/**
 * Adds the mask to a tile whose first query is `query` and whose first key is `key`; hidden keys become −∞.
 * `unit` is what a score of 1 is in the tile: log₂ e, or 1.
 */
export function addMask(scores: usize, params: Params, batch: i32, head: i32, query: i32, key: i32, keys: i32, unit: f32): void {
  const lanes = min(LANES, params.queries - query);
  for (let t = 0; t < lanes; t++) addMaskRow(scores + (<usize>t << 2), LANES_ROW, params, batch, head, query + t, key, keys, unit);
}

/** The same for the scores of one query, `step` bytes apart. */
export function addMaskRow(scores: usize, step: usize, params: Params, batch: i32, head: i32, query: i32, key: i32, keys: i32, unit: f32): void {
  let p = params.mask + <usize>batch * params.maskBatch + <usize>head * params.maskHead + <usize>query * params.maskRow;
  const end = scores + <usize>keys * step;
  if (params.maskKind == 1) {
    p += <usize>key;
    for (; scores < end; scores += step) {
      if (!load<u8>(p)) store<f32>(scores, -f32.POSITIVE_INFINITY);
      p += 1;
    }
  } else {
    p += <usize>key << 2;
    for (; scores < end; scores += step) {
      // A hidden key becomes −∞ whatever its score was, NaN included.
      const bias = biasInUnits(load<f32>(p), unit);
      store<f32>(scores, bias == -f32.POSITIVE_INFINITY ? bias : load<f32>(scores) + bias);
      p += 4;
    }
  }
}

// @ts-ignore: decorator
@inline
function vectorOf(x0: i32, x1: i32, x2: i32, x3: i32): v128 {
  return i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(x0), 1, x1), 2, x2), 3, x3);
}

/** Hides the keys outside each query's range; `query` and `key` are the tile's first. */
export function hideKeys(scores: usize, params: Params, batch: i32, query: i32, key: i32, keys: i32): void {
  const hidden = f32x4.splat(-f32.POSITIVE_INFINITY);
  const hiddenLanes = scores + LANES_ROW;
  for (let row = query; scores < hiddenLanes; row += 4, scores += 16) {
    const first = vectorOf(firstKey(params, batch, row), firstKey(params, batch, row + 1), firstKey(params, batch, row + 2), firstKey(params, batch, row + 3));
    const end = vectorOf(endKey(params, batch, row), endKey(params, batch, row + 1), endKey(params, batch, row + 2), endKey(params, batch, row + 3));
    let s = scores;
    for (let j = key; j < key + keys; j++) {
      const index = i32x4.splat(j);
      const visible = v128.and(i32x4.ge_s(index, first), i32x4.lt_s(index, end));
      v128.store(s, v128.bitselect(v128.load(s), hidden, visible));
      s += LANES_ROW;
    }
  }
}
