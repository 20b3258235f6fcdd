import type { Random } from '../statistics/random.js';
import type { Recording } from './corpus.js';
import type { BatchShape } from './loss.js';
import { PROTOCOL_FRAMES } from './mel.js';
import { PROTOCOL_TOKENS } from './text.js';

/** Lengths to which clips are padded, in frames; each graph of another length takes memory of its own. */
const BUCKET_FRAMES = [192, 288, 384, 512, 704, 960, 1376, PROTOCOL_FRAMES];
/** Frames of all clips of a batch together, padding included. */
const BATCH_FRAMES = 5_760;
/** Read speech has fewer symbols than one in this many frames. */
const FRAMES_PER_TOKEN = 6;

export interface Batch {
  readonly shape: BatchShape;
  readonly recordings: readonly Recording[];
}

/** The smallest of the shapes that a clip fits into. */
export function shapeOf({ frames, tokens }: Recording): BatchShape {
  const fits = (shape: BatchShape) => frames <= shape.frames && tokens.length <= shape.tokens;
  return SHAPES.find(fits)!;
}

/** Of all batches, from short clips to long. */
export const SHAPES: readonly BatchShape[] = BUCKET_FRAMES.map(
  (frames): BatchShape => ({
    clips: Math.max(2, Math.floor(BATCH_FRAMES / frames)),
    frames,
    tokens: Math.min(PROTOCOL_TOKENS, Math.ceil(frames / FRAMES_PER_TOKEN)),
  }),
);

/**
 * The batches of an epoch in random order: clips of about the same length together. The last batch of a length is filled
 * up from its first.
 */
export function batches(recordings: readonly Recording[], random: Random): Batch[] {
  const all = SHAPES.flatMap((shape) => {
    const bucket = recordings.filter((recording) => shapeOf(recording) === shape);
    random.shuffle(bucket);
    const count = Math.ceil(bucket.length / shape.clips);
    return Array.from({ length: count }, (_, batch): Batch => {
      const positions = Array.from({ length: shape.clips }, (_, i) => batch * shape.clips + i);
      return { shape, recordings: positions.map((i) => bucket[i % bucket.length]!) };
    });
  });
  random.shuffle(all);
  return all;
}
