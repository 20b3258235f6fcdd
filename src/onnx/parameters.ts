import { elementCount } from '../data/dims.js';
import type { Tensor, Value } from './graph.js';
import { reshape, split } from './operators/layout.js';

/** One of a network's parameter tensors. */
export interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  /** Inputs of one unit: PyTorch's default initialisation is uniform in ±1/√fanIn; Infinity for none. */
  readonly fanIn: number;
  /** Centre of the initialisation, 0 unless given; 1 for the weights of a normalisation. */
  readonly mean?: number;
}

/** Elements of all parameters together. */
export function parameterCount(parameters: readonly Parameter[]): number {
  return parameters.reduce((sum, parameter) => sum + sizeOf(parameter), 0);
}

/** Cuts the flat vector that holds all parameters into named values of a graph. */
export function splitParameters(flat: Value, parameters: readonly Parameter[]): Record<string, Value> {
  const parts = split(flat, parameters.map(sizeOf), 0);
  return Object.fromEntries(parameters.map(({ name, dims }, i) => [name, reshape(parts[i]!, dims)]));
}

/** Cuts the flat vector that holds all parameters into named tensors, without copying. */
export function parameterTensors(
  flat: Float32Array,
  parameters: readonly Parameter[],
): Record<string, Tensor<'float32'>> {
  let offset = 0;
  return Object.fromEntries(
    parameters.map((parameter) => {
      const data = flat.subarray(offset, offset + sizeOf(parameter));
      offset += data.length;
      return [parameter.name, { type: 'float32', data, dims: parameter.dims }];
    }),
  );
}

/**
 * A flat vector of parameters as PyTorch initialises its layers.
 *
 * @param uniform draws from [low, high)
 */
export function initialParameters(
  parameters: readonly Parameter[],
  uniform: (low: number, high: number) => number,
): Float32Array {
  const flat = new Float32Array(parameterCount(parameters));
  let offset = 0;
  for (const parameter of parameters) {
    const { fanIn, mean = 0 } = parameter;
    const bound = 1 / Math.sqrt(fanIn);
    const end = offset + sizeOf(parameter);
    while (offset < end) flat[offset++] = mean + uniform(-bound, bound);
  }
  return flat;
}

function sizeOf({ dims }: Parameter): number {
  return elementCount(dims);
}
