/** Mirrors the class Job of assembly/job.ts: the fields, in order. Addresses and strides are in bytes. */
// biome-ignore format: one line a group
const FIELDS = [
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
] as const;
const FLOATS: ReadonlySet<string> = new Set(['scale', 'softcap']);

export type Job = Record<(typeof FIELDS)[number], number>;

export const JOB_SIZE = 4 * FIELDS.length;

/** Writes a job at an address of the engine's memory; fields that are not given are 0. */
export function writeJob(buffer: ArrayBufferLike, address: number, job: Partial<Job>): void {
  const view = new DataView(buffer, address, JOB_SIZE);
  FIELDS.forEach((field, index) => {
    const value = job[field] ?? 0;
    if (FLOATS.has(field)) view.setFloat32(4 * index, value, true);
    else view.setInt32(4 * index, value, true);
  });
}
