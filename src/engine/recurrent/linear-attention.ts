import { apartFrom, checkOut, type EngineTensor } from '../attention/engine-tensor.js';
import { isPlaced, placeTensor, Scope } from '../attention/placement.js';
import { type CheckedTensor, copyFloats, elementCount } from '../attention/tensor.js';
import { FLOAT } from '../runtime/arena.js';
import { checkEngine, checkNames } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import { paramsBytes, RECURRENT_FIELDS, writeParams } from './params.js';
import { checkApart, type FloatTensor, resultOf, stateAddress } from './result.js';
import {
  checkLinearAttention,
  type LinearAttentionAttributes,
  type LinearAttentionCall,
  type LinearAttentionInputs,
} from './shapes.js';

export interface LinearAttentionOptions extends LinearAttentionAttributes {
  /** Where to leave the output, instead of in a new array. */
  out?: EngineTensor | undefined;
  /** Where to leave the state; it may be `pastState` itself, which is then brought up to date in place. */
  outState?: EngineTensor | undefined;
}

/** What `linearAttention` returns. */
export interface LinearAttentionResult {
  /** [B, T, Hq·dv], of the type of `query`. */
  output: FloatTensor;
  /** [B, Hkv, dk, dv], of the type of `pastState`, or of `query` where none is given. */
  presentState: FloatTensor;
}

/** The inputs that have a row for each token. */
export const TOKEN_INPUTS: readonly string[] = ['query', 'key', 'value', 'decay', 'beta'];
const INPUTS = [...TOKEN_INPUTS, 'pastState'];
// biome-ignore format: attributes of the operator, then ours
const OPTIONS = ['qNumHeads', 'kvNumHeads', 'updateRule', 'scale', 'chunkSize', 'out', 'outState'];
/** Numbers of the state, times tokens, below which waking another thread takes longer than doing its work. */
const SMALL_WORK = 2 ** 17;
/** Columns of the values that a task has at least. */
const PANEL = 16;
/** Heads that a task works on by turns at most, and numbers of their states: these stay in the second-level cache. */
const TOGETHER = 4;
const STATES = 2 ** 17;

/**
 * Linear attention with a matrix as its state, which each token changes by a rule before the query reads it: the ONNX
 * operator LinearAttention, version 27, by chunks of tokens. Sums are float32. The result is that of the rule applied token
 * by token; a sequence may be cut anywhere and continued with the state of its first part.
 *
 * @throws TypeError or RangeError that names the argument, before anything is computed.
 * @throws MemoryLimitError when the engine may not take the memory that the call needs.
 * @see https://onnx.ai/onnx/operators/onnx__LinearAttention.html
 *
 * @example
 * const inputs = { query, key, value, decay, beta };
 * const { output, presentState } = await linearAttention(engine, inputs, { qNumHeads: 16, kvNumHeads: 4 });
 */
export async function linearAttention(
  engine: Engine,
  inputs: LinearAttentionInputs,
  options: LinearAttentionOptions,
): Promise<LinearAttentionResult> {
  checkEngine(engine);
  return engine.exclusive(async () => {
    checkNames('input', inputs, INPUTS);
    checkNames('option', options, OPTIONS);
    const call = checkLinearAttention(inputs, options);
    const out = checkOut(engine, 'out', options.out, call.outputDims);
    const outState = checkOut(engine, 'outState', options.outState, call.stateDims);
    checkApart(out, outState);
    const { query, key, value, decay, beta, pastState } = call;
    const ownTokens = [query, key, value, decay, beta];
    const scope = new Scope(engine);
    try {
      const { o, state } = await runLinearAttention(
        scope,
        call,
        apartFrom([...ownTokens, pastState], out)?.data.byteOffset,
        stateAddress(outState, ownTokens, pastState),
      );
      return {
        output: resultOf(engine, o, call.outputDims, call.query, out),
        presentState: resultOf(engine, state, call.stateDims, call.pastState ?? call.query, outState),
      };
    } finally {
      scope.release();
    }
  });
}

/**
 * Runs a checked call. Where addresses of the output and the state are not given, they are taken from the scope.
 * @returns where the output and the state lie
 */
export async function runLinearAttention(
  scope: Scope,
  call: LinearAttentionCall,
  givenOutput?: number,
  givenState?: number,
): Promise<{ o: number; state: number }> {
  const { engine } = scope;
  const { batches, heads, kvHeads, tokens, keyDim, valueDim, query, key, value, decay, beta } = call;
  const [outputLength, stateLength] = [elementCount(call.outputDims), elementCount(call.stateDims)];
  const copied = [query, key, value, ...(decay ? [decay] : []), ...(beta ? [beta] : [])]
    .filter((tensor) => !isPlaced(engine, tensor))
    .reduce((sum, { data }) => sum + data.length, 0);
  const floats = copied + (givenOutput ? 0 : outputLength) + (givenState ? 0 : stateLength);
  engine.arena.require(FLOAT * floats + engine.threads * scratchBound(keyDim, valueDim));
  const o = givenOutput ?? scope.allocate(FLOAT * outputLength);
  const state = givenState ?? scope.allocate(FLOAT * stateLength);
  placeState(engine, call.pastState, state, stateLength);
  const params = scope.allocate(paramsBytes(RECURRENT_FIELDS));
  const threads = batches * kvHeads * tokens * keyDim * valueDim < SMALL_WORK ? 1 : engine.threads;
  const parts = partsFor(threads, batches * kvHeads, valueDim);
  const together = parts > 1 ? 1 : headsTogether(threads, batches * kvHeads, keyDim * valueDim);
  writeParams(engine, params, RECURRENT_FIELDS, {
    ...{ batches, heads, headsPerGroup: heads / kvHeads, tokens, keyDim, valueDim, o, state },
    q: placeTensor(scope, query),
    k: placeTensor(scope, key),
    v: placeTensor(scope, value),
    decay: decay ? placeTensor(scope, decay) : 0,
    beta: beta ? placeTensor(scope, beta) : 0,
    ...{ decayDim: call.decayDim, betaHeads: call.betaHeads, scale: call.scale, parts, together },
  });
  const scratchSize = engine.kernels.recurrentScratch(params);
  const scratch = scope.allocate(threads * scratchSize);
  const tasks = Math.ceil((batches * kvHeads) / together) * parts;
  await engine.run('recurrent', params, tasks, scratch, scratchSize, threads);
  return { o, state };
}

/** At least what a thread needs of scratch memory: see assembly/recurrent-room.ts. */
function scratchBound(keyDim: number, valueDim: number): number {
  return 65536 + 4 * (7 * 64 * (keyDim + 16) + (160 + TOGETHER * keyDim) * (valueDim + 16));
}

/** The past, or zeros, where the kernels bring it up to date. */
function placeState(engine: Engine, past: CheckedTensor | undefined, address: number, length: number): void {
  if (past && isPlaced(engine, past) && past.data.byteOffset === address) return;
  const target = engine.arena.float32(address, length);
  if (past) copyFloats(past, 0, target);
  else target.fill(0);
}

/** Into how many ranges of columns a head is divided, so that all threads have as much to do. */
function partsFor(threads: number, heads: number, valueDim: number): number {
  if (heads % threads === 0 || heads >= 4 * threads) return 1;
  return Math.min(threads, Math.ceil(valueDim / PANEL));
}

/** How many heads a task takes, so that all threads have as many. */
function headsTogether(threads: number, heads: number, stateSize: number): number {
  let together = Math.min(TOGETHER, Math.max(1, Math.floor(STATES / stateSize)));
  while (threads > 1 && (heads / threads) % together !== 0 && together > 1) together--;
  return together;
}
