import { join } from 'node:path';
import { attention, type Engine } from 'hw2-engine';
import { type Clip, readLjspeech } from '../../data/ljspeech.js';
import { readLimited } from '../../data/read.js';
import { inspectModel } from '../../onnx/inspect.js';
import { Session } from '../../onnx/session.js';
import { MEL_BINS } from '../../speech/mel.js';
import { encoderSegments } from '../../speech/model/segments.js';
import { readSound } from '../../speech/sound.js';
import { type FrontEnd, frontEndOf } from '../../speech/spectrogram.js';
import { weightDistance } from './weights.js';

/** Weights of softmax and of linear attention on the same queries and keys of a spoken sentence. */
export interface Matrices {
  id: string;
  sentence: string;
  L: number;
  D: number;
  /** Standard deviation of the scores, after the mean key is subtracted. */
  sigma: number;
  /** Softmax weights, [L, L]. */
  exact: Float32Array;
  taylor: {
    order: number;
    weights: Float32Array;
    /** Share of the weight that lies on other keys than in softmax, mean over rows. */
    distance: number;
  }[];
}

/** Attention of a sentence to itself: queries and keys are its log-mel spectrogram, two frames a position. */
export async function soundMatrices(
  engine: Engine,
  folder: string,
  orders: readonly number[],
): Promise<Matrices> {
  const { clip, spectrogram } = await firstSentence(folder, 'recorded');
  const x = positions(spectrogram);
  return { ...described(clip), ...(await matrices(engine, x, x, MEL_BINS, orders)) };
}

const MAX_ENCODER_BYTES = 100 * 2 ** 20;
/** Of longer sounds the beginning is shown. */
const MOST_POSITIONS = 256;

/** The first self-attention of a trained encoder on a sentence, head by head. @param model folder of the recognizer */
export async function encoderMatrices(
  engine: Engine,
  model: string,
  folder: string,
  orders: readonly number[],
): Promise<Matrices[]> {
  const path = join(model, 'encoder.onnx');
  const { weights, metadata } = inspectModel(await readLimited(path, MAX_ENCODER_BYTES), path);
  const { clip, spectrogram } = await firstSentence(folder, frontEndOf(metadata) ?? 'recorded');
  const session = await Session.create(encoderSegments(weights, path)[0]!);
  const dims = [1, spectrogram.length / MEL_BINS, MEL_BINS];
  const { query, key } = await session.run({ spectrogram: { type: 'float32', data: spectrogram, dims } });
  await session.release();
  const [, heads, length, headDim] = query!.dims as [number, number, number, number];
  const headOf = ({ data }: { data: unknown }, head: number) => {
    const start = head * length * headDim;
    return (data as Float32Array).slice(start, start + Math.min(length, MOST_POSITIONS) * headDim);
  };
  const found: Matrices[] = [];
  for (let head = 0; head < heads; head++) {
    const own = await matrices(engine, headOf(query!, head), headOf(key!, head), headDim, orders);
    found.push({ ...described(clip), ...own });
  }
  return found;
}

async function firstSentence(
  folder: string,
  frontEnd: FrontEnd,
): Promise<{ clip: Clip; spectrogram: Float32Array }> {
  const [clip] = await readLjspeech(folder);
  return { clip: clip!, spectrogram: (await readSound(clip!.audio, frontEnd)).spectrogram };
}

const described = ({ id, normalised }: Clip) => ({ id, sentence: normalised });

/** By our kernels: with the identity as values, the output is the matrix of weights itself. */
async function matrices(
  engine: Engine,
  q: Float32Array,
  k: Float32Array,
  D: number,
  orders: readonly number[],
) {
  const L = q.length / D;
  const identity = new Float32Array(L * L);
  for (let i = 0; i < L; i++) identity[i * L + i] = 1;
  const inputs = {
    q: { data: q, dims: [1, 1, L, D] },
    k: { data: k, dims: [1, 1, L, D] },
    v: { data: identity, dims: [1, 1, L, L] },
  };
  const weights = async (order?: number) => {
    const method = order === undefined ? {} : { method: 'taylor' as const, order };
    return (await attention(engine, inputs, method)).output.data as Float32Array;
  };
  const exact = await weights();
  const taylor: Matrices['taylor'] = [];
  for (const order of orders) {
    const own = await weights(order);
    taylor.push({ order, weights: own, distance: weightDistance(exact, own) / L });
  }
  return { L, D, sigma: scoreDeviation(q, k, D), exact, taylor };
}

/** The mean of every two frames, as many as are shown. */
function positions(spectrogram: Float32Array): Float32Array {
  const length = Math.min(MOST_POSITIONS, spectrogram.length / MEL_BINS / 2);
  return Float32Array.from({ length: length * MEL_BINS }, (_, i) => {
    const first = i + Math.floor(i / MEL_BINS) * MEL_BINS;
    return (spectrogram[first]! + spectrogram[first + MEL_BINS]!) / 2;
  });
}

/** Standard deviation of q·(k − mean k)/√D over all pairs. */
function scoreDeviation(q: Float32Array, k: Float32Array, D: number): number {
  const L = q.length / D;
  const mean = new Float64Array(D);
  k.forEach((value, i) => {
    mean[i % D]! += value / L;
  });
  let [sum, squares] = [0, 0];
  for (let i = 0; i < L; i++)
    for (let j = 0; j < L; j++) {
      let dot = 0;
      for (let d = 0; d < D; d++) dot += q[i * D + d]! * (k[j * D + d]! - mean[d]!);
      sum += dot / Math.sqrt(D);
      squares += dot ** 2 / D;
    }
  return Math.sqrt(squares / L ** 2 - (sum / L ** 2) ** 2);
}
