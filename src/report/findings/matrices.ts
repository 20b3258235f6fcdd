import { attention } from '../../attention/attention.js';
import { MAX_HEAD_DIM } from '../../attention/shapes.js';
import { readLjspeech } from '../../data/ljspeech.js';
import { readWav } from '../../data/wav-file.js';
import type { Engine } from '../../engine/engine.js';
import { MEL_BINS } from '../../speech/mel.js';
import { spectrogramOf } from '../../speech/spectrogram.js';
import { weightDistance } from './weights.js';

/** Attention of a spoken sentence to itself: queries and keys are its log-mel spectrogram, two frames a position. */
export interface Matrices {
  id: string;
  sentence: string;
  L: number;
  D: number;
  /** Of the scores, after the mean key is subtracted. */
  sigma: number;
  /** Softmax weights, [L, L]. */
  exact: Float32Array;
  linear: {
    order: number;
    weights: Float32Array;
    /** Share of the weight that lies on other keys than in softmax, mean over rows. */
    distance: number;
  }[];
}

/** @param folder sentences laid out as LJSpeech, of which the first is taken */
export async function attentionMatrices(
  engine: Engine,
  folder: string,
  orders: readonly number[],
): Promise<Matrices> {
  const [clip] = await readLjspeech(folder);
  const x = positions(spectrogramOf(await readWav(clip!.audio)));
  const [L, D] = [x.length / MEL_BINS, MEL_BINS];
  const frames = { data: x, dims: [1, 1, L, D] };
  // The values are the identity: then the output is the matrix of weights itself.
  const identity = new Float32Array(L * L);
  for (let i = 0; i < L; i++) identity[i * L + i] = 1;
  const inputs = { q: frames, k: frames, v: { data: identity, dims: [1, 1, L, L] } };
  const weights = async (order?: number) => {
    const method = order === undefined ? {} : { method: 'taylor' as const, order };
    return (await attention(engine, inputs, method)).output.data as Float32Array;
  };
  const exact = await weights();
  const linear: Matrices['linear'] = [];
  for (const order of orders) {
    const own = await weights(order);
    linear.push({ order, weights: own, distance: weightDistance(exact, own) / L });
  }
  return { id: clip!.id, sentence: clip!.normalised, L, D, sigma: scoreDeviation(x), exact, linear };
}

/** The mean of every two frames, as many as an engine can have values. */
function positions(spectrogram: Float32Array): Float32Array {
  const length = Math.min(MAX_HEAD_DIM, spectrogram.length / MEL_BINS / 2);
  return Float32Array.from({ length: length * MEL_BINS }, (_, i) => {
    const first = i + Math.floor(i / MEL_BINS) * MEL_BINS;
    return (spectrogram[first]! + spectrogram[first + MEL_BINS]!) / 2;
  });
}

/** Standard deviation of x·(x − mean x)/√D over all pairs of positions. */
function scoreDeviation(x: Float32Array): number {
  const D = MEL_BINS;
  const L = x.length / D;
  const mean = new Float64Array(D);
  x.forEach((value, i) => {
    mean[i % D]! += value / L;
  });
  let [sum, squares] = [0, 0];
  for (let i = 0; i < L; i++)
    for (let j = 0; j < L; j++) {
      let dot = 0;
      for (let d = 0; d < D; d++) dot += x[i * D + d]! * (x[j * D + d]! - mean[d]!);
      sum += dot / Math.sqrt(D);
      squares += dot ** 2 / D;
    }
  return Math.sqrt(squares / L ** 2 - (sum / L ** 2) ** 2);
}
