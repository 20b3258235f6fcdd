import { test } from 'uvu';
import type { Tensor, Value } from '#hw2/onnx/graph.js';
import { gelu, relu, sigmoid, tanh } from '#hw2/onnx/operators/activation.js';
import { add, div, exp, mul, neg, scale, sqrt, sub } from '#hw2/onnx/operators/arithmetic.js';
import { scaledDotProductAttention, taylorAttention } from '#hw2/onnx/operators/attention.js';
import { conv, maxPool } from '#hw2/onnx/operators/convolution.js';
import * as layout from '#hw2/onnx/operators/layout.js';
import { gemm, matmul } from '#hw2/onnx/operators/product.js';
import { lstm } from '#hw2/onnx/operators/recurrence.js';
import {
  layerNormalization,
  logSoftmax,
  reduceMean,
  reduceSum,
  softmax,
} from '#hw2/onnx/operators/reduction.js';
import { checkGradients, distinct, tensor } from './differences.js';

type Case = [name: string, build: (...inputs: Value[]) => Value, inputs: Tensor<'float32'>[]];

const positive = (dims: number[]) =>
  tensor(
    dims,
    tensor(dims, undefined, 5).data.map((x) => x / 2 + 2),
  );
const integers = (x: Value, list: number[], dims: number[]) =>
  x.graph.constant({ type: 'int64', data: BigInt64Array.from(list, BigInt), dims });

const fixed = (x: Value, dims: number[]) => x.graph.constant(tensor(dims, undefined, 7));

const cases: Case[] = [
  ['Add, broadcast both ways', add, [tensor([3, 1, 5]), tensor([2, 1])]],
  ['Sub, broadcast', sub, [tensor([5]), tensor([3, 5])]],
  ['Mul, broadcast', mul, [tensor([2, 3]), tensor([])]],
  ['Mul of a tensor by itself', (x) => mul(x, x), [tensor([7])]],
  ['Div, broadcast', div, [tensor([2, 1, 3]), positive([5, 1])]],
  ['Neg', neg, [tensor([3, 5])]],
  ['Exp', exp, [tensor([3, 5])]],
  ['Sqrt', sqrt, [positive([3, 5])]],
  ['Relu', relu, [distinct([3, 7])]],
  ['Sigmoid', sigmoid, [tensor([3, 5])]],
  ['Tanh', tanh, [tensor([3, 5])]],
  ['Gelu', gelu, [tensor([3, 7])]],
  ['ReduceSum', (x) => reduceSum(x, [0, 2]), [tensor([3, 5, 2])]],
  ['ReduceSum, dimensions kept', (x) => reduceSum(x, [-1], true), [tensor([3, 5])]],
  ['ReduceMean', (x) => reduceMean(x, [1]), [tensor([3, 5, 2])]],
  ['Softmax', (x) => softmax(x), [tensor([3, 5])]],
  ['Softmax along the first axis', (x) => softmax(x, 0), [tensor([3, 5])]],
  ['LogSoftmax', (x) => logSoftmax(x), [tensor([3, 5])]],
  ['LogSoftmax along a middle axis', (x) => logSoftmax(x, 1), [tensor([2, 5, 3])]],
  [
    'LayerNormalization',
    (...x) => layerNormalization(...three(x)),
    [scaled([3, 2, 7], 3), tensor([7]), tensor([7])],
  ],
  ['Reshape', (x) => layout.reshape(x, [5, 6]), [tensor([2, 3, 5])]],
  ['Flatten', layout.flatten, [tensor([2, 3, 5])]],
  ['Transpose', (x) => layout.transpose(x, [2, 0, 1]), [tensor([2, 3, 5])]],
  ['Expand', (x) => layout.expand(x, [4, 3, 5]), [tensor([3, 1])]],
  ['Concat', (a, b) => layout.concat([a, b, a], 1), [tensor([2, 3]), tensor([2, 1])]],
  ['Slice', (x) => layout.slice(x, -1, 2, 5), [tensor([3, 7])]],
  ['Pad', (x) => layout.pad(x, 0, 2, 1), [tensor([3, 5])]],
  ['Pad, an element taken away', (x) => layout.pad(x, 1, 1, -1), [tensor([2, 5])]],
  [
    'LSTM, from a state',
    (x, w, r, b) => lstm(x, w, r, b, { hidden: fixed(x, [1, 2, 3]), cell: fixed(x, [1, 2, 3]) }).sequence,
    [tensor([4, 2, 5]), tensor([1, 12, 5]), tensor([1, 12, 3]), tensor([1, 24])],
  ],
  [
    'LSTM, one step',
    (x, w, r, b) => lstm(x, w, r, b, { hidden: fixed(x, [1, 2, 3]), cell: fixed(x, [1, 2, 3]) }).sequence,
    [tensor([1, 2, 5]), tensor([1, 12, 5]), tensor([1, 12, 3]), tensor([1, 24])],
  ],
  ['Split, one part unused', (x) => mul(...ends(layout.split(x, [2, 3, 2], 1))), [tensor([3, 7])]],
  [
    'Gather, rows repeated',
    (x) => layout.gather(x, integers(x, [4, 0, 4, 1, 4, 2], [2, 3])),
    [tensor([5, 3])],
  ],
  ['Gemm', (...x) => gemm(...three(x)), [tensor([3, 5]), tensor([5, 2]), tensor([2])]],
  ['Gemm without c', (a, b) => gemm(a, b), [tensor([1, 5]), tensor([5, 7])]],
  [
    'Gemm, A transposed',
    (a, b) => gemm(a, b, undefined, { transposeA: true }),
    [tensor([5, 3]), tensor([5, 2])],
  ],
  [
    'Gemm, B transposed',
    (a, b) => gemm(a, b, undefined, { transposeB: true }),
    [tensor([3, 5]), tensor([2, 5])],
  ],
  [
    'Gemm, both transposed',
    (a, b) => gemm(a, b, undefined, { transposeA: true, transposeB: true }),
    [tensor([5, 3]), tensor([2, 5])],
  ],
  ['MatMul of batches', matmul, [tensor([2, 3, 5]), tensor([2, 5, 3])]],
  ['MatMul, one matrix for all', matmul, [tensor([2, 3, 5]), tensor([5, 3])]],
  ['MatMul, batches broadcast', matmul, [tensor([3, 1, 2, 5]), tensor([2, 5, 3])]],
  ['Conv', (...x) => conv(...three(x)), [tensor([2, 3, 5, 7]), tensor([2, 3, 3, 2]), tensor([2])]],
  ['Conv, padded', (...x) => conv(...three(x), { padding: [1, 2] }), convolved([1, 2, 5, 4], [3, 2, 3, 5])],
  [
    'Conv, stride 2, nothing left over',
    (...x) => conv(...three(x), { stride: [2, 2] }),
    convolved([2, 1, 7, 5], [2, 1, 3, 3]),
  ],
  [
    'Conv, stride 2, a row left over',
    (...x) => conv(...three(x), { stride: [2, 2] }),
    convolved([1, 2, 6, 8], [2, 2, 3, 3]),
  ],
  [
    'Conv, stride 2, padded, the left over within the padding',
    (...x) => conv(...three(x), { stride: [2, 2], padding: [1, 1] }),
    convolved([1, 1, 6, 8], [2, 1, 3, 3]),
  ],
  [
    'Conv, stride 3, padded, more left over than padding',
    (...x) => conv(...three(x), { stride: [3, 2], padding: [1, 0] }),
    convolved([1, 2, 6, 6], [2, 2, 3, 3]),
  ],
  ['MaxPool', (x) => maxPool(x, [2, 2]), [distinct([2, 2, 4, 6])]],
  ['MaxPool, rows and columns left out', (x) => maxPool(x, [2, 3]), [distinct([1, 3, 5, 7])]],
  [
    'attention',
    scaledDotProductAttention,
    [tensor([2, 1, 3, 5]), tensor([2, 1, 4, 5]), tensor([2, 1, 4, 3])],
  ],
  [
    'attention, masked',
    (q, k, v) =>
      scaledDotProductAttention(q, k, v, q.graph.constant(tensor([2, 3], [0, -1e9, -1e9, 0, 0, -1e9]))),
    [tensor([1, 2, 2, 3]), tensor([1, 2, 3, 3]), tensor([1, 2, 3, 5])],
  ],
  [
    'linear attention',
    (q, k, v) => taylorAttention(q, k, v),
    [tensor([1, 2, 2, 3]), tensor([1, 2, 3, 3]), tensor([1, 2, 3, 2])],
  ],
  [
    'linear attention, with padding',
    (q, k, v) => taylorAttention(q, k, v, q.graph.constant(tensor([1, 1, 3, 1], [1, 1, 0]))),
    [tensor([1, 2, 2, 3]), tensor([1, 2, 3, 3]), tensor([1, 2, 3, 2])],
  ],
  ['a chain with a value used twice', (x) => add(tanh(scale(x, 2)), mul(x, sigmoid(x))), [tensor([5])]],
];

for (const [name, build, inputs] of cases) test(name, () => checkGradients(build, inputs));

test.run();

function scaled(dims: number[], factor: number): Tensor<'float32'> {
  return tensor(
    dims,
    tensor(dims).data.map((x) => x * factor),
  );
}

function convolved(image: number[], weight: number[]): Tensor<'float32'>[] {
  return [tensor(image), tensor(weight, undefined, 3), tensor([weight[0]!])];
}

function three([a, b, c]: Value[]): [Value, Value, Value] {
  return [a!, b!, c!];
}

function ends(parts: readonly Value[]): [Value, Value] {
  return [parts[0]!, parts.at(-1)!];
}
