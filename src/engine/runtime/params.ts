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
  'statistics', 'statisticsBatch', 'statisticsHead', 'slots', 'kvType', 'kScales', 'vScales', 'scalesBatch', 'scalesHead', 'partials',
  'centroids', 'keys', 'centroidRows', 'labels', 'keyOrder', 'clusterStarts', 'sortedKeys', 'sortedValues', 'meanQuery',
  'clusters', 'clustersStride', 'near', 'queriesPerTask', 'taskList',
] as const;
export const FLOATS: ReadonlySet<string> = new Set(['scale', 'softcap']);

const INDICES: ReadonlyMap<string, number> = new Map(FIELDS.map((field, i) => [field, i]));
const [SCALE, SOFTCAP] = [...FLOATS].map((field) => INDICES.get(field));

export type Params = Record<(typeof FIELDS)[number], number>;

export const PARAMS_SIZE = 4 * FIELDS.length;

/** Writes parameters at an address of the engine's memory, which is seen as integers and as floats; fields that are not given are 0. */
export function writeParams(views: Views, address: number, params: Partial<Params>): void {
  views.words.fill(0, address / 4, address / 4 + FIELDS.length);
  changeParams(views, address, params);
}

/** Writes some fields of parameters that lie in memory. A short call takes as long as this does: as many steps as there are fields. */
export function changeParams({ words, floats }: Views, address: number, fields: Partial<Params>): void {
  for (const field in fields) {
    const index = INDICES.get(field)!;
    const value = fields[field as keyof Params] ?? 0;
    if (index === SCALE || index === SOFTCAP) floats[address / 4 + index] = value;
    else words[address / 4 + index] = value;
  }
}

interface Views {
  words: Int32Array;
  floats: Float32Array;
}
