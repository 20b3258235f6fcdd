import { apartFrom, checkOut, type EngineTensor } from '../attention/engine-tensor.js';
import { isPlaced, placeTensor, Scope } from '../attention/placement.js';
import { type CheckedTensor, checkOptional, checkTensor, shapeOf, type Tensor } from '../attention/tensor.js';
import { FLOAT } from '../runtime/arena.js';
import { checkEngine, checkNames, shown } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import { CAUSAL_CONV_FIELDS, paramsBytes, writeParams } from './params.js';
import { checkApart, type FloatTensor, resultOf, stateAddress } from './result.js';
import { expectDims, FLOATING } from './shapes.js';

/** Inputs of the ONNX operator CausalConvWithState, version 27: float32, float16 or bfloat16. */
export interface CausalConvInputs {
  /** [batch, channels, length] */
  input: Tensor;
  /** [channels, 1, k] */
  weight: Tensor;
  /** [channels] */
  bias?: Tensor | undefined;
  /** What preceded the input, [batch, channels, k − 1]. Default: zeros. */
  pastState?: Tensor | undefined;
}

/** Options of `causalConv`. */
export interface CausalConvOptions {
  /** What is made of the sums; `silu`, x·sigmoid(x), is also called `swish`. Default `none`. */
  activation?: 'none' | 'silu' | 'swish' | undefined;
  /** Where to leave the output, instead of in a new array. */
  out?: EngineTensor | undefined;
  /** Where to leave the state; it may be `pastState` itself. */
  outState?: EngineTensor | undefined;
}

/** What `causalConv` returns. */
export interface CausalConvResult {
  /** As `input`, in its type. */
  output: FloatTensor;
  /** The last k − 1 positions of past and input, [batch, channels, k − 1]. */
  presentState: FloatTensor;
}

/** A checked call. */
export interface CausalConvCall {
  input: CheckedTensor;
  weight: CheckedTensor;
  bias: CheckedTensor | undefined;
  pastState: CheckedTensor | undefined;
  rows: number;
  channels: number;
  length: number;
  taps: number;
  silu: boolean;
  stateDims: readonly number[];
}

const INPUTS = ['input', 'weight', 'bias', 'pastState'];
const OPTIONS = ['activation', 'out', 'outState'];
const ACTIVATIONS = ['none', 'silu', 'swish'];
/** Positions of a task: enough that taking the next one costs nothing. */
const POSITIONS_PER_TASK = 16384;
/** Bytes of scratch memory of a thread beside the taps: see assembly/causal-conv.ts. */
const SCRATCH = 4 * 2056;

/**
 * Causal convolution of each channel for itself, with the last inputs as a state that the next call takes up: the ONNX
 * operator CausalConvWithState, version 27. Sums are float32.
 *
 * @throws TypeError or RangeError that names the argument, before anything is computed.
 * @throws MemoryLimitError when the engine may not take the memory that the call needs.
 * @see https://onnx.ai/onnx/operators/onnx__CausalConvWithState.html
 *
 * @example
 * const { output, presentState } = await causalConv(engine, { input, weight, bias }, { activation: 'silu' });
 */
export async function causalConv(
  engine: Engine,
  inputs: CausalConvInputs,
  options: CausalConvOptions = {},
): Promise<CausalConvResult> {
  checkEngine(engine);
  return engine.exclusive(async () => {
    checkNames('input', inputs, INPUTS);
    checkNames('option', options, OPTIONS);
    const call = checkCausalConv(inputs, options);
    const out = checkOut(engine, 'out', options.out, call.input.dims);
    const outState = checkOut(engine, 'outState', options.outState, call.stateDims);
    checkApart(out, outState);
    const { input, weight, bias, pastState } = call;
    const scope = new Scope(engine);
    try {
      const { output, state } = await runCausalConv(
        scope,
        call,
        apartFrom([input, weight, bias, pastState], out)?.data.byteOffset,
        stateAddress(outState, [input, weight, bias], pastState),
      );
      return {
        output: resultOf(engine, output, call.input.dims, call.input, out),
        presentState: resultOf(engine, state, call.stateDims, call.input, outState),
      };
    } finally {
      scope.release();
    }
  });
}

/** Checks a call, before anything is computed or any memory taken. */
export function checkCausalConv(
  inputs: CausalConvInputs,
  { activation = 'none' }: CausalConvOptions,
): CausalConvCall {
  if (!ACTIVATIONS.includes(activation)) {
    throw new RangeError(`activation: given ${shown(activation)}, expected one of ${ACTIVATIONS.join(', ')}`);
  }
  const input = checkTensor('input', inputs.input, FLOATING);
  if (input.dims.length !== 3) {
    throw new RangeError(`input: given dims ${shapeOf(input.dims)}, expected [batch, channels, length]`);
  }
  const [batches, channels, length] = input.dims as [number, number, number];
  const weight = checkTensor('weight', inputs.weight, FLOATING);
  const taps = weight.dims[2] ?? 0;
  if (weight.dims.length !== 3 || weight.dims[0] !== channels || weight.dims[1] !== 1 || taps < 1) {
    throw new RangeError(
      `weight: given dims ${shapeOf(weight.dims)}, expected [${channels}, 1, k], k from 1`,
    );
  }
  const bias = checkOptional('bias', inputs.bias, FLOATING);
  if (bias) expectDims('bias', bias, [[channels]]);
  const stateDims = [batches, channels, taps - 1];
  const pastState = checkOptional('pastState', inputs.pastState, FLOATING);
  if (pastState) expectDims('pastState', pastState, [stateDims]);
  const rows = batches * channels;
  return {
    input,
    weight,
    bias,
    pastState,
    rows,
    channels,
    length,
    taps,
    silu: activation !== 'none',
    stateDims,
  };
}

/** Runs a checked call. @returns where the output and the state lie */
export async function runCausalConv(
  scope: Scope,
  call: CausalConvCall,
  givenOutput?: number,
  givenState?: number,
): Promise<{ output: number; state: number }> {
  const { engine } = scope;
  const { input, weight, bias, pastState, rows, channels, length, taps, silu } = call;
  const copied = [input, weight, ...(bias ? [bias] : []), ...(pastState ? [pastState] : [])]
    .filter((tensor) => !isPlaced(engine, tensor))
    .reduce((sum, { data }) => sum + data.length, 0);
  const stateLength = rows * (taps - 1);
  const floats = copied + (givenOutput ? 0 : rows * length) + (givenState ? 0 : stateLength);
  engine.arena.require(FLOAT * (floats + engine.threads * taps) + engine.threads * SCRATCH);
  const output = givenOutput ?? scope.allocate(FLOAT * rows * length);
  const state = givenState ?? scope.allocate(FLOAT * stateLength);
  const rowsPerTask = Math.max(1, Math.ceil(POSITIONS_PER_TASK / Math.max(1, length)));
  const params = scope.allocate(paramsBytes(CAUSAL_CONV_FIELDS));
  writeParams(engine, params, CAUSAL_CONV_FIELDS, {
    ...{ rows, channels, length, taps, output, rowsPerTask },
    input: placeTensor(scope, input),
    weight: placeTensor(scope, weight),
    bias: bias ? placeTensor(scope, bias) : 0,
    past: pastState ? placeTensor(scope, pastState) : 0,
    present: state,
    silu: Number(silu),
  });
  const scratchSize = engine.kernels.causalConvScratch(params);
  const scratch = scope.allocate(engine.threads * scratchSize);
  await engine.run('causalConv', params, Math.ceil(rows / rowsPerTask), scratch, scratchSize);
  return { output, state };
}
