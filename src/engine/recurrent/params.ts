import type { Engine } from '../runtime/engine.js';

/** Mirrors the class RecurrentParams of assembly/recurrent-params.ts: the fields, in order. */
// biome-ignore format: one line a group
export const FIELDS = [
  'batches', 'heads', 'headsPerGroup', 'tokens', 'keyDim', 'valueDim',
  'q', 'k', 'v', 'o', 'state',
  'decay', 'decayDim', 'beta', 'betaHeads', 'scale', 'parts',
] as const;
export const FLOATS: ReadonlySet<string> = new Set(['scale']);

export type RecurrentParams = Record<(typeof FIELDS)[number], number>;

export const PARAMS_SIZE = 4 * FIELDS.length;

/** Writes the parameters of a call at an address of the engine's memory. */
export function writeParams(engine: Engine, address: number, params: RecurrentParams): void {
  const view = new DataView(engine.arena.memory.buffer, address, PARAMS_SIZE);
  FIELDS.forEach((field, index) => {
    if (FLOATS.has(field)) view.setFloat32(4 * index, params[field], true);
    else view.setInt32(4 * index, params[field], true);
  });
}
