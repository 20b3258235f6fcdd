import { Params } from './params';
import { sumOfLanes } from './sums';

/**
 * How far each query is from the mean query: Σ ((q − mean)·weight)² over dimensions, float32 [B·Hq][queries] at `statistics`. Means and
 * weights are [B·Hq][headDim] at `centre` and `weights`. A task is one batch and head of the query.
 */
export function spreadQueries(params: Params, task: i32, _scratch: usize): void {
  const size = <usize>params.headDim << 2;
  const means = params.centre + <usize>task * size;
  const weights = params.weights + <usize>task * size;
  let q = params.q + <usize>(task / params.heads) * params.qBatch + <usize>(task % params.heads) * params.qHead;
  let out = params.statistics + (<usize>task * <usize>params.queries << 2);
  for (const end = out + (<usize>params.queries << 2); out < end; out += 4) {
    let sums = f32x4.splat(0);
    let d: usize = 0;
    for (; d + 16 <= size; d += 16) {
      const x = f32x4.mul(f32x4.sub(v128.load(q + d), v128.load(means + d)), v128.load(weights + d));
      sums = f32x4.add(sums, f32x4.mul(x, x));
    }
    let sum = sumOfLanes(sums);
    for (; d < size; d += 4) {
      const x = (load<f32>(q + d) - load<f32>(means + d)) * load<f32>(weights + d);
      sum += x * x;
    }
    store<f32>(out, sum);
    q += params.qRow;
  }
}
