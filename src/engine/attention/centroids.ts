/** Attention by expansions about centroids of the keys: what it takes, what it refuses, and how it is run. */
import { checkWhole, shown } from '../runtime/arguments.js';
import { formatBytes } from '../runtime/memory.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall } from './call.js';
import { clusterBytes, placeClusters, recordBytes } from './clusters.js';
import { causalBlock, causalLevels, type ExpansionShape } from './expansion-cost.js';
import type { Computed, ComputeOptions } from './options.js';
import type { Scope } from './placement.js';
import type { RowSample } from './row-sample.js';
import { outputRows, sampledCall } from './sampled-rows.js';
import { checkLinear, MAX_STATE_BYTES, placeDenominators, taylorWarnings } from './taylor.js';

/** More would cost more than they are worth at any length. */
export const MAX_CENTROIDS = 4096;

/** Options of attention about centroids, with their defaults. */
export interface Expansion extends ExpansionShape {
  subtractMeanQuery: boolean;
}

/** @throws RangeError that names the option. */
export function checkShares({ centroids = 1, near = 0 }: Pick<ComputeOptions, 'centroids' | 'near'>): void {
  checkCentroids(centroids);
  if (!(typeof near === 'number' && near >= 0 && near <= 1))
    throw new RangeError(`near: given ${shown(near)}, expected a number from 0 to 1`);
}

/**
 * The expansion that the options ask for; nothing where it is the series about the mean key.
 * @throws RangeError that names the option.
 *
 * @example
 * expansionOf({ centroids: 16 }); // → { centroids: 16, near: 0, order: 1, subtractMeanQuery: true }
 */
export function expansionOf(options: ComputeOptions): Expansion | undefined {
  const { centroids: asked, near = 0, order, subtractMeanQuery, subtractMeanKey } = options;
  const centroids = asked ?? 1;
  checkShares(options);
  const isAboutMean = centroids === 1 && near === 0 && !subtractMeanQuery;
  if (isAboutMean && (asked === undefined || order !== 0)) return undefined;
  if (![undefined, 0, 1, 2].includes(order))
    throw new RangeError(`order: given ${shown(order)}, expected 0, 1 or 2 about centroids`);
  if (subtractMeanKey !== undefined)
    throw new RangeError('subtractMeanKey: centroids are subtracted instead');
  return { centroids, near, order: order ?? 1, subtractMeanQuery: subtractMeanQuery ?? true };
}

/** @throws RangeError */
export function checkCentroids(centroids: number): void {
  checkWhole('centroids', centroids, MAX_CENTROIDS);
}

/**
 * Refuses what has no form as an expansion about centroids.
 * @throws RangeError that names the argument.
 *
 * @example
 * checkExpansion(checkCall({ q, k, v }, {}), { centroids: 4, order: 1, near: 0, subtractMeanQuery: true });
 */
export function checkExpansion(call: AttentionCall, { centroids, order, near }: Expansion): void {
  checkLinear(call);
  if (call.after === 0) {
    if (near > 0) throw new RangeError(`near: given ${near}, expected 0 in causal attention`);
    if (
      call.queries !== call.keys ||
      call.limits.some(({ keys, position }) => keys !== call.keys || position !== 0)
    )
      throw new RangeError(
        'centroids: causal attention expects as many queries as keys, without past and padding',
      );
  }
  const bytes = Math.max(
    ...clusteringsOf(call, { centroids, order }).map(
      (one) => one.batches * one.kvHeads * recordBytes(one, centroids, order),
    ),
  );
  if (bytes > MAX_STATE_BYTES) {
    throw new RangeError(
      `centroids: given ${centroids}, which for order ${order} take ${formatBytes(bytes)}; expected at most ${formatBytes(MAX_STATE_BYTES)}`,
    );
  }
}

/** The calls whose keys are clustered, one after the other. */
function clusteringsOf(call: AttentionCall, shape: Pick<Expansion, 'centroids' | 'order'>): AttentionCall[] {
  if (call.after !== 0) return [call];
  const levels = causalLevels(call.keys, causalBlock(call, shape));
  return [
    { ...call, batches: 0 },
    ...levels.map(({ size, pairs }) => ({ ...call, batches: pairs, keys: size })),
  ];
}

/** Bytes that a call takes beside its operands. */
export function expansionBytes(
  threads: number,
  call: AttentionCall,
  { centroids, order }: Expansion,
): number {
  const { batches, heads, queries, headDim, valueDim } = call;
  // As assembly/clusters.ts and assembly/expansion.ts take it, at most, beside what any linear attention takes.
  const scratch = 8 * 64 * (headDim + valueDim) + 344 * centroids;
  const clusters = clusteringsOf(call, { centroids, order }).map((one) =>
    clusterBytes(one, centroids, order),
  );
  const statistics = call.after === 0 ? 8 * batches * heads * queries : 0;
  return Math.max(...clusters) + statistics + threads * scratch;
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
  const clusters = await placeClusters(scope, call, operands, expansion);
  const near = nearKeys(call, expansion);
  const { address, scratch, scratchSize } = await runQueries(scope, { ...clusters, near, denominators });
  await engine.run('findNonFinite', address, heads, scratch, scratchSize);
  return { warnings: taylorWarnings(2, smallest()) };
}

/** Some rows of what `runExpansion` gives. */
export async function expansionRows(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  expansion: Expansion,
  sample: RowSample,
): Promise<Float32Array> {
  const clusters = await placeClusters(scope, call, operands, expansion);
  const near = nearKeys(call, expansion);
  if (near > 0) {
    // Near keys are chosen by tiles of queries: whole tiles are computed, where the output of the call lies.
    const { tasks, params } = tilesOf(scope, call, sample);
    await runQueries(scope, { ...clusters, near, ...params }, tasks);
    return outputRows(scope, call, operands, sample);
  }
  const sampled = sampledCall(scope, call, operands, sample);
  await runQueries(scope, { ...clusters, ...sampled.operands, near });
  return sampled.output();
}

const nearKeys = (call: AttentionCall, { near }: Expansion) => Math.floor(near * call.keys);

/** Runs the queries that the params name. @param tasks default: all */
export async function runQueries(scope: Scope, params: Partial<Params>, tasks?: number) {
  const { engine } = scope;
  const address = scope.placeParams(params);
  const scratchSize = engine.kernels.expansionScratch(address);
  const scratch = scope.allocate(scratchSize * engine.threads);
  const all = engine.kernels.expansionTasks(address);
  await engine.run('expansion', address, tasks ?? all, scratch, scratchSize);
  return { address, scratch, scratchSize };
}

/** Queries that choose their near keys together: see assembly/expansion.ts. */
const NEAR_TILE = 16;

/** The tasks of the kernel that hold the sampled queries, at a tile each. */
function tilesOf(scope: Scope, { queries }: AttentionCall, { perHead, rows }: RowSample) {
  const tiles = Math.ceil(queries / NEAR_TILE);
  const wanted = new Set<number>();
  rows.forEach((query, at) => {
    wanted.add(Math.floor(at / perHead) * tiles + Math.floor(query / NEAR_TILE));
  });
  return {
    tasks: wanted.size,
    params: { queriesPerTask: NEAR_TILE, taskList: scope.placeInts([...wanted]) },
  };
}
