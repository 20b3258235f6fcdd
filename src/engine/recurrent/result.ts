import { apartFrom, type EngineTensor, overlaps, take } from '../attention/engine-tensor.js';
import { toBfloat16, toFloat16 } from '../attention/half-precision.js';
import type { CheckedTensor, Float32Tensor } from '../attention/tensor.js';
import type { Engine } from '../runtime/engine.js';

/** Numbers of 16 bits, as onnxruntime holds them. */
export interface HalfTensor {
  readonly type: 'float16' | 'bfloat16';
  readonly data: Uint16Array;
  readonly dims: readonly number[];
}

/** A result in the type that the operator's standard gives it: that of an input. */
export type FloatTensor = Float32Tensor | HalfTensor;

/** The tensor that was given to receive the result, or a copy of it in the type of `like`. */
export function resultOf(
  engine: Engine,
  address: number,
  dims: readonly number[],
  like: CheckedTensor,
  out: EngineTensor | undefined,
): FloatTensor {
  if (out) {
    const { data } = out;
    if (data.byteOffset !== address) data.set(engine.arena.float32(address, data.length));
    return out;
  }
  const floats = take(engine, address, dims);
  if (like.type === 'float32') return floats;
  const type = like.type as HalfTensor['type'];
  return { type, dims, data: Uint16Array.from(floats.data, type === 'float16' ? toFloat16 : toBfloat16) };
}

/** @throws RangeError where two results would have to lie in the same place */
export function checkApart(out: EngineTensor | undefined, outState: EngineTensor | undefined): void {
  if (out && outState && overlaps(out, [outState]))
    throw new RangeError('outState: shares memory with out, expected another tensor');
}

/** The address of the state, as `apartFrom` has it, which may be brought up to date where the past one lies, but not across it. */
export function stateAddress(
  outState: EngineTensor | undefined,
  inputs: readonly (CheckedTensor | undefined)[],
  past: CheckedTensor | undefined,
): number | undefined {
  const isPast =
    outState?.data.buffer === past?.data.buffer && outState?.data.byteOffset === past?.data.byteOffset;
  return apartFrom(isPast ? inputs : [...inputs, past], outState)?.data.byteOffset;
}
