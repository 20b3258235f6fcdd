import type { Graph, Value } from '../onnx/graph.js';
import { add, mul, neg, scale } from '../onnx/operators/arithmetic.js';
import { oneHot, reshape } from '../onnx/operators/layout.js';
import { logSoftmax, reduceSum } from '../onnx/operators/reduction.js';
import { MEL_BINS } from './mel.js';
import { encoder } from './model/encoder.js';
import { memoryOf, type Parameters } from './model/layers.js';
import { decoderNetworks, type System } from './model/recognizer.js';
import { SYMBOLS } from './text.js';

/** Share of the target that is spread evenly over all symbols. */
export const LABEL_SMOOTHING = 0.1;

/** The loss of a network that gives each symbol the probability of its target, in nats: the entropy of the targets. */
export function leastLoss(): number {
  const other = LABEL_SMOOTHING / SYMBOLS.length;
  const right = 1 - LABEL_SMOOTHING + other;
  return -right * Math.log(right) - (SYMBOLS.length - 1) * other * Math.log(other);
}

/** Extent of the batches that a training graph takes. */
export interface BatchShape {
  clips: number;
  /** Even. */
  frames: number;
  /** With the start, which is not predicted, and padding. */
  tokens: number;
}

/**
 * Teacher-forced cross-entropy with label smoothing: the mean over all positions, padding of the transcript included, as
 * the protocol has it. The graph's inputs are those of {@link batchTensors}.
 */
export function teacherForcedLoss(
  { decoder, encoderAttention }: System,
  { clips, frames, tokens }: BatchShape,
) {
  return (graph: Graph, p: Parameters): Value => {
    const spectrogram = graph.input('spectrogram', [clips, frames, MEL_BINS]);
    const mask = graph.input('frames', [clips, frames, 1]);
    const previous = graph.input('previous', [clips, tokens - 1], 'int64');
    const next = graph.input('next', [clips, tokens - 1], 'int64');

    const { states, keyMask } = encoder(spectrogram, p, { frames: mask, attention: encoderAttention });
    const cross = memoryOf(states, p, 'cross');
    const { logits } = decoderNetworks[decoder](previous, cross, p, { keyMask });
    const logProbabilities = logSoftmax(logits);
    const symbols = SYMBOLS.length;
    const targets = add(
      scale(oneHot(next, symbols), 1 - LABEL_SMOOTHING),
      graph.scalar(LABEL_SMOOTHING / symbols),
    );
    const positions = clips * (tokens - 1);
    const total = reduceSum(reshape(mul(logProbabilities, targets), [positions * symbols]), [0]);
    return neg(scale(total, 1 / positions));
  };
}
