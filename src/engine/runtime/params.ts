/** Mirrors the class Params of assembly/params.ts: the fields, in order. Addresses and strides are in bytes. */
// biome-ignore format: one line a group
export const FIELDS = [
  'batches', 'heads', 'headsPerGroup', 'queries', 'headDim', 'valueDim',
  'q', 'qBatch', 'qHead', 'qRow',
  'k', 'kBatch', 'kHead', 'kRow',
  'v', 'vBatch', 'vHead', 'vRow',
  'o', 'oBatch', 'oHead', 'oRow',
  'scale', 'softcap',
  'limits', 'before', 'after',
  'mask', 'maskBatch', 'maskHead', 'maskRow', 'maskKind',
  'logits', 'logitsKeys', 'logitsStage',
  'order', 'features', 'blocks', 'runs', 'blockStarts', 'weights', 'state', 'stateStride', 'centre', 'parts', 'denominators',
  'statistics', 'slots', 'kvType', 'kScales', 'vScales', 'scalesBatch', 'scalesHead', 'partials',
  'centroids', 'keys', 'centroidRows', 'labels', 'keyOrder', 'clusterStarts', 'sortedKeys', 'sortedValues', 'meanQuery',
  'clusters', 'clustersStride', 'near', 'queriesPerTask', 'taskList',
] as const;
export const FLOATS: ReadonlySet<string> = new Set(['scale', 'softcap']);

export type Params = Record<(typeof FIELDS)[number], number>;

export const PARAMS_SIZE = 4 * FIELDS.length;

/** Writes a params at an address of the engine's memory; fields that are not given are 0. */
export function writeParams(buffer: ArrayBufferLike, address: number, params: Partial<Params>): void {
  const view = new DataView(buffer, address, PARAMS_SIZE);
  FIELDS.forEach((field, index) => {
    const value = params[field] ?? 0;
    if (FLOATS.has(field)) view.setFloat32(4 * index, value, true);
    else view.setInt32(4 * index, value, true);
  });
}
