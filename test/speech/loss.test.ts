import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gradients } from '#hw2/onnx/autodiff.js';
import { Graph, type Tensor } from '#hw2/onnx/graph.js';
import { writeModel } from '#hw2/onnx/model.js';
import {
  initialParameters,
  parameterCount,
  parameterTensors,
  splitParameters,
} from '#hw2/onnx/parameters.js';
import { Session } from '#hw2/onnx/session.js';
import { batchTensors, type Utterance } from '#hw2/speech/batch.js';
import { transcriptLoss } from '#hw2/speech/decode.js';
import { type BatchShape, teacherForcedLoss } from '#hw2/speech/loss.js';
import { MEL_BINS } from '#hw2/speech/mel.js';
import { decoderModel, encoderModel } from '#hw2/speech/model/inference.js';
import { type Decoder, recognizerParameters, type System } from '#hw2/speech/model/recognizer.js';
import { Recognizer } from '#hw2/speech/recognizer.js';
import { encodeText } from '#hw2/speech/text.js';
import { Random } from '#hw2/statistics/random.js';

const test = suite('loss and gradients of all systems');

const systems: System[] = [
  { decoder: 'lstm' },
  { decoder: 'attention' },
  { decoder: 'attention', encoderAttention: 'taylor' },
];
const titleOf = ({ decoder, encoderAttention }: System) =>
  encoderAttention ? `${decoder}, ${encoderAttention} in the encoder` : decoder;

const random = new Random(3);
const utterance = (frames: number, text: string): Utterance => ({
  spectrogram: Float32Array.from({ length: frames * MEL_BINS }, () => random.uniform(-1, 1)),
  tokens: encodeText(text),
});
const utterances = [utterance(10, 'so, it'), utterance(6, 'be')];
const parametersOf = (decoder: Decoder) =>
  initialParameters(recognizerParameters(decoder), (low, high) => random.uniform(low, high));

/** The loss, and its gradient by the flat parameters, as functions of them. */
async function training(system: System, shape: BatchShape, clips: readonly Utterance[]) {
  const graph = new Graph();
  const parameters = recognizerParameters(system.decoder);
  const flat = graph.input('parameters', [parameterCount(parameters)]);
  const loss = teacherForcedLoss(system, shape)(graph, splitParameters(flat, parameters));
  graph.output('loss', loss);
  graph.output('gradient', gradients(loss, [flat])[0]!);
  const session = await Session.create(writeModel(graph));
  const inputs = batchTensors(clips, shape);
  return async (data: Float32Array) => {
    const parameter: Tensor = { type: 'float32', data, dims: [data.length] };
    const results = await session.run({ parameters: parameter, ...inputs });
    return { loss: Number(results.loss!.data[0]), gradient: results.gradient!.data as Float32Array };
  };
}

for (const system of systems) {
  const { decoder } = system;
  const title = titleOf(system);
  test(`${title}: the gradient by every parameter is that of central differences`, async () => {
    const flat = parametersOf(decoder);
    const evaluate = await training(system, { clips: 2, frames: 12, tokens: 9 }, utterances);
    const { gradient } = await evaluate(flat);
    const parameters = recognizerParameters(decoder);
    const moved = flat.slice();
    const [parts, movedParts] = [parameterTensors(gradient, parameters), parameterTensors(moved, parameters)];
    const origin = parameterTensors(flat, parameters);
    for (const { name } of parameters) {
      const slope = parts[name]!.data;
      const own = norm(slope);
      assert.ok(own > 1e-6, `${name}: gradient of length ${own}`);
      // Half along the gradient, so that the difference is far above rounding, and half anywhere.
      const noise = slope.map(() => random.normal());
      const other = norm(noise);
      const direction = slope.map((g, i) => g / own + noise[i]! / other);
      const expected = slope.reduce((sum, g, i) => sum + g * direction[i]!, 0);
      const at = async (distance: number) => {
        movedParts[name]!.data.set(origin[name]!.data.map((x, i) => x + distance * direction[i]!));
        return (await evaluate(moved)).loss;
      };
      const h = Math.min(0.1, 2e-3 / own);
      const near = (await at(h)) - (await at(-h));
      const far = (await at(2 * h)) - (await at(-2 * h));
      movedParts[name]!.data.set(origin[name]!.data);
      const difference = (8 * near - far) / (12 * h);
      assert.ok(
        Math.abs(difference - expected) <= 5e-3 * Math.abs(expected) + 1e-6 / h,
        `${name}: ${expected}, by differences ${difference}`,
      );
    }
  });

  test(`${title}: padding changes neither loss nor gradient`, async () => {
    const flat = parametersOf(decoder);
    const shape = { clips: 1, frames: 6, tokens: 9 };
    const alone = await (await training(system, shape, utterances.slice(1)))(flat);
    const padded = await (await training(system, { ...shape, frames: 40 }, utterances.slice(1)))(flat);
    assert.ok(Math.abs(alone.loss - padded.loss) < 1e-5, `${alone.loss}, padded ${padded.loss}`);
    const error = norm(alone.gradient.map((g, i) => g - padded.gradient[i]!));
    assert.ok(error < 1e-5 * norm(alone.gradient), `gradients differ by ${error}`);
  });

  test(`${title}: step after step with a cache gives the loss of the whole transcript at once`, async () => {
    const flat = parametersOf(decoder);
    const shape = { clips: 1, frames: 10, tokens: 12 };
    const whole = await (await training(system, shape, utterances.slice(0, 1)))(flat);
    const recognizer = await open(system, flat);
    const start = await recognizer.listen(utterances[0]!.spectrogram);
    const steps = await transcriptLoss(recognizer, start, utterances[0]!.tokens, shape.tokens);
    assert.ok(Math.abs(whole.loss - steps) < 1e-5, `${whole.loss}, in steps ${steps}`);
    await recognizer.release();
  });
}

function open(system: System, flat: Float32Array): Promise<Recognizer> {
  return Recognizer.create(encoderModel(flat, system), decoderModel(flat, system), 'test');
}

function norm(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
}

test.run();
