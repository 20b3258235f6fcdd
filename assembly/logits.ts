/**
 * The matrix of scores itself, for callers who ask to see it (qk_matmul_output of the ONNX operator Attention).
 * Stages: 0 scale·QKᵀ, 1 after the softcap, 2 after the mask, 3 after the softmax.
 */

import { blocksOf, packQueries, queryBlock } from './exact';
import { exp2, LOG2E } from './exp';
import { Params, slotOf } from './params';
import { addMask, hideKeys, softcap } from './scores';
import { LANES, LANES_ROW, product } from './tile';

const KEY_BLOCK: i32 = 128;

/** Writes the scores of one block of queries; divides into the tasks of `exact`, with the same scratch memory. */
export function logits(params: Params, task: i32, scratch: usize): void {
  const blocks = blocksOf(params);
  const query = (task % blocks) * queryBlock(params);
  const head = (task / blocks) % params.heads;
  const batch = task / blocks / params.heads;
  const count = min(queryBlock(params), params.queries - query);
  const queries = scratch;
  const scores = queries + <usize>(queryBlock(params) * params.headDim) * 4;
  packQueries(params, batch, head, query, count, params.scale, queries);
  const k = params.k + slotOf(params, batch) * params.kBatch + <usize>(head / params.headsPerGroup) * params.kHead;
  const rowSize = (<usize>params.logitsKeys) << 2;
  const rows = params.logits + (<usize>(batch * params.heads + head) * <usize>params.queries + <usize>query) * rowSize;
  for (let first = 0; first < count; first += LANES) {
    const lanes = min(LANES, count - first);
    for (let key = 0; key < params.logitsKeys; key += KEY_BLOCK) {
      const keys = min(KEY_BLOCK, params.logitsKeys - key);
      product(
        k + <usize>key * params.kRow,
        params.kRow,
        queries + <usize>(first * params.headDim) * 4,
        scores,
        LANES_ROW,
        keys,
        params.headDim,
      );
      if (params.softcap > 0 && params.logitsStage >= 1) softcap(scores, keys, params.softcap);
      if (params.logitsStage >= 2) {
        hideKeys(scores, params, batch, query + first, key, keys);
        // The mask may be shorter than the keys: what it does not cover is hidden already.
        const valid = load<i32>(params.limits + ((<usize>batch) << 3));
        if (params.maskKind) addMask(scores, params, batch, head, query + first, key, max(0, min(keys, valid - key)), 1);
      }
      transpose(scores, rows + <usize>first * rowSize + ((<usize>key) << 2), rowSize, lanes, keys);
    }
    if (params.logitsStage == 3) {
      for (let lane = 0; lane < lanes; lane++)
        softmaxRow(rows + <usize>(first + lane) * rowSize, params.logitsKeys);
    }
  }
}

function transpose(scores: usize, rows: usize, rowSize: usize, lanes: i32, keys: i32): void {
  for (let lane = 0; lane < lanes; lane++) {
    let s = scores + ((<usize>lane) << 2);
    const row = rows + <usize>lane * rowSize;
    for (let p = row; p < row + ((<usize>keys) << 2); p += 4) {
      store<f32>(p, load<f32>(s));
      s += LANES_ROW;
    }
  }
}

/** Softmax of n adjacent floats, in place; all zeros where all are −∞. */
function softmaxRow(row: usize, n: i32): void {
  const end = row + ((<usize>n) << 2);
  let largest: f32 = -f32.MAX_VALUE;
  for (let p = row; p < end; p += 4) largest = max(largest, load<f32>(p));
  let sum: f32 = 0;
  for (let p = row; p < end; p += 4) {
    const x = f32x4.extract_lane(exp2(f32x4.splat((load<f32>(p) - largest) * LOG2E)), 0);
    store<f32>(p, x);
    sum += x;
  }
  if (sum == 0) return;
  const inverse: f32 = 1 / sum;
  for (let p = row; p < end; p += 4) store<f32>(p, load<f32>(p) * inverse);
}
