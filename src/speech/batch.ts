import type { Tensor } from '../onnx/graph.js';
import type { BatchShape } from './loss.js';
import { MEL_BINS } from './mel.js';
import { padTokens } from './text.js';

/** A clip as the models take it. */
export interface Utterance {
  /** Frame after frame, [frames, 80]; an even number of frames. */
  readonly spectrogram: Float32Array;
  readonly tokens: Uint8Array;
}

/** Inputs of the training graph for a full batch of utterances that fit into the shape. */
export function batchTensors(
  utterances: readonly Utterance[],
  { clips, frames, tokens }: BatchShape,
): Record<string, Tensor> {
  const spectrogram = new Float32Array(clips * frames * MEL_BINS);
  const mask = new Float32Array(clips * frames);
  const previous = new BigInt64Array(clips * (tokens - 1));
  const next = new BigInt64Array(clips * (tokens - 1));
  utterances.forEach((utterance, clip) => {
    spectrogram.set(utterance.spectrogram, clip * frames * MEL_BINS);
    mask.fill(1, clip * frames, clip * frames + utterance.spectrogram.length / MEL_BINS);
    const padded = BigInt64Array.from(padTokens(utterance.tokens, tokens), BigInt);
    previous.set(padded.subarray(0, -1), clip * (tokens - 1));
    next.set(padded.subarray(1), clip * (tokens - 1));
  });
  const text = [clips, tokens - 1];
  return {
    spectrogram: { type: 'float32', data: spectrogram, dims: [clips, frames, MEL_BINS] },
    frames: { type: 'float32', data: mask, dims: [clips, frames, 1] },
    previous: { type: 'int64', data: previous, dims: text },
    next: { type: 'int64', data: next, dims: text },
  };
}
