/** Attention by expansions about centroids of the keys: what it takes, what it refuses, and how it is run. */
import { formatBytes } from '../runtime/memory.js';
import type { Params } from '../runtime/params.js';
import { clusterBytes, placeClusters, recordBytes } from './clusters.js';
import type { Computed, ComputeOptions } from './options.js';
import type { Scope } from './placement.js';
import type { AttentionCall } from './shapes.js';
import { checkLinear, MAX_STATE_BYTES, placeDenominators, taylorWarnings } from './taylor.js';

/** More would cost more than they are worth at any length. */
export const MAX_CENTROIDS = 4096;

export interface Expansion {
  centroids: number;
  order: number;
  near: number;
  subtractMeanQuery: boolean;
}

/**
 * The expansion that the options ask for; nothing where it is the series about the mean key.
 * @throws RangeError that names the option.
 */
export function expansionOf(options: ComputeOptions): Expansion | undefined {
  const { centroids = 1, near = 0, order, subtractMeanQuery, subtractMeanKey } = options;
  if (!Number.isInteger(centroids) || centroids < 1 || centroids > MAX_CENTROIDS)
    throw new RangeError(`centroids: given ${centroids}, expected a whole number from 1 to ${MAX_CENTROIDS}`);
  if (!(near >= 0 && near <= 1)) throw new RangeError(`near: given ${near}, expected a number from 0 to 1`);
  if (centroids === 1 && near === 0 && order !== 0 && !subtractMeanQuery) return undefined;
  if (order !== undefined && order !== 0 && order !== 1) {
    throw new RangeError(
      `order: given ${order}, expected 0 or 1 in expansions about centroids: a second order costs more than centroids that come as close`,
    );
  }
  if (subtractMeanKey !== undefined)
    throw new RangeError('subtractMeanKey: expansions about centroids subtract the mean of each cluster');
  return { centroids, near, order: order ?? 1, subtractMeanQuery: subtractMeanQuery ?? true };
}

/**
 * Refuses what has no form as an expansion about centroids.
 * @throws RangeError that names the argument.
 */
export function checkExpansion(call: AttentionCall, { centroids, order }: Expansion): void {
  checkLinear(call);
  if (call.after === 0) {
    throw new RangeError(
      'centroids: causal attention has no form with several: centroids of all keys would show later ones to earlier queries',
    );
  }
  const bytes = call.batches * call.kvHeads * recordBytes(call, centroids, order);
  if (bytes > MAX_STATE_BYTES) {
    throw new RangeError(
      `centroids: given ${centroids}, which for order ${order} take ${formatBytes(bytes)}; expected at most ${formatBytes(MAX_STATE_BYTES)}`,
    );
  }
}

/** Bytes that a call takes beside its operands. */
export function expansionBytes(
  threads: number,
  call: AttentionCall,
  { centroids, order }: Expansion,
): number {
  const { headDim, valueDim } = call;
  // As assembly/clusters.ts and assembly/expansion.ts take it, at most.
  const scratch = 8 * 64 * (headDim + valueDim) + 64 * 4 * centroids + 24 * centroids;
  const sums = 4 * (128 * (headDim + valueDim + 16) + headDim * (valueDim + 16));
  return clusterBytes(call, centroids, order) + threads * (scratch + sums + 64 * centroids);
}

/** Runs an expansion on a call that passed `checkExpansion`, with its operands in place. */
export async function runExpansion(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  expansion: Expansion,
): Promise<Pick<Computed, 'warnings'>> {
  const { engine } = scope;
  const heads = call.batches * call.kvHeads;
  const { address: denominators, smallest } = placeDenominators(scope, heads);
  const near = Math.floor(expansion.near * call.keys);
  const clusters = await placeClusters(scope, call, operands, expansion);
  const address = scope.placeParams({ ...clusters, near, denominators });
  const scratchSize = engine.kernels.expansionScratch(address);
  const scratch = scope.allocate(scratchSize * engine.threads);
  await engine.run('expansion', address, engine.kernels.expansionTasks(address), scratch, scratchSize);
  await engine.run('findNonFinite', address, heads, scratch, scratchSize);
  return { warnings: taylorWarnings(2, smallest()) };
}
