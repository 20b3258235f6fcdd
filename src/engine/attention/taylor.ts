import { shown } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import { formatBytes } from '../runtime/memory.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall } from './call.js';
import { checkOrder, DEFAULT_ORDER, featureDim, featureTable } from './feature-map.js';
import type { Computed, ComputeOptions } from './options.js';
import type { Scope } from './placement.js';

/** State of linear attention in the engine, all heads and batches together, may not take more. */
export const MAX_STATE_BYTES = 2 ** 31;

/** Below this, the denominator of linear attention has lost digits, or its weights have cancelled. */
const SMALL_DENOMINATOR = 0.1;

/** Values in a row of the engine's state. */
export function stateRow(valueDim: number): number {
  return Math.ceil(valueDim / 16) * 16;
}

/** Bytes of the engine's state of one head, both words of each sum: see assembly/taylor.ts. */
export function headStateBytes(headDim: number, valueDim: number, order: number): number {
  const words = featureDim(headDim, order) * (stateRow(valueDim) + 1);
  return 2 * Math.ceil((4 * words) / 64) * 64;
}

/**
 * @throws RangeError when the order is unknown or its state is beyond the limit; nothing is taken.
 *
 * @example
 * checkState(8, 64, 64, 2); // of 8 heads, with values of 64 numbers, order 2
 */
export function checkState(heads: number, headDim: number, valueDim: number, order: number): void {
  for (const [name, count] of Object.entries({ heads, headDim, valueDim }))
    if (!Number.isSafeInteger(count) || count < 0)
      throw new RangeError(`${name}: given ${shown(count)}, expected a whole number from 0`);
  const bytes = heads * headStateBytes(headDim, valueDim, checkOrder(order));
  if (bytes > MAX_STATE_BYTES) {
    throw new RangeError(
      `order: given ${order}, which for headDim ${headDim} has ${featureDim(headDim, order)} features and a state of ${formatBytes(bytes)}; expected at most ${formatBytes(MAX_STATE_BYTES)}`,
    );
  }
}

/** Places the table of features and returns the fields of the params that describe it. */
export function placeFeatures(scope: Scope, headDim: number, order: number): Partial<Params> {
  const { runs, blockStarts, weights } = featureTable(headDim, order);
  return {
    order,
    features: weights.length,
    blocks: blockStarts.length - 1,
    runs: scope.placeInts(runs),
    blockStarts: scope.placeInts(blockStarts),
    weights: scope.placeFloats(weights),
  };
}

/**
 * Into how many tasks to divide the work of each of `heads` heads, at most `most`. Each task packs all keys anew, so it is the smallest
 * number that gives all threads the same number of tasks; 1 where there are four heads a thread or more.
 */
export function partsFor({ threads }: Engine, heads: number, most: number): number {
  if (heads >= 4 * threads) return 1;
  let parts = 1;
  while ((heads * parts) % threads !== 0) parts++;
  return Math.max(1, Math.min(most, parts));
}

/**
 * Refuses what linear attention has no form for: what is not a function of q·k or of the key alone.
 * @throws RangeError that names the argument.
 *
 * @example
 * checkTaylor(checkCall({ q, k, v }, { isCausal: true }), { order: 2 }); // throws for softcap, windows, other masks
 */
export function checkTaylor(call: AttentionCall, options: ComputeOptions): void {
  checkLinear(call);
  if (call.after === 0 && options.subtractMeanKey) {
    throw new RangeError(
      'subtractMeanKey: the mean key of causal attention would show later keys to earlier queries',
    );
  }
  checkState(call.batches * call.kvHeads, call.headDim, call.valueDim, options.order ?? DEFAULT_ORDER);
}

/** Refuses what no form of linear attention has. @throws RangeError that names the argument. */
export function checkLinear({ mask, softcap, before, after }: AttentionCall): void {
  if (mask)
    throw new RangeError(
      'mask: linear attention has no form for a mask; padding can be given as nonpadKvSeqlen',
    );
  if (softcap > 0) throw new RangeError('softcap: linear attention has no form for it');
  if (before >= 0) throw new RangeError('leftWindowSize: linear attention cannot forget keys');
  if (after > 0) throw new RangeError('rightWindowSize: linear attention is causal or sees all keys');
}

/**
 * Bytes of state that a call takes, of every head, or of every thread where causal attention forgets it again; and of
 * the table of features.
 */
export function stateMemory(engine: Engine, call: AttentionCall, order = DEFAULT_ORDER): number {
  const { batches, kvHeads, headDim, valueDim, after } = call;
  const states = after === 0 ? engine.threads : batches * kvHeads;
  return states * headStateBytes(headDim, valueDim, order) + tableBytes(headDim, order);
}

/** Bytes of the table of features, at most: a weight for each, and runs of several. */
export const tableBytes = (headDim: number, order: number) => 8 * featureDim(headDim, order);

/** Runs linear attention on a call that passed `checkTaylor`, with its operands in place. */
export async function runTaylor(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  options: ComputeOptions,
): Promise<Pick<Computed, 'smallestDenominator' | 'warnings'>> {
  const { order = DEFAULT_ORDER } = options;
  const params = { ...operands, ...placeFeatures(scope, call.headDim, order) };
  if (options.initialState) {
    const { batches, heads, kvHeads, headDim, valueDim } = call;
    if (call.after !== 0)
      throw new RangeError('initialState: expected with isCausal; else append and query a state');
    Object.assign(
      params,
      await options.initialState.placedFor(scope.engine, {
        batches,
        heads,
        kvHeads,
        headDim,
        valueDim,
        order,
      }),
    );
  }
  const run = call.after === 0 ? runCausal : runDense;
  const smallestDenominator = await run(scope, call, params, options);
  return { smallestDenominator, warnings: taylorWarnings(order, smallestDenominator) };
}

/** @param smallestDenominator per key; NaN where an output is not finite */
export function taylorWarnings(order: number, smallestDenominator: number): string[] {
  const warnings: string[] = [];
  if (Number.isNaN(smallestDenominator)) {
    warnings.push(
      'the output holds NaN or infinity: q, k or v does, or powers of the scores are beyond float32',
    );
  }
  if (order % 2 === 1) warnings.push(`order ${order} is odd: a key can get a negative weight`);
  if (smallestDenominator < SMALL_DENOMINATOR) {
    warnings.push(
      `a denominator came down to ${smallestDenominator.toPrecision(2)} per key: weights cancel, results lose digits`,
    );
  }
  return warnings;
}

async function runDense(
  scope: Scope,
  call: AttentionCall,
  params: Partial<Params>,
  options: ComputeOptions,
): Promise<number> {
  const { engine } = scope;
  const { batches, kvHeads, headDim, valueDim } = call;
  const heads = batches * kvHeads;
  const stateStride = headStateBytes(headDim, valueDim, params.order!);
  const state = scope.allocate(heads * stateStride);
  engine.arena.bytes(state, heads * stateStride).fill(0);
  const parts = partsFor(engine, heads, params.blocks!);
  const centre = (options.subtractMeanKey ?? true) ? scope.allocate(4 * heads * headDim) : 0;
  const fields = { ...params, state, stateStride, parts, centre };
  const queryTasks = engine.kernels.taylorQueryTasks(scope.placeParams(fields));
  const { address: denominators, smallest } = placeDenominators(scope, queryTasks);
  const address = scope.placeParams({ ...fields, denominators });
  const scratchSize = engine.kernels.taylorScratch(address);
  const scratch = scope.allocate(scratchSize * engine.threads);
  if (centre) await engine.run('meanKey', address, heads, scratch, scratchSize);
  await engine.run('taylorState', address, heads * parts, scratch, scratchSize);
  await engine.run('taylorQuery', address, queryTasks, scratch, scratchSize);
  await engine.run('findNonFinite', address, heads, scratch, scratchSize);
  return smallest();
}

async function runCausal(scope: Scope, call: AttentionCall, params: Partial<Params>): Promise<number> {
  const { engine } = scope;
  const heads = call.batches * call.kvHeads;
  const parts = partsFor(engine, heads, Math.min(engine.threads, Math.ceil(call.valueDim / 16)));
  const tasks = heads * parts;
  const { address: denominators, smallest } = placeDenominators(scope, tasks);
  const address = scope.placeParams({ ...params, parts, denominators });
  const scratchSize = engine.kernels.taylorCausalScratch(address);
  const scratch = scope.allocate(scratchSize * engine.threads);
  await engine.run('taylorCausal', address, tasks, scratch, scratchSize);
  await engine.run('findNonFinite', address, heads, scratch, scratchSize);
  return smallest();
}

/** Room for the smallest denominator of each task. */
export function placeDenominators(scope: Scope, tasks: number) {
  const address = scope.allocate(4 * tasks);
  const { arena } = scope.engine;
  const [first, end] = [address / 4, address / 4 + tasks];
  const reset = () => arena.floats.fill(Number.POSITIVE_INFINITY, first, end);
  reset();
  return {
    address,
    reset,
    smallest() {
      let least = Number.POSITIVE_INFINITY;
      for (let i = first; i < end; i++) least = Math.min(least, arena.floats[i]!);
      return least;
    },
  };
}
