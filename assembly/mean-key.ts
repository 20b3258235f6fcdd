import { CHUNK } from './features';
import { Params } from './params';
import { addToDoubles } from './sums';

/**
 * Mean of the keys of one batch and head. Subtracting it from all keys leaves softmax as it is, for it changes all scores of
 * a query by the same amount, and brings the scores closer to 0, where the polynomial is accurate.
 */
export function meanKey(params: Params, task: i32, scratch: usize): void {
  const groups = params.heads / params.headsPerGroup;
  const batch = task / groups;
  const keys = load<i32>(params.limits + (<usize>batch << 3));
  const size = <usize>params.headDim << 2;
  const mean = params.centre + <usize>task * size;
  const k = params.k + <usize>batch * params.kBatch + <usize>(task % groups) * params.kHead;
  // Short float32 sums within a chunk, long ones in float64, which lie in `scratch`.
  memory.fill(scratch, 0, 2 * size);
  for (let key = 0; key < keys; key += CHUNK) {
    const rows = k + <usize>key * params.kRow;
    const end = rows + <usize>min(CHUNK, keys - key) * params.kRow;
    let d: usize = 0;
    for (; d + 16 <= size; d += 16) {
      let sum = f32x4.splat(0);
      for (let p = rows + d; p < end; p += params.kRow) sum = f32x4.add(sum, v128.load(p));
      addToDoubles(scratch + 2 * d, sum);
    }
    for (; d < size; d += 4) {
      let sum: f32 = 0;
      for (let p = rows + d; p < end; p += params.kRow) sum += load<f32>(p);
      store<f64>(scratch + 2 * d, load<f64>(scratch + 2 * d) + <f64>sum);
    }
  }
  for (let d: usize = 0; d < size; d += 4) {
    store<f32>(mean + d, keys > 0 ? <f32>(load<f64>(scratch + 2 * d) / <f64>keys) : 0);
  }
}
