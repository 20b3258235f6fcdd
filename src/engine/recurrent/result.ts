import { type EngineTensor, take } from '../attention/engine-tensor.js';
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
  if (out) return out;
  const floats = take(engine, address, dims);
  if (like.type === 'float32') return floats;
  const type = like.type as HalfTensor['type'];
  return { type, dims, data: Uint16Array.from(floats.data, type === 'float16' ? toFloat16 : toBfloat16) };
}
