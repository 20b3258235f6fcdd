import type { Engine } from '../runtime/engine.js';
import type { Params } from '../runtime/params.js';
import { take } from './engine-tensor.js';
import type { Computed, ComputeOptions } from './options.js';
import type { Scope } from './placement.js';
import type { AttentionCall } from './shapes.js';
import type { Float32Tensor } from './tensor.js';

/**
 * Up to how many queries of a head the kernel for few queries (assembly/decode.ts) is faster than the one that has queries
 * in lanes, whatever the number of heads in a group: measured on Node 20 and 24.
 */
const FEW_QUERIES = 6;
/** Multiplications below which waking another thread takes longer than doing its work. */
const ALONE = 2 ** 18;

/** Bytes of the scores and statistics that a call returns, and of what the parts of few queries leave. */
export function exactBytes(engine: Engine, call: AttentionCall, options: ComputeOptions): number {
  const { batches, heads, kvHeads, queries, keys, headDim, valueDim } = call;
  const rows = batches * heads * queries;
  const scores = options.qkMatmulOutputMode === undefined ? 0 : 4 * rows * keys;
  const statistics = options.logSumExp ? 8 * rows : 0;
  if (!hasFewQueries(call)) return scores + statistics;
  const parts = engine.kernels.decodeParts(keys);
  // What decodeScratch takes at most: 64 rows, whole panels, and 96 keys or values as float32.
  const together = Math.min(64, (heads / kvHeads) * queries) + 15;
  const scratch = together * (2 * headDim + valueDim + 536) + 96 * (Math.max(headDim, valueDim) + 8);
  return scores + statistics + rows * parts * partialBytes(valueDim) + 4 * engine.threads * scratch;
}

/** What a part leaves of one row, as in assembly/decode.ts: four words, and outputs, padded to eight. */
const partialBytes = (valueDim: number) => 16 + 32 * Math.ceil(valueDim / 8);

/** Small types have no other kernel: many queries are computed by it, too. */
function hasFewQueries({ kvHeads, queries, keys, cached }: AttentionCall): boolean {
  const most = (cached?.type ?? 'float32') === 'float32' ? FEW_QUERIES : Number.POSITIVE_INFINITY;
  return queries > 0 && queries <= most && keys > 0 && kvHeads > 0;
}

/** Runs exact attention on a checked call with its operands in place. */
export async function runExact(
  scope: Scope,
  call: AttentionCall,
  params: Partial<Params>,
  { qkMatmulOutputMode, logSumExp }: ComputeOptions,
): Promise<Pick<Computed, 'qkMatmulOutput' | 'logSumExp' | 'warnings'>> {
  const { engine } = scope;
  const { batches, heads, queries, keys } = call;
  const rows = batches * heads * queries;
  const statistics = logSumExp ? scope.allocate(8 * rows) : 0;
  Object.assign(params, { statistics, statisticsBatch: 8 * heads * queries, statisticsHead: 8 * queries });
  if (hasFewQueries(call)) await runFewQueries(scope, call, params);
  else await runQueriesInLanes(scope, params);
  const scores =
    qkMatmulOutputMode === undefined ? undefined : await runScores(scope, call, params, qkMatmulOutputMode);
  return {
    ...(scores !== undefined && { qkMatmulOutput: take(engine, scores, [batches, heads, queries, keys]) }),
    ...(logSumExp && { logSumExp: logSumExps(engine, statistics, [batches, heads, queries]) }),
    warnings: [],
  };
}

/** The kernel with queries in lanes, on the operands that the params name. */
export async function runQueriesInLanes(scope: Scope, params: Partial<Params>): Promise<void> {
  const { engine } = scope;
  const address = scope.placeParams(params);
  const scratchSize = engine.kernels.exactScratch(address);
  const scratch = scope.allocate(scratchSize * engine.threads);
  await engine.run('exact', address, engine.kernels.exactTasks(address), scratch, scratchSize);
}

async function runFewQueries(scope: Scope, call: AttentionCall, params: Partial<Params>): Promise<void> {
  const { engine } = scope;
  const { kernels } = engine;
  const { batches, heads, kvHeads, queries, keys, headDim, valueDim } = call;
  params.parts = kernels.decodeParts(keys);
  params.partials = scope.allocate(batches * heads * queries * params.parts * partialBytes(valueDim));
  const address = scope.placeParams(params);
  const scratchSize = kernels.decodeScratch(address);
  const isSmall = batches * heads * queries * keys * (headDim + valueDim) < ALONE;
  const threads = isSmall ? 1 : engine.threads;
  const scratch = scope.allocate(scratchSize * threads);
  await engine.run('decode', address, batches * kvHeads * params.parts, scratch, scratchSize, threads);
  kernels.decodeMerge(address);
}

/** The matrix of scores after one of the steps of the operator; returns its address. */
async function runScores(
  scope: Scope,
  call: AttentionCall,
  params: Partial<Params>,
  stage: number,
): Promise<number> {
  const { engine } = scope;
  const { batches, heads, queries, keys } = call;
  const logits = scope.allocate(4 * batches * heads * queries * keys);
  const address = scope.placeParams({ ...params, logits, logitsKeys: keys, logitsStage: stage });
  const scratchSize = engine.kernels.exactScratch(address);
  const scratch = scope.allocate(scratchSize * engine.threads);
  await engine.run('logits', address, engine.kernels.exactTasks(address), scratch, scratchSize);
  return logits;
}

/** The kernels leave Σ 2^(score·log₂ e − reference) and the reference. */
function logSumExps(engine: Engine, statistics: number, dims: readonly number[]): Float32Tensor {
  const length = dims.reduce((product, dim) => product * dim, 1);
  const pairs = engine.arena.float32(statistics, 2 * length);
  const data = new Float32Array(length);
  for (let i = 0; i < length; i++) data[i] = Math.log(pairs[2 * i + 1]!) + pairs[2 * i]! * Math.LN2;
  return { type: 'float32', data, dims };
}
