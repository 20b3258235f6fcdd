import type { Engine } from '../runtime/engine.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall } from './call.js';
import { take } from './engine-tensor.js';
import type { Computed, ComputeOptions } from './options.js';
import type { Scope } from './placement.js';
import { elementCount, type Float32Tensor } from './tensor.js';

/**
 * Up to how many queries of a head the kernel for few queries (assembly/decode.ts) is faster than the one that has queries
 * in lanes, whatever the number of heads in a group: measured on Node 20 and 24. At 1, 2 and 4 queries it is 2.6 to 5.7, 2.2 to 3.3 and
 * 1.4 to 1.7 times as fast (`relaxed`), at 7 as fast.
 */
const FEW_QUERIES = 6;
/** The same where keys and values are of a small type, which all queries of a group widen once. */
const FEW_SMALL_QUERIES = 16;
/** Multiplications below which waking another thread takes longer than doing its work. */
export const SMALL_WORK = 2 ** 18;

/**
 * Keys that the kernel with queries in lanes takes together, and widens where they are of a small type: 512 queries, 8/8 heads, against
 * 1,024 keys of int8 take 1.15 times as long as of float32.
 */
const KEY_BLOCK = 288;

/** Bytes of what calls that are computed together return or leave on the way, and of what the kernels need beside it. */
export function exactBytes(engine: Engine, calls: readonly AttentionCall[], options: ComputeOptions): number {
  let [kept, most] = [0, 0];
  for (const call of calls) {
    const { batches, heads, queries, keys, headDim, valueDim } = call;
    const rows = batches * heads * queries;
    kept += options.qkMatmulOutputMode === undefined ? 0 : 4 * rows * keys;
    kept += options.logSumExp ? 8 * rows : 0;
    if (hasFewQueries(call)) kept += rows * engine.kernels.decodeParts(keys) * partialBytes(valueDim);
    const widened = isSmall(call) ? KEY_BLOCK * (headDim + valueDim + 16) : 0;
    most = Math.max(most, hasFewQueries(call) ? decodeFloats(call) : widened);
  }
  return kept + 4 * engine.threads * most;
}

/** What decodeScratch takes at most: 64 rows, whole panels, and 96 keys or values as float32. */
function decodeFloats({ heads, kvHeads, queries, headDim, valueDim }: AttentionCall): number {
  const together = Math.min(64, (heads / kvHeads) * queries) + 15;
  return together * (2 * headDim + valueDim + 536) + 96 * (Math.max(headDim, valueDim) + 8);
}

/** What a part leaves of one row, as in assembly/decode.ts: four words, and outputs, padded to eight. */
export const partialBytes = (valueDim: number) => 16 + 32 * Math.ceil(valueDim / 8);

/** Whether keys and values lie in a cache of a small type. */
const isSmall = ({ cached }: AttentionCall) => (cached?.type ?? 'float32') !== 'float32';

function hasFewQueries(call: AttentionCall): boolean {
  const { kvHeads, queries, keys } = call;
  return (
    queries > 0 && queries <= (isSmall(call) ? FEW_SMALL_QUERIES : FEW_QUERIES) && keys > 0 && kvHeads > 0
  );
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
  const statistics = placeStatistics(scope, call, params, logSumExp);
  const { kernel, address, tasks, scratchSize, work } = placeDispatch(scope, call, params);
  const threads = kernel === 'decode' && work < SMALL_WORK ? 1 : engine.threads;
  await engine.run(kernel, address, tasks, scope.allocate(scratchSize * threads), scratchSize, threads);
  if (kernel === 'decode') engine.kernels.decodeMerge(address);
  const outcome: Pick<Computed, 'qkMatmulOutput' | 'logSumExp' | 'warnings'> = { warnings: [] };
  if (qkMatmulOutputMode !== undefined) {
    const scores = await runScores(scope, call, params, qkMatmulOutputMode);
    outcome.qkMatmulOutput = take(engine, scores, [batches, heads, queries, keys]);
  }
  if (logSumExp) outcome.logSumExp = logSumExps(engine, statistics, [batches, heads, queries]);
  return outcome;
}

/**
 * Runs exact attention on several checked calls with their operands in place: the threads share the tasks of all of them. Each gets
 * the bits of a call of its own.
 * @returns what `logSumExp` asks for, by call
 */
export async function runExactEach(
  scope: Scope,
  calls: readonly { call: AttentionCall; params: Partial<Params> }[],
  { logSumExp }: ComputeOptions,
): Promise<Float32Tensor[]> {
  const { engine } = scope;
  const statistics = calls.map(({ call, params }) => placeStatistics(scope, call, params, logSumExp));
  // Those that take longest first, so that what is left for the last task is short.
  const dispatches = calls
    .map(({ call, params }) => placeDispatch(scope, call, params))
    .sort((a, b) => b.work / Math.max(1, b.tasks) - a.work / Math.max(1, a.tasks));
  for (const kernel of ['exact', 'decode'] as const) {
    const own = dispatches.filter((dispatch) => dispatch.kernel === kernel);
    if (own.length === 0) continue;
    const table = scope.placeInts(own.flatMap(({ address, tasks }) => [address, tasks]));
    const sum = (of: 'tasks' | 'work') => own.reduce((total, dispatch) => total + dispatch[of], 0);
    const threads = kernel === 'decode' && sum('work') < SMALL_WORK ? 1 : engine.threads;
    const scratchSize = own.reduce((most, dispatch) => Math.max(most, dispatch.scratchSize), 0);
    const scratch = scope.allocate(scratchSize * threads);
    await engine.run(`${kernel}Each`, table, sum('tasks'), scratch, scratchSize, threads);
    if (kernel === 'decode') for (const { address } of own) engine.kernels.decodeMerge(address);
  }
  if (!logSumExp) return [];
  return calls.map(({ call }, i) => logSumExps(engine, statistics[i]!, [1, call.heads, call.queries]));
}

/** A kernel on the operands that params name, and what it needs to run. */
interface Dispatch {
  kernel: 'exact' | 'decode';
  address: number;
  tasks: number;
  scratchSize: number;
  /** Multiplications of all tasks. */
  work: number;
}

function placeDispatch(scope: Scope, call: AttentionCall, params: Partial<Params>): Dispatch {
  const { kernels } = scope.engine;
  const { batches, heads, kvHeads, queries, keys, headDim, valueDim } = call;
  const rows = batches * heads * queries;
  const work = rows * keys * (headDim + valueDim);
  if (!hasFewQueries(call)) return { work, ...placeLanes(scope, params) };
  params.parts = kernels.decodeParts(keys);
  params.partials = scope.allocate(rows * params.parts * partialBytes(valueDim));
  const address = scope.placeParams(params);
  const tasks = batches * kvHeads * params.parts;
  return { kernel: 'decode', address, tasks, scratchSize: kernels.decodeScratch(address), work };
}

function placeLanes(scope: Scope, params: Partial<Params>) {
  const { kernels } = scope.engine;
  const address = scope.placeParams(params);
  const [tasks, scratchSize] = [kernels.exactTasks(address), kernels.exactScratch(address)];
  return { kernel: 'exact', address, tasks, scratchSize } as const;
}

/** Room for what logSumExps reads, named by the params; 0 where it is not asked for. */
function placeStatistics(
  scope: Scope,
  { batches, heads, queries }: AttentionCall,
  params: Partial<Params>,
  logSumExp: boolean | undefined,
): number {
  if (!logSumExp) return 0;
  params.statistics = scope.allocate(8 * batches * heads * queries);
  params.statisticsBatch = 8 * heads * queries;
  params.statisticsHead = 8 * queries;
  return params.statistics;
}

/** The kernel with queries in lanes, on the operands that the params name. */
export async function runQueriesInLanes(scope: Scope, params: Partial<Params>): Promise<void> {
  const { engine } = scope;
  const { kernel, address, tasks, scratchSize } = placeLanes(scope, params);
  await engine.run(kernel, address, tasks, scope.allocate(scratchSize * engine.threads), scratchSize);
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
  const length = elementCount(dims);
  const pairs = engine.arena.float32(statistics, 2 * length);
  const data = new Float32Array(length);
  for (let i = 0; i < length; i++) data[i] = Math.log(pairs[2 * i + 1]!) + pairs[2 * i]! * Math.LN2;
  return { type: 'float32', data, dims };
}
