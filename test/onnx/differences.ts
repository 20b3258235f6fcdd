import * as assert from 'uvu/assert';
import { gradients } from '#hw2/onnx/autodiff.js';
import { Graph, type Tensor, type Value } from '#hw2/onnx/graph.js';
import { writeModel } from '#hw2/onnx/model.js';
import { mul } from '#hw2/onnx/operators/arithmetic.js';
import { reduceSum } from '#hw2/onnx/operators/reduction.js';
import { Session } from '#hw2/onnx/session.js';

/** A float32 tensor for tests: the values given, or pseudo-random ones in [-1, 1). */
export function tensor(dims: readonly number[], values?: ArrayLike<number>, seed = 1): Tensor<'float32'> {
  const size = dims.reduce((a, b) => a * b, 1);
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return {
    type: 'float32',
    data: Float32Array.from(values ?? { length: size }, values ? Number : random),
    dims,
  };
}

/** Values of either sign that keep their distance from zero and from one another, for functions with kinks. */
export function distinct(dims: readonly number[]): Tensor<'float32'> {
  const size = dims.reduce((a, b) => a * b, 1);
  const step = size % 7 === 0 ? 5 : 7;
  return tensor(
    dims,
    Array.from({ length: size }, (_, i) => (((i * step) % size) - size / 2 + 0.25) * 0.5),
  );
}

/**
 * Checks the gradients that autodiff appends for `build` against central differences of its value.
 *
 * The function's result is weighed with fixed numbers and summed in float64; the five-point stencil has an error of
 * order h⁴, so that float32 rounding (about 1e-7 / h) is what is left.
 */
export async function checkGradients(
  build: (...inputs: Value[]) => Value,
  tensors: readonly Tensor<'float32'>[],
): Promise<void> {
  const graph = new Graph();
  const inputs = tensors.map(({ dims }, i) => graph.input(`input${i}`, dims));
  const result = build(...inputs);
  const weights = tensor(result.dims, undefined, 99);
  const axes = [...result.dims.keys()];
  const loss = reduceSum(mul(result, graph.constant(weights)), axes);
  graph.output('result', result);
  gradients(loss, inputs).forEach((gradient, i) => {
    assert.equal(gradient.dims, inputs[i]!.dims, `dims of gradient ${i}`);
    graph.output(`gradient${i}`, gradient);
  });
  const session = await Session.create(writeModel(graph));
  const run = (at: readonly Tensor[]) =>
    session.run(Object.fromEntries(at.map((value, i) => [`input${i}`, value])));
  const value = async (at: readonly Tensor[]) => {
    const { data } = (await run(at)).result as Tensor<'float32'>;
    return data.reduce((sum, y, i) => sum + y * weights.data[i]!, 0);
  };

  const found = await run(tensors);
  assert.equal(found.result!.dims, [...result.dims], 'dims of the result');
  const h = 0.04;
  for (const [i, { data, dims, type }] of tensors.entries()) {
    const gradient = found[`gradient${i}`] as Tensor<'float32'>;
    for (let j = 0; j < data.length; j++) {
      const shifted = (steps: number) => {
        const moved = data.slice();
        moved[j]! += steps * h;
        return value(tensors.map((other, k) => (k === i ? { type, data: moved, dims } : other)));
      };
      const [ahead, behind] = [await shifted(1), await shifted(-1)];
      const [far, farBehind] = [await shifted(2), await shifted(-2)];
      const expected = (8 * (ahead - behind) - (far - farBehind)) / (12 * h);
      const error = Math.abs(gradient.data[j]! - expected);
      assert.ok(
        error <= 1e-4 * Math.max(1, Math.abs(expected)),
        `input ${i} element ${j}: gradient ${gradient.data[j]}, differences ${expected}`,
      );
    }
  }
  await session.release();
}
