import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Graph, type Tensor } from '#hw2/onnx/graph.js';
import { writeModel } from '#hw2/onnx/model.js';
import { adamw, sgd } from '#hw2/onnx/optimiser.js';
import { Session } from '#hw2/onnx/session.js';
import { tensor } from './differences.js';

const SIZE = 5;
const scalar = (value: number) => tensor([], [value]);

test('SGD takes one step against the gradient', async () => {
  const graph = new Graph();
  const [p, g, rate] = [graph.input('p', [SIZE]), graph.input('g', [SIZE]), graph.input('rate', [])] as const;
  graph.output('next', sgd().update({ parameters: p, moments: [] }, g, rate, rate).parameters);
  const session = await Session.create(writeModel(graph));
  const inputs = { p: tensor([SIZE]), g: tensor([SIZE], undefined, 2), rate: scalar(0.25) };
  const { next } = await session.run(inputs);
  assert.equal(
    next?.data,
    inputs.p.data.map((x, i) => x - 0.25 * inputs.g.data[i]!),
  );
});

test('SGD pulls towards zero with L2', async () => {
  const graph = new Graph();
  const [p, g, rate] = [graph.input('p', [SIZE]), graph.input('g', [SIZE]), graph.input('rate', [])] as const;
  graph.output('next', sgd({ l2: 0.5 }).update({ parameters: p, moments: [] }, g, rate, rate).parameters);
  const session = await Session.create(writeModel(graph));
  const zero = tensor([SIZE], new Float32Array(SIZE));
  const { next } = await session.run({ p: tensor([SIZE], [1, -2, 4, 0, 8]), g: zero, rate: scalar(0.25) });
  assert.equal(next?.data, Float32Array.of(0.875, -1.75, 3.5, 0, 7));
});

test('AdamW follows the published algorithm over 30 steps', async () => {
  const graph = new Graph();
  const [parameters, mean, square, gradient] = ['parameters', 'mean', 'square', 'gradient'].map((name) =>
    graph.input(name, [SIZE]),
  );
  const state = { parameters: parameters!, moments: [mean!, square!] };
  const next = adamw().update(state, gradient!, graph.input('rate', []), graph.input('step', []));
  const results = { parameters: next.parameters, mean: next.moments[0]!, square: next.moments[1]! };
  for (const [name, value] of Object.entries(results)) graph.output(`next ${name}`, value);
  const session = await Session.create(writeModel(graph));

  const [b1, b2, epsilon, decay] = [0.9, 0.999, 1e-8, 0.01];
  let run: Record<string, Tensor> = {
    parameters: tensor([SIZE]),
    mean: tensor([SIZE], new Float32Array(SIZE)),
    square: tensor([SIZE], new Float32Array(SIZE)),
  };
  const theta = Array.from(run.parameters!.data, Number);
  const [m, v] = [Array(SIZE).fill(0), Array(SIZE).fill(0)];
  for (let step = 1; step <= 30; step++) {
    const rate = 0.1 / step;
    const g = tensor([SIZE], undefined, step);
    const out = await session.run({ ...run, gradient: g, rate: scalar(rate), step: scalar(step) });
    run = Object.fromEntries(Object.keys(run).map((name) => [name, out[`next ${name}`]!]));
    for (let i = 0; i < SIZE; i++) {
      theta[i]! -= rate * decay * theta[i]!;
      m[i] = b1 * m[i] + (1 - b1) * g.data[i]!;
      v[i] = b2 * v[i] + (1 - b2) * g.data[i]! ** 2;
      theta[i]! -= (rate * (m[i] / (1 - b1 ** step))) / (Math.sqrt(v[i] / (1 - b2 ** step)) + epsilon);
    }
  }
  theta.forEach((expected, i) => {
    assert.ok(
      Math.abs(Number(run.parameters!.data[i]) - expected) < 1e-5,
      `${run.parameters!.data[i]} ${expected}`,
    );
  });
});

test.run();
