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

const FLOAT_INDICES = [...FLOATS].map((field) => (FIELDS as readonly string[]).indexOf(field));

export type Params = Record<(typeof FIELDS)[number], number>;

export const PARAMS_SIZE = 4 * FIELDS.length;

/** Writes a params at an address of the engine's memory; fields that are not given are 0. */
export function writeParams(buffer: ArrayBufferLike, address: number, params: Partial<Params>): void {
  // A call of a short cache takes as long as this does: typed arrays and two loops, not a view and a set.
  const words = new Int32Array(buffer, address, FIELDS.length);
  for (let i = 0; i < FIELDS.length; i++) words[i] = params[FIELDS[i]!] ?? 0;
  const floats = new Float32Array(buffer, address, FIELDS.length);
  for (const i of FLOAT_INDICES) floats[i] = params[FIELDS[i]!] ?? 0;
}
