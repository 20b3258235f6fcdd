import type { Graph, Value } from '../onnx/graph.js';
import { mul, neg } from '../onnx/operators/arithmetic.js';
import { reduceSum } from '../onnx/operators/reduction.js';
import { HIDDEN, IMAGE_SIDE, network, type Variant } from './network.js';

/** Negative log-likelihood of a batch, weighted by the input `targets`; see {@link targetTensor}. */
export function trainingLoss(variant: Variant, batch: number, classes: number) {
  return (graph: Graph, parameters: Record<string, Value>): Value => {
    const images = graph.input('images', [batch, 1, IMAGE_SIDE, IMAGE_SIDE]);
    const targets = graph.input('targets', [batch, classes]);
    const dropout = graph.input('dropout', [batch, HIDDEN]);
    const logProbabilities = network(images, parameters, variant, dropout);
    return neg(reduceSum(mul(logProbabilities, targets), [0, 1]));
  };
}
