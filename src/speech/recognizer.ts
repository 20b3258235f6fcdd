import { DataError } from '../data/error.js';
import type { Tensor } from '../onnx/graph.js';
import { inspectModel, type ModelDescription } from '../onnx/inspect.js';
import { Session } from '../onnx/session.js';
import type { Calibration } from './confidence.js';
import { type KernelAttention, KernelEncoder } from './kernel-encoder.js';
import { MEL_BINS } from './mel.js';
import { alignmentModel } from './model/alignment.js';
import { decoderStates, initialState } from './model/decoder-state.js';
import { type EncoderAttention, encoderAttentions } from './model/encoder.js';
import { type Decoder, decoders, type System } from './model/recognizer.js';
import { type FrontEnd, frontEndOf } from './spectrogram.js';

/** What the decoder reads of a clip, and what it carries from token to token. Steps make new ones, and keep these. */
export interface DecoderState {
  readonly sound: Record<string, Tensor>;
  readonly memory: Record<string, Tensor>;
}

/** Order of the series that taylor encoders are trained with. */
const TRAINED_ORDER = 2;

/** A trained system: writes down what is said in a spectrogram, token after token. */
export class Recognizer {
  readonly decoder: Decoder;
  /** The self-attention that the encoder was trained with. */
  readonly encoderAttention: EncoderAttention;
  /** What the sound must have gone through before its spectrogram is made. */
  readonly frontEnd: FrontEnd;
  /** Of the confidence of words; older models have none. */
  readonly calibration: Calibration | undefined;
  readonly #encoder: Session | KernelEncoder;
  readonly #step: Session;
  /** The decoder's parameters by name, and what its model is called. */
  readonly #held: { weights: ModelDescription['weights']; source: string };

  private constructor(
    { decoder, encoderAttention, frontEnd }: Required<System>,
    calibration: Calibration | undefined,
    encoder: Session | KernelEncoder,
    step: Session,
    held: { weights: ModelDescription['weights']; source: string },
  ) {
    this.decoder = decoder;
    this.encoderAttention = encoderAttention;
    this.frontEnd = frontEnd;
    this.calibration = calibration;
    this.#encoder = encoder;
    this.#step = step;
    this.#held = held;
  }

  /**
   * @param encoder,step models as encoderModel and decoderModel write them
   * @param source names the models in messages
   * @param kernels computes the encoder's self-attention; ONNX Runtime does unless given
   * @throws DataError when they are no such models, or not of one system
   * @throws RangeError when the kernels cannot be had with this order
   */
  static async create(
    encoder: Uint8Array,
    step: Uint8Array,
    source: string,
    kernels?: KernelAttention,
  ): Promise<Recognizer> {
    const description = inspectModel(encoder, source);
    const stepDescription = inspectModel(step, source);
    const system = systemOf(description, stepDescription);
    if (!system)
      throw new DataError(`${source}: expected the encoder and the decoder of one speech recognizer`);
    const listening = kernels
      ? KernelEncoder.create(description.weights, source, {
          ...kernels,
          order: kernels.order ?? (system.encoderAttention === 'taylor' ? TRAINED_ORDER : undefined),
        })
      : Session.open(encoder, source);
    const calibration = parseCalibration(stepDescription.metadata, source);
    const { weights } = stepDescription;
    const sessions = [await listening, await Session.open(step, source)] as const;
    return new Recognizer(system, calibration, ...sessions, { weights, source });
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

  /**
   * Where the decoder looked in the sound while it wrote each token after the first: the weights of its cross-attention, mean of
   * both heads, [tokens − 1, positions]; a position is two frames.
   *
   * @param tokens from the start on
   * @throws DataError when the decoder's model does not hold the parameters by the names that training gives them
   */
  async align({ sound }: DecoderState, tokens: readonly number[]): Promise<Float32Array> {
    const { weights: held, source } = this.#held;
    // Each token but the last is what the next was written after.
    const length = tokens.length - 1;
    const session = await Session.create(alignmentModel(held, this.decoder, length, source));
    const data = BigInt64Array.from(tokens.slice(0, -1), BigInt);
    const { weights } = await session.run({ tokens: { type: 'int64', data, dims: [1, length] }, ...sound });
    await session.release();
    return meanOverHeads(weights!.data as Float32Array, weights!.dims[1]!);
  }

  async release(): Promise<void> {
    await this.#encoder.release();
    await this.#step.release();
  }
}

function meanOverHeads(data: Float32Array, heads: number): Float32Array {
  const size = data.length / heads;
  return Float32Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let head = 0; head < heads; head++) sum += data[head * size + i]!;
    return sum / heads;
  });
}

/** The system that both models are parts of, if there is one. Models before there was a choice say less of themselves. */
function systemOf(encoder: ModelDescription, step: ModelDescription): Required<System> | undefined {
  const belong =
    encoder.inputs[0]?.name === 'spectrogram' &&
    step.inputs[0]?.name === 'token' &&
    ['decoder', 'encoderAttention', 'frontEnd', 'parameters'].every(
      (key) => encoder.metadata[key] === step.metadata[key],
    );
  const decoder = decoders.find((name) => name === encoder.metadata.decoder);
  const states = decoder ? Object.keys(decoderStates[decoder]).map((name) => `next ${name}`) : [];
  const gives = ({ outputs }: ModelDescription, names: readonly string[]) =>
    names.every((name) => outputs.some((output) => output.name === name));
  if (!gives(encoder, ['key', 'value']) || !gives(step, ['log_probabilities', ...states])) return undefined;
  const named = encoder.metadata.encoderAttention ?? 'exact';
  // Models that were written before version 0.2 call exact attention softmax.
  const attention = named === 'softmax' ? 'exact' : named;
  const encoderAttention = encoderAttentions.find((name) => name === attention);
  const frontEnd = frontEndOf(encoder.metadata);
  return belong && decoder && encoderAttention && frontEnd
    ? { decoder, encoderAttention, frontEnd }
    : undefined;
}

/** The calibration that the metadata of a decoder holds, as calibrationMetadata writes it. */
function parseCalibration({ calibration }: Record<string, string>, source: string): Calibration | undefined {
  if (calibration === undefined) return undefined;
  const [bias, word, clip, ...rest] = calibration.split(' ').map(Number);
  if (![bias, word, clip].every(Number.isFinite) || rest.length > 0)
    throw new DataError(`${source}: calibration ${JSON.stringify(calibration)}, expected three numbers`);
  return { bias: bias!, word: word!, clip: clip! };
}

/** What keeps a calibration in the metadata of a decoder. */
export function calibrationMetadata(calibration: Calibration | undefined): Record<string, string> {
  if (!calibration) return {};
  const { bias, word, clip } = calibration;
  return { calibration: [bias, word, clip].join(' ') };
}
