import { DYNAMIC, Graph, type Value } from '../onnx/graph.js';
import { writeModel } from '../onnx/model.js';
import { relu } from '../onnx/operators/activation.js';
import { mul } from '../onnx/operators/arithmetic.js';
import { conv, maxPool, type Pair } from '../onnx/operators/convolution.js';
import { flatten } from '../onnx/operators/layout.js';
import { gemm } from '../onnx/operators/product.js';
import { logSoftmax } from '../onnx/operators/reduction.js';
import { type Parameter, parameterTensors } from '../onnx/parameters.js';

/** How the image is made smaller: by the largest of 2×2 pixels, or by steps of two in the convolutions. */
export type Variant = 'maxpool' | 'stride';
export const variants: readonly Variant[] = ['maxpool', 'stride'];

/** Side of the square grey images, in pixels. */
export const IMAGE_SIDE = 28;
/** Units after the first linear layer, where dropout acts. */
export const HIDDEN = 320;

/** The parameters of either variant, in the order of the flat vector; 224,892 elements for four classes. */
export function networkParameters(classes: number): Parameter[] {
  return [
    ...convolution('conv1', 1, 8),
    ...convolution('conv2', 8, 16),
    ...linear('fc1', 576, HIDDEN),
    ...linear('fc2', HIDDEN, 120),
    ...linear('fc3', 120, classes),
  ];
}

function convolution(name: string, channels: number, filters: number): Parameter[] {
  const fanIn = channels * 9;
  return [
    { name: `${name}.weight`, dims: [filters, channels, 3, 3], fanIn },
    { name: `${name}.bias`, dims: [filters], fanIn },
  ];
}

function linear(name: string, fanIn: number, units: number): Parameter[] {
  return [
    { name: `${name}.weight`, dims: [fanIn, units], fanIn },
    { name: `${name}.bias`, dims: [units], fanIn },
  ];
}

/**
 * The network of the report's question 2.
 *
 * @param images [N, 1, 28, 28], pixels divided by 256
 * @param dropout factors of the hidden units [N, 320], for training only
 * @returns log-probabilities [N, classes]
 */
export function network(
  images: Value,
  parameters: Record<string, Value>,
  variant: Variant,
  dropout?: Value,
): Value {
  const p = (name: string) => parameters[name]!;
  const stride: Pair = variant === 'stride' ? [2, 2] : [1, 1];
  const pool = (x: Value) => (variant === 'maxpool' ? maxPool(x, [2, 2]) : x);

  const block1 = pool(relu(conv(images, p('conv1.weight'), p('conv1.bias'), { stride, padding: [1, 1] })));
  const block2 = pool(relu(conv(block1, p('conv2.weight'), p('conv2.bias'), { stride })));
  const hidden = relu(gemm(flatten(block2), p('fc1.weight'), p('fc1.bias')));
  const kept = dropout ? mul(hidden, dropout) : hidden;
  const hidden2 = relu(gemm(kept, p('fc2.weight'), p('fc2.bias')));
  return logSoftmax(gemm(hidden2, p('fc3.weight'), p('fc3.bias')));
}

/**
 * An ONNX model for inference: `images` [N, 1, 28, 28] to `log_probabilities` [N, classes].
 *
 * @param flat the trained parameters
 */
export function inferenceModel(
  flat: Float32Array,
  variant: Variant,
  classes: number,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const graph = new Graph();
  const images = graph.input('images', [DYNAMIC, 1, IMAGE_SIDE, IMAGE_SIDE]);
  const tensors = parameterTensors(flat, networkParameters(classes));
  const parameters = Object.entries(tensors).map(([name, tensor]) => [name, graph.constant(tensor, name)]);
  graph.output('log_probabilities', network(images, Object.fromEntries(parameters), variant));
  return writeModel(graph, metadata);
}
