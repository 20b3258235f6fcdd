import type { Engine } from '../runtime/engine.js';

/** Mirrors the class RecurrentParams of assembly/recurrent-params.ts: the fields, in order. */
// biome-ignore format: one line a group
export const RECURRENT_FIELDS = [
  'batches', 'heads', 'headsPerGroup', 'tokens', 'keyDim', 'valueDim',
  'q', 'k', 'v', 'o', 'state',
  'decay', 'decayDim', 'beta', 'betaHeads', 'scale', 'parts', 'together',
] as const;

/** Mirrors the class CausalConvParams of assembly/causal-conv.ts. */
// biome-ignore format: one line a group
export const CAUSAL_CONV_FIELDS = [
  'rows', 'channels', 'length', 'taps',
  'input', 'output', 'weight', 'bias', 'past', 'present',
  'silu', 'rowsPerTask',
] as const;

export const FLOATS: ReadonlySet<string> = new Set(['scale']);

/** Bytes that parameters with so many fields take. */
export const paramsBytes = (fields: readonly string[]) => 4 * fields.length;

/** Writes the parameters of a call at an address of the engine's memory. */
export function writeParams<Field extends string>(
  engine: Engine,
  address: number,
  fields: readonly Field[],
  params: Record<Field, number>,
): void {
  const view = new DataView(engine.arena.buffer, address, paramsBytes(fields));
  fields.forEach((field, index) => {
    if (FLOATS.has(field)) view.setFloat32(4 * index, params[field], true);
    else view.setInt32(4 * index, params[field], true);
  });
}
