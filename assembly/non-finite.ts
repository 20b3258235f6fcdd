import { Params } from './params';

/**
 * Leaves NaN in params.denominators[task] where an output of the heads that share one head of the key is NaN or infinite.
 * A task is one batch and head of the key.
 */
export function findNonFinite(params: Params, task: i32, _scratch: usize): void {
  const groups = params.heads / params.headsPerGroup;
  const size = <usize>params.valueDim << 2;
  const first = (task % groups) * params.headsPerGroup;
  for (let head = first; head < first + params.headsPerGroup; head++) {
    let row = params.o + <usize>(task / groups) * params.oBatch + <usize>head * params.oHead;
    // 0·x is 0 for every finite x, and NaN for every other.
    let sum = f32x4.splat(0);
    for (let query = 0; query < params.queries; query++) {
      let i: usize = 0;
      for (; i + 16 <= size; i += 16) sum = f32x4.add(sum, f32x4.mul(f32x4.splat(0), v128.load(row + i)));
      for (; i < size; i += 4) sum = f32x4.add(sum, f32x4.mul(f32x4.splat(0), v128.load32_splat(row + i)));
      row += params.oRow;
    }
    if (!i32x4.all_true(f32x4.eq(sum, sum))) store<f32>(params.denominators + (<usize>task << 2), f32.NaN);
  }
}
