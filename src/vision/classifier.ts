import { DataError } from '../data/error.js';
import { type LabelledImages, MAX_CLASSES } from '../data/image-set.js';
import { DYNAMIC } from '../onnx/graph.js';
import { inspectModel, type ModelDescription } from '../onnx/inspect.js';
import { Session } from '../onnx/session.js';
import { imageTensor } from './batch.js';
import { IMAGE_SIDE } from './network.js';
import { parseTrust, type Trust } from './trust.js';

/** Images that go through the network together; larger batches are no faster here. */
const BATCH = 64;

/** A trained network that tells the class of grey 28×28 images. */
export class Classifier {
  readonly model: ModelDescription;
  readonly classes: number;
  /** How far it can be trusted, where the model says so. */
  readonly trust: Trust | undefined;
  readonly #source: string;
  readonly #session: Session;

  private constructor(model: ModelDescription, source: string, session: Session) {
    this.model = model;
    this.#source = source;
    this.classes = model.outputs[0]!.dims[1]!;
    this.trust = parseTrust(model.metadata, source);
    this.#session = session;
  }

  /** How many numbers the network learned. */
  get parameters(): number {
    return [...this.model.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  }

  /**
   * @param source names the model in messages
   * @throws DataError when the model is not one from images [N, 1, 28, 28] to log-probabilities [N, classes]
   */
  static async create(bytes: Uint8Array, source: string): Promise<Classifier> {
    const model = inspectModel(bytes, source);
    const [input, output] = [model.inputs[0], model.outputs[0]];
    const expected = [DYNAMIC, 1, IMAGE_SIDE, IMAGE_SIDE];
    const fits =
      model.inputs.length === 1 &&
      input?.name === 'images' &&
      expected.every((dim, i) => input.dims[i] === dim);
    if (!fits || output?.dims.length !== 2 || output.dims[1]! < 2 || output.dims[1]! > MAX_CLASSES)
      throw new DataError(
        `${source}: not a classifier of images; expected images [N, 1, 28, 28] to [N, classes]`,
      );
    return new Classifier(model, source, await Session.open(bytes, source));
  }

  /**
   * Log-probabilities of all images, [count, classes], in batches.
   *
   * @throws DataError when the model gives something else, or no numbers, as one whose training diverged does
   */
  async logProbabilities(set: LabelledImages): Promise<Float32Array> {
    const count = set.labels.length;
    const scores = new Float32Array(count * this.classes);
    for (let start = 0; start < count; start += BATCH) {
      const indices = Array.from({ length: Math.min(BATCH, count - start) }, (_, i) => start + i);
      const results = await this.#session.run({ images: imageTensor(set, indices) });
      const data = results.log_probabilities?.data;
      if (!(data instanceof Float32Array) || data.length !== indices.length * this.classes)
        throw new DataError(`${this.#source}: its output is not log_probabilities [N, ${this.classes}]`);
      if (data.some(Number.isNaN))
        throw new DataError(
          `${this.#source}: it gives NaN for images; its weights are no numbers, or its training diverged`,
        );
      scores.set(data, start * this.classes);
    }
    return scores;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}
