import { checkFlag, checkNames, shown } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall, AttentionInputs } from './call.js';
import { runCausalExpansion } from './causal-centroids.js';
import { checkExpansion, type Expansion, expansionBytes, expansionOf, runExpansion } from './centroids.js';
import { apartFrom, checkOut, type EngineTensor, take } from './engine-tensor.js';
import { compareRows, type MeasuredError } from './error.js';
import { exactBytes, runExact } from './exact.js';
import { causalBlock } from './expansion-cost.js';
import type { Computed, ComputeOptions, Method } from './options.js';
import { operandBytes, placeCall, Scope } from './placement.js';
import { drawRows } from './row-sample.js';
import { exactRows, outputRows, sampleBytes } from './sampled-rows.js';
import { checkCall } from './shapes.js';
import { checkTaylor, runTaylor, stateMemory } from './taylor.js';

/**
 * Bytes that a call is taken to need beside its operands for each thread and each 256 dimensions of a head, begun ones included: an upper
 * limit of what the kernels need as scratch memory and of the small tables that are placed with it.
 */
const THREAD_OVERHEAD = { exact: 2 ** 19, taylor: 5 * 2 ** 18 } as const;

// biome-ignore format: inputs of the operator, then ours
const OPTIONS = [
  'qNumHeads', 'kvNumHeads', 'scale', 'softcap', 'isCausal', 'leftWindowSize', 'rightWindowSize',
  'order', 'subtractMeanKey', 'initialState', 'centroids', 'near', 'subtractMeanQuery', 'measureError', 'out', 'present', 'qkMatmulOutputMode', 'logSumExp',
];
/** Options that are true or false. */
export const FLAGS = [
  'subtractMeanKey',
  'subtractMeanQuery',
  'measureError',
  'present',
  'logSumExp',
] as const;
const INPUTS = ['q', 'k', 'v', 'mask', 'pastKey', 'pastValue', 'nonpadKvSeqlen'];

/** Attention by one of the methods; see `attention`. */
export function compute(
  engine: Engine,
  inputs: AttentionInputs,
  method: Method,
  options: ComputeOptions,
): Promise<Computed> {
  return engine.exclusive(async () => {
    checkNames('input', inputs, INPUTS);
    return computeCall(engine, checkCall(inputs, options), method, options);
  });
}

/** A checked call, on an engine that does nothing else meanwhile. */
export function computeCall(
  engine: Engine,
  call: AttentionCall,
  method: Method,
  options: ComputeOptions,
): Promise<Computed> {
  checkComputation(engine, call, method, options);
  return computeChecked(engine, call, method, options);
}

/** What `checkComputation` allows. */
export async function computeChecked(
  engine: Engine,
  call: AttentionCall,
  method: Method,
  options: ComputeOptions,
): Promise<Computed> {
  const concatenated = isConcatenated(call, options);
  const present = options.present ?? call.pastKey !== undefined;
  const inPlace = outInPlace(call, options);
  const scope = new Scope(engine);
  try {
    const placement = placeCall(scope, call, concatenated, inPlace);
    const expansion = method === 'taylor' ? expansionOf(options) : undefined;
    const outcome = expansion
      ? await (call.after === 0 ? runCausalExpansion : runExpansion)(scope, call, placement.params, expansion)
      : method === 'exact'
        ? await runExact(scope, call, placement.params, options)
        : await runTaylor(scope, call, placement.params, options);
    const { batches, kvHeads, keys, headDim, valueDim } = call;
    const error =
      options.measureError && method === 'taylor'
        ? await measureError(scope, call, placement.params, expansion)
        : undefined;
    // `out` may lie where an input does, so it is written when nothing reads the inputs any more.
    if (options.out && !inPlace) {
      const { address, length } = placement.output;
      options.out.data.set(engine.arena.float32(address, length));
    }
    const computed: Computed = Object.assign(outcome, {
      output: options.out ?? take(engine, placement.output.address, call.outputDims),
    });
    if (present) {
      computed.presentKey = take(engine, placement.present.key, [batches, kvHeads, keys, headDim]);
      computed.presentValue = take(engine, placement.present.value, [batches, kvHeads, keys, valueDim]);
    }
    if (error) computed.error = error;
    return computed;
  } finally {
    scope.release();
  }
}

function outInPlace(call: AttentionCall, { out }: ComputeOptions): EngineTensor | undefined {
  const { q, k, v, pastKey, pastValue, mask } = call;
  return apartFrom([q, k, v, pastKey, pastValue, mask?.tensor], out);
}

/** The distance of an output to softmax, on some rows. */
async function measureError(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  expansion: Expansion | undefined,
): Promise<MeasuredError> {
  const block = expansion && call.after === 0 ? causalBlock(call, expansion) : undefined;
  const sample = await drawRows(scope, call, operands, block);
  const softmax = await exactRows(scope, call, operands, sample);
  return compareRows(outputRows(scope, call, operands, sample), softmax, call.valueDim, sample.chances);
}

/** Whether keys and values are placed anew, after those of the past. */
function isConcatenated(
  call: AttentionCall,
  { present = call.pastKey !== undefined }: ComputeOptions,
): boolean {
  return present || call.past > 0;
}

/** @throws TypeError, RangeError or MemoryLimitError where a checked call cannot be computed so; nothing is taken. */
export function checkComputation(
  engine: Engine,
  call: AttentionCall,
  method: Method,
  options: ComputeOptions,
): void {
  checkNames('option', options, OPTIONS);
  for (const name of FLAGS) checkFlag(name, options[name]);
  checkOut(engine, 'out', options.out, call.outputDims);
  checkMode(method, options);
  const { initialState } = options;
  if (initialState !== undefined && initialState !== null && typeof initialState.placedFor !== 'function')
    throw new TypeError('initialState: expected what createState or loadState made');
  if (options.measureError && options.initialState)
    throw new RangeError('measureError: the keys of initialState are not known any more');
  const expansion = method === 'taylor' ? expansionOf(options) : undefined;
  if (options.initialState && (method === 'exact' || expansion))
    throw new RangeError(
      'initialState: expected with method "taylor" about one centroid, which alone has a state',
    );
  if (expansion) checkExpansion(call, expansion);
  else if (method === 'taylor') checkTaylor(call, options);
  const extra = expansion
    ? expansionBytes(engine.threads, call, expansion)
    : method === 'exact'
      ? exactBytes(engine, [call], options)
      : stateMemory(engine, call, options.order);
  const compared = options.measureError && method === 'taylor' ? sampleBytes(call) : 0;
  const { headDim, valueDim } = call;
  const overhead = engine.threads * THREAD_OVERHEAD[method] * Math.ceil(Math.max(headDim, valueDim) / 256);
  engine.arena.require(
    operandBytes(engine, call, isConcatenated(call, options), outInPlace(call, options)) +
      extra +
      compared +
      overhead,
  );
}

function checkMode(method: Method, { qkMatmulOutputMode: mode, logSumExp }: ComputeOptions): void {
  if (logSumExp && method === 'taylor')
    throw new RangeError('logSumExp: linear attention forms no exponentials');
  if (mode === undefined) return;
  if (![0, 1, 2, 3].includes(mode))
    throw new RangeError(`qkMatmulOutputMode: given ${shown(mode)}, expected 0, 1, 2 or 3`);
  if (method === 'taylor')
    throw new RangeError('qkMatmulOutputMode: linear attention forms no matrix of scores');
}
