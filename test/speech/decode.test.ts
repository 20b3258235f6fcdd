import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Graph } from '#hw2/onnx/graph.js';
import { writeModel } from '#hw2/onnx/model.js';
import { logSoftmax } from '#hw2/onnx/operators/reduction.js';
import { initialParameters, parameterTensors } from '#hw2/onnx/parameters.js';
import { Session } from '#hw2/onnx/session.js';
import { decode } from '#hw2/speech/decode.js';
import { MEL_BINS } from '#hw2/speech/mel.js';
import { encoder } from '#hw2/speech/model/encoder.js';
import { decoderModel, encoderModel } from '#hw2/speech/model/inference.js';
import { memoryOf } from '#hw2/speech/model/layers.js';
import {
  type Decoder,
  decoderNetworks,
  decoders,
  recognizerParameters,
} from '#hw2/speech/model/recognizer.js';
import { Recognizer } from '#hw2/speech/recognizer.js';
import { START_TOKEN } from '#hw2/speech/text.js';
import { Random } from '#hw2/statistics/random.js';
import { rejects } from '../rejects.js';

const test = suite('decoding');

const random = new Random(11);
const spectrogram = Float32Array.from({ length: 24 * MEL_BINS }, () => random.uniform(-1, 1));

const tokens = [START_TOKEN, ...Array.from({ length: 14 }, () => random.integer(35))];

function parametersOf(decoder: Decoder): Float32Array {
  return initialParameters(recognizerParameters(decoder), (low, high) => random.uniform(low, high));
}

/** Log-probabilities [tokens, 35] of what comes after each token, from the whole network at once. */
async function wholeNetwork(decoder: Decoder, flat: Float32Array): Promise<Float32Array> {
  const graph = new Graph();
  const tensors = Object.entries(parameterTensors(flat, recognizerParameters(decoder)));
  const p = Object.fromEntries(tensors.map(([name, tensor]) => [name, graph.constant(tensor, name)]));
  const dims = [1, spectrogram.length / MEL_BINS, MEL_BINS];
  const sound = graph.constant({ type: 'float32', data: spectrogram, dims });
  const ids = BigInt64Array.from(tokens, BigInt);
  const text = graph.constant({ type: 'int64', data: ids, dims: [1, tokens.length] });
  const cross = memoryOf(encoder(sound, p).states, p, 'cross');
  graph.output('result', logSoftmax(decoderNetworks[decoder](text, cross, p).logits));
  const session = await Session.create(writeModel(graph));
  const { data } = (await session.run({})).result!;
  await session.release();
  return data as Float32Array;
}

for (const decoder of decoders)
  test(`${decoder}: one step after the other with a cache gives what the whole network gives`, async () => {
    const flat = parametersOf(decoder);
    const expected = await wholeNetwork(decoder, flat);
    const recognizer = await open(decoder, flat);
    let state = await recognizer.listen(spectrogram);
    for (const [i, token] of tokens.entries()) {
      const step = await recognizer.next(state, token);
      const own = expected.subarray(i * 35, (i + 1) * 35);
      const error = Math.max(...step.logProbabilities.map((x, j) => Math.abs(x - own[j]!)));
      assert.ok(error < 1e-5, `after token ${i}: ${error}`);
      state = step.state;
    }
    await recognizer.release();
  });

/** A recognizer without ears: what comes next depends on the last token alone. */
function chain(transitions: Record<number, Record<number, number>>): Pick<Recognizer, 'next'> {
  return {
    next: async (state, token) => {
      const row = transitions[token] ?? {};
      const logProbabilities = Float32Array.from({ length: 35 }, (_, next) => Math.log(row[next] ?? 1e-9));
      return { logProbabilities, state };
    },
  };
}

test('greedy decoding takes the most probable token, a beam the more probable transcript', async () => {
  const recognizer = chain({
    0: { 9: 0.6, 10: 0.4 },
    9: { 11: 0.5, 1: 0.4 },
    10: { 1: 1 },
    11: { 1: 0.5, 9: 0.4 },
  });
  const start = { sound: {}, memory: {} };
  const greedy = await decode(recognizer, start);
  assert.equal(greedy.tokens, [0, 9, 11, 1]);
  const expected = [0.6, 0.5, 0.5].map((p) => Math.fround(Math.log(p)));
  assert.equal(greedy.logProbabilities, expected, 'each with that of its tokens');
  assert.equal(await decode(recognizer, start, 2), {
    tokens: [0, 10, 1],
    logProbabilities: [Math.fround(Math.log(0.4)), 0],
  });
});

test('a transcript without end stops at 99 tokens', async () => {
  const endless = chain({ 0: { 9: 1 }, 9: { 9: 1 } });
  const { tokens } = await decode(endless, { sound: {}, memory: {} });
  assert.equal(tokens, [0, ...Array.from({ length: 98 }, () => 9)]);
});

test('models that do not belong together are refused', async () => {
  const flats = { lstm: parametersOf('lstm'), attention: parametersOf('attention') };
  const mixed = Recognizer.create(
    encoderModel(flats.lstm, { decoder: 'lstm' }),
    decoderModel(flats.attention, { decoder: 'attention' }),
    'mixed',
  );
  await rejects(mixed, 'mixed: expected the encoder and the decoder of one speech recognizer');
  await rejects(Recognizer.create(Uint8Array.of(1, 2), Uint8Array.of(3), 'noise'), /noise/);
});

function open(decoder: Decoder, flat: Float32Array): Promise<Recognizer> {
  return Recognizer.create(encoderModel(flat, { decoder }), decoderModel(flat, { decoder }), 'test');
}

test.run();
