/**
 * Causal convolution of each channel for itself: out[t] = bias + Σ_j weight[j]·x[t − (taps − 1) + j], where x before the
 * first position is the state that an earlier call left. Positions lie in lanes.
 */
import { exp } from './exp';
import { multiplyAdd } from './tile';

/** What a call asks for, written by src/engine/recurrent/params.ts. A row is one channel of one batch; all is float32. */
@unmanaged
export class CausalConvParams {
  rows: i32;
  channels: i32;
  length: i32;
  taps: i32;
  /** [rows][length] */
  input: usize;
  output: usize;
  /** [channels][taps] */
  weight: usize;
  /** [channels], or 0. */
  bias: usize;
  /** [rows][taps − 1]; `past` may be 0, for zeros, or the same as `present`. */
  past: usize;
  present: usize;
  /** 1: x·sigmoid(x) of the sums. */
  silu: i32;
  rowsPerTask: i32;
}

/** Positions between two copies of the input. */
const POSITIONS: i32 = 2048;

/** Bytes of scratch memory that one thread needs: a stretch of input with what precedes it, and room to read past its end. */
export function causalConvScratch(params: CausalConvParams): usize {
  return <usize>(params.taps + POSITIONS + 8) << 2;
}

export function causalConv(params: CausalConvParams, task: i32, scratch: usize): void {
  const first = task * params.rowsPerTask;
  const end = min(params.rows, first + params.rowsPerTask);
  for (let row = first; row < end; row++) convolveRow(params, row, scratch);
  if (params.silu) applySilu(params.output + rowBytes(first, params.length), rowBytes(end - first, params.length));
}

// @ts-ignore: decorator
@inline
function rowBytes(rows: i32, length: i32): usize { return <usize>rows * <usize>length << 2; }

function convolveRow(params: CausalConvParams, row: i32, scratch: usize): void {
  const before = <usize>(params.taps - 1) << 2;
  const channel = row % params.channels;
  const weight = params.weight + rowBytes(channel, params.taps);
  const bias: f32 = params.bias ? load<f32>(params.bias + (<usize>channel << 2)) : 0;
  const input = params.input + rowBytes(row, params.length);
  const output = params.output + rowBytes(row, params.length);
  if (params.past) memory.copy(scratch, params.past + <usize>row * before, before);
  else memory.fill(scratch, 0, before);
  for (let position = 0; position < params.length; position += POSITIONS) {
    const count = min(POSITIONS, params.length - position);
    const size = <usize>count << 2;
    const offset = <usize>position << 2;
    memory.copy(scratch + before, input + offset, size);
    convolve(scratch, weight, params.taps, bias, output + offset, count);
    // What precedes the next stretch; after the last one, the state.
    memory.copy(scratch, scratch + size, before);
  }
  memory.copy(params.present + <usize>row * before, scratch, before);
}

/** output[t] = bias + Σ_j weight[j]·x[t + j] for t < count. */
function convolve(x: usize, weight: usize, taps: i32, bias: f32, output: usize, count: i32): void {
  const start = f32x4.splat(bias);
  const end = weight + (<usize>taps << 2);
  const last = output + (<usize>count << 2);
  for (; output + 32 <= last; output += 32, x += 32) {
    let sum0 = start;
    let sum1 = start;
    let p = x;
    for (let w = weight; w < end; w += 4, p += 4) {
      const factor = v128.load32_splat(w);
      sum0 = multiplyAdd(factor, v128.load(p), sum0);
      sum1 = multiplyAdd(factor, v128.load(p, 16), sum1);
    }
    v128.store(output, sum0);
    v128.store(output, sum1, 16);
  }
  for (; output < last; output += 4, x += 4) {
    let sum = bias;
    let p = x;
    for (let w = weight; w < end; w += 4, p += 4) sum += load<f32>(w) * load<f32>(p);
    store<f32>(output, sum);
  }
}

/** x becomes x/(1 + e^−x), for `size` bytes of floats. */
function applySilu(p: usize, size: usize): void {
  const end = p + size;
  for (; p + 16 <= end; p += 16) v128.store(p, silu(v128.load(p)));
  for (; p < end; p += 4) store<f32>(p, f32x4.extract_lane(silu(v128.load32_splat(p)), 0));
}

// @ts-ignore: decorator
@inline
function silu(x: v128): v128 {
  return f32x4.div(x, f32x4.add(f32x4.splat(1), exp(f32x4.neg(x))));
}
