import { DataError } from '../data/error.js';
import type { Tensor } from '../onnx/graph.js';
import { inspectModel } from '../onnx/inspect.js';
import { Session } from '../onnx/session.js';
import { MEL_BINS } from './mel.js';
import { initialState } from './model/decoder-state.js';
import { type Decoder, decoders } from './model/recognizer.js';

/** What the decoder reads of a clip, and what it carries from token to token. Steps make new ones, and keep these. */
export interface DecoderState {
  readonly sound: Record<string, Tensor>;
  readonly memory: Record<string, Tensor>;
}

/** A trained system: writes down what is said in a spectrogram, token after token. */
export class Recognizer {
  readonly decoder: Decoder;
  readonly #encoder: Session;
  readonly #step: Session;

  private constructor(decoder: Decoder, encoder: Session, step: Session) {
    this.decoder = decoder;
    this.#encoder = encoder;
    this.#step = step;
  }

  /**
   * @param encoder,step models as encoderModel and decoderModel write them
   * @param source names the models in messages
   * @throws DataError when they are no such models, or not of one system
   */
  static async create(encoder: Uint8Array, step: Uint8Array, source: string): Promise<Recognizer> {
    const [decoder, other] = [encoder, step].map((bytes) => inspectModel(bytes, source).metadata.decoder);
    const known = decoders.find((name) => name === decoder);
    if (!known || other !== known)
      throw new DataError(`${source}: expected the encoder and the decoder of one speech recognizer`);
    return new Recognizer(known, await Session.create(encoder), await Session.create(step));
  }

  /** @param spectrogram frame after frame, [frames, 80]; an even number of frames */
  async listen(spectrogram: Float32Array): Promise<DecoderState> {
    const dims = [1, spectrogram.length / MEL_BINS, MEL_BINS];
    const sound = await this.#encoder.run({ spectrogram: { type: 'float32', data: spectrogram, dims } });
    return { sound, memory: initialState(this.decoder) };
  }

  /** Log-probabilities of all symbols to come after `token`, and the state then. */
  async next(
    { sound, memory }: DecoderState,
    token: number,
  ): Promise<{ logProbabilities: Float32Array; state: DecoderState }> {
    const input: Tensor = { type: 'int64', data: BigInt64Array.of(BigInt(token)), dims: [1, 1] };
    const { log_probabilities, ...rest } = await this.#step.run({ token: input, ...sound, ...memory });
    const names = Object.keys(memory).map((name): [string, Tensor] => [name, rest[`next ${name}`]!]);
    return {
      logProbabilities: log_probabilities!.data as Float32Array,
      state: { sound, memory: Object.fromEntries(names) },
    };
  }

  async release(): Promise<void> {
    await this.#encoder.release();
    await this.#step.release();
  }
}
