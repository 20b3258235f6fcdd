import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createEngine, type Engine } from '#engine/runtime/engine.js';
import { DataError } from '#hw2/data/error.js';
import { Graph, type Tensor } from '#hw2/onnx/graph.js';
import { inspectModel } from '#hw2/onnx/inspect.js';
import { writeModel } from '#hw2/onnx/model.js';
import { initialParameters } from '#hw2/onnx/parameters.js';
import { Session } from '#hw2/onnx/session.js';
import { decode } from '#hw2/speech/decode.js';
import { KernelEncoder } from '#hw2/speech/kernel-encoder.js';
import { MEL_BINS, PROTOCOL_FRAMES } from '#hw2/speech/mel.js';
import { decoderModel, encoderModel } from '#hw2/speech/model/inference.js';
import { recognizerParameters, type System } from '#hw2/speech/model/recognizer.js';
import { Recognizer } from '#hw2/speech/recognizer.js';
import { Random } from '#hw2/statistics/random.js';
import { rejects } from '../rejects.js';

const test = suite<{ engine: Engine }>('our kernels in the encoder');
test.before(async (context) => {
  context.engine = await createEngine();
});
test.after(({ engine }) => engine.dispose());

const random = new Random(17);
const noise = (frames: number): Tensor<'float32'> => ({
  type: 'float32',
  data: Float32Array.from({ length: frames * MEL_BINS }, () => random.uniform(-1, 1)),
  dims: [1, frames, MEL_BINS],
});
/** Larger than at the start of training, so that scores are as far from 0 as trained ones. */
const parametersOf = ({ decoder }: System) =>
  initialParameters(recognizerParameters(decoder), (low, high) => random.uniform(2 * low, 2 * high));

/** Largest distance, relative to the largest element. */
function distance(a: Record<string, Tensor>, b: Record<string, Tensor>): number {
  const distances = ['key', 'value'].map((name) => {
    const [x, y] = [a[name]!.data as Float32Array, b[name]!.data as Float32Array];
    assert.is(x.length, y.length);
    const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0) / largest;
  });
  return Math.max(...distances);
}

const systems: System[] = [{ decoder: 'attention' }, { decoder: 'lstm', encoderAttention: 'taylor' }];
for (const system of systems) {
  const { encoderAttention = 'exact' } = system;
  test(`${encoderAttention}: keys and values are those of the whole encoder, at any length`, async ({
    engine,
  }) => {
    const model = encoderModel(parametersOf(system), system);
    const order = encoderAttention === 'taylor' ? 2 : undefined;
    const whole = await Session.create(model);
    const cut = await KernelEncoder.create(inspectModel(model, 'test').weights, 'test', { engine, order });
    for (const frames of [2, 4, 58, 802, PROTOCOL_FRAMES]) {
      const inputs = { spectrogram: noise(frames) };
      const error = distance(await whole.run(inputs), await cut.run(inputs));
      assert.ok(error < 1e-5, `${frames} frames: ${error}`);
    }
    await Promise.all([whole.release(), cut.release()]);
  });

  test(`${encoderAttention}: transcripts are the same, token for token`, async ({ engine }) => {
    const flat = parametersOf(system);
    const [encoder, step] = [encoderModel(flat, system), decoderModel(flat, system)];
    const native = await Recognizer.create(encoder, step, 'native');
    const own = await Recognizer.create(encoder, step, 'own', { engine });
    for (const frames of [120, 510]) {
      const { data } = noise(frames);
      const { tokens } = await decode(native, await native.listen(data));
      assert.equal((await decode(own, await own.listen(data))).tokens, tokens);
    }
    await Promise.all([native.release(), own.release()]);
  });
}

test('linear attention in a model trained with softmax is that of a model trained with it', async ({
  engine,
}) => {
  const flat = parametersOf({ decoder: 'lstm' });
  const model = encoderModel(flat, { decoder: 'lstm' });
  const { weights } = inspectModel(model, 'softmax');
  const trained = await Session.create(encoderModel(flat, { decoder: 'lstm', encoderAttention: 'taylor' }));
  const replaced = await KernelEncoder.create(weights, 'test', { engine, order: 2 });
  const softmax = await Session.create(model);
  const inputs = { spectrogram: noise(300) };
  const found = await replaced.run(inputs);
  const error = distance(await trained.run(inputs), found);
  assert.ok(error < 1e-5, String(error));
  const change = distance(await softmax.run(inputs), found);
  assert.ok(change > 1e-4, `no other operator than softmax: ${change}`);
});

test('what linear attention warns of is told once', async ({ engine }) => {
  const { weights } = inspectModel(encoderModel(parametersOf({ decoder: 'lstm' }), { decoder: 'lstm' }), '');
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const odd = await KernelEncoder.create(weights, 'test', { engine, order: 1, onWarning });
  await odd.run({ spectrogram: noise(20) });
  await odd.run({ spectrogram: noise(20) });
  assert.equal(warnings, ['order 1 is odd: a key can get a negative weight']);
});

test('an order too high, and a model that is no encoder of ours, are refused', async ({ engine }) => {
  const { weights } = inspectModel(encoderModel(parametersOf({ decoder: 'lstm' }), { decoder: 'lstm' }), '');
  await rejects(KernelEncoder.create(weights, 'a', { engine, order: 4 }), 'order: given 4', RangeError);
  weights.delete('encoder.1.attention.query.bias');
  const message = 'a: its encoder has no parameter encoder.1.attention.query.bias [200]';
  await rejects(KernelEncoder.create(weights, 'a', { engine }), message, DataError);
  const other = new Graph();
  other.output('key', other.input('spectrogram', [1, 2, MEL_BINS]));
  const foreign = writeModel(other, { decoder: 'lstm' });
  await rejects(Recognizer.create(foreign, foreign, 'b'), 'b: expected the encoder', DataError);
});

test.run();
