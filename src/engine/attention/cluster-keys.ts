import { checkEngine } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import { checkCentroids, expansionBytes } from './centroids.js';
import { labelKeys } from './clusters.js';
import { EngineTensor } from './engine-tensor.js';
import { placeCall, Scope } from './placement.js';
import { checkCall } from './shapes.js';
import { elementCount, shapeOf, type Tensor } from './tensor.js';

/**
 * Which cluster each key is in, of those that dense `attention` with as many `centroids` makes.
 *
 * @param k [B, Hkv, Lk, D], float32 or float16
 * @param centroids 1 to 4096; more than there are keys are as many as there are
 * @returns [B, Hkv, Lk], numbers from 0 and below `centroids`; a number may belong to no key
 * @throws TypeError or RangeError that names the argument; MemoryLimitError
 *
 * @example
 * const { data } = await clusterKeys(engine, k, 4); // data[0] is the cluster of the first key
 */
export async function clusterKeys(
  engine: Engine,
  k: Tensor,
  centroids: number,
): Promise<{ type: 'int32'; data: Int32Array; dims: readonly number[] }> {
  checkEngine(engine);
  const keys = EngineTensor.from(engine, k, 'k');
  const scope = new Scope(engine);
  try {
    checkCentroids(centroids);
    if (keys.dims.length !== 4)
      throw new RangeError(`k: given dims ${shapeOf(keys.dims)}, expected [batch, heads, length, headDim]`);
    return await engine.exclusive(async () => {
      const call = checkCall({ q: keys, k: keys, v: keys }, {});
      engine.arena.require(
        expansionBytes(engine.threads, call, { centroids, order: 0, near: 0, subtractMeanQuery: false }),
      );
      // Nothing is written to the output of this call.
      const { params } = placeCall(scope, call, false, keys);
      const { labels } = await labelKeys(scope, call, params, centroids);
      const dims = [call.batches, call.kvHeads, call.keys];
      return { type: 'int32', data: engine.arena.int32(labels, elementCount(dims)).slice(), dims };
    });
  } finally {
    scope.release();
    keys.release();
  }
}
