import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { annotateModel } from '#hw2/onnx/annotate.js';
import { gradients } from '#hw2/onnx/autodiff.js';
import { DYNAMIC, Graph, type Tensor } from '#hw2/onnx/graph.js';
import { inspectModel } from '#hw2/onnx/inspect.js';
import { writeModel } from '#hw2/onnx/model.js';
import { relu } from '#hw2/onnx/operators/activation.js';
import { add, mul } from '#hw2/onnx/operators/arithmetic.js';
import { conv, maxPool } from '#hw2/onnx/operators/convolution.js';
import { concat, flatten, reshape, slice, split, transpose } from '#hw2/onnx/operators/layout.js';
import { gemm, matmul } from '#hw2/onnx/operators/product.js';
import { reduceSum } from '#hw2/onnx/operators/reduction.js';
import { Session } from '#hw2/onnx/session.js';
import { tensor } from './differences.js';

test('metadata are added and replaced, and nothing else of a model changes', () => {
  const graph = new Graph();
  graph.output('y', relu(graph.input('x', [DYNAMIC, 3])));
  const model = writeModel(graph, { classes: '2', made: 'here' });
  const annotated = annotateModel(model, { classes: '3', calibration: '1 2 3' });
  assert.equal(inspectModel(annotated, 'm'), {
    ...inspectModel(model, 'm'),
    metadata: { made: 'here', classes: '3', calibration: '1 2 3' },
  });
});

test('a model keeps what its outputs need and nothing else', () => {
  const graph = new Graph();
  const x = graph.input('x', [DYNAMIC, 3]);
  const weight = graph.constant(tensor([3, 2]), 'weight');
  mul(x, graph.constant(tensor([3]), 'unused'));
  graph.output('y', gemm(x, weight));
  const description = inspectModel(writeModel(graph, { classes: '2' }), 'm');
  assert.equal(description, {
    inputs: [{ name: 'x', dims: [DYNAMIC, 3] }],
    outputs: [{ name: 'y', dims: [DYNAMIC, 2] }],
    weights: new Map([['weight', tensor([3, 2])]]),
    metadata: { classes: '2' },
  });
});

test('a dynamic first dimension takes any batch', async () => {
  const graph = new Graph();
  const x = graph.input('x', [DYNAMIC, 1, 4, 4]);
  graph.output('y', flatten(relu(maxPool(x, [2, 2]))));
  const session = await Session.create(writeModel(graph));
  for (const batch of [1, 5]) {
    const y = (await session.run({ x: tensor([batch, 1, 4, 4]) })).y as Tensor;
    assert.equal(y.dims, [batch, 4]);
  }
});

test('equal scalars and lists are stored once', () => {
  const graph = new Graph();
  assert.is(graph.scalar(2), graph.scalar(2));
  assert.is(graph.integers([1, 2]), graph.integers([1, 2]));
  assert.is.not(graph.integers([1, 2]), graph.integers([12]));
});

test('shapes that do not fit are refused where they are written', () => {
  const graph = new Graph();
  const a = graph.input('a', [2, 3]);
  const b = graph.input('b', [2, 4]);
  const image = graph.input('image', [DYNAMIC, 3, 8, 8]);
  const refused: [() => unknown, RegExp][] = [
    [() => add(a, b), /a \[2, 3\] and b \[2, 4\] cannot be broadcast/],
    [() => matmul(a, b), /matmul of a \[2, 3\] and b \[2, 4\]/],
    [() => gemm(a, b), /gemm of a/],
    [() => reshape(a, [4, 2]), /reshape of a \[2, 3\] to \[4, 2\]/],
    [() => reshape(image, [3]), /image \[N, 3, 8, 8\]: its size must be known/],
    [() => transpose(a, [0, 0]), /not a permutation/],
    [() => concat([a, b], 0), /other axes differ/],
    [() => slice(a, 1, 2, 4), /slice 2 to 4 of a \[2, 3\] along axis 1/],
    [() => split(a, [1, 1], 1), /split of a/],
    [() => reduceSum(a, [2]), /axis 2 of a \[2, 3\]/],
    [
      () => conv(image, graph.input('w', [4, 2, 3, 3]), b),
      /conv of image \[N, 3, 8, 8\] with w \[4, 2, 3, 3\]/,
    ],
    [() => maxPool(image, [9, 9]), /maxPool of image/],
  ];
  for (const [call, message] of refused) assert.throws(call, message);
});

test('an operator without a derivative is named with its node', () => {
  const graph = new Graph();
  const x = graph.input('x', [3]);
  const y = graph.apply('Floor', [x], [3]);
  assert.throws(() => gradients(reduceSum(y, [0]), [x]), /node Floor_0: operator Floor has no derivative/);
});

test('an operator without a derivative may stand where no gradient passes', () => {
  const graph = new Graph();
  const x = graph.input('x', [3]);
  const steps = graph.apply('Floor', [graph.input('other', [3])], [3]);
  assert.is(gradients(reduceSum(mul(x, steps), [0]), [x]).length, 1);
});

test('a loss that is no scalar, or does not depend on a parameter, is refused', () => {
  const graph = new Graph();
  const x = graph.input('x', [3]);
  const other = graph.input('other', [2]);
  assert.throws(() => gradients(x, [x]), /gradients of x \[3\]: expected a scalar/);
  assert.throws(() => gradients(reduceSum(x, [0]), [x, other]), /does not depend on other \[2\]/);
});

test('bytes that are no model are refused in one line', async () => {
  assert.throws(() => inspectModel(new Uint8Array(), 'm.onnx'), /m\.onnx: not an ONNX model/);
  assert.throws(() => inspectModel(Uint8Array.of(0xff, 0xff, 1), 'm.onnx'), /m\.onnx: not an ONNX model/);
});

test.run();
