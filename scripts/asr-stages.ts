/**
 * The stages in which the speech recognizers that are shipped were trained: train-asr-models.ts trains in them, and gpu/ can take
 * over any of them.
 */

export interface Stage {
  name: string;
  /** Decoders that have it; absent, both. */
  decoder?: string;
  /** The stage whose recognizer it begins with; absent, the one before. */
  from?: string;
  /** Folders of the corpus; one that is named twice is heard twice in an epoch. */
  folders: readonly string[];
  /** Longest clip; 137.8 frames are a second. */
  frames: number;
  epochs: number;
  /** Share of the clips that an epoch hears varied; absent, none. */
  augment?: number;
  /** Highest learning rate; absent, the report's. */
  learningRate?: number;
  /** The encoder's; absent, softmax. */
  encoderAttention?: 'taylor';
  /** Folder of models/asr that gets what came out of it. */
  shippedAs?: (decoder: string) => string;
}

const ALL = ['slt/train', 'slt/sentences', 'lj/train', 'lj/train', 'reader'];
const VOICES = [
  ...['rhvoice/ready', 'rhvoice/long', 'slt/sentences', 'libri/train', 'libri/train'],
  ...['reader', 'sounds/train', 'lj/train', 'lj/train', 'lj/pieces', 'lj/crops', 'lj/joined'],
];
/** New words of both synthesizers, with some of everything else, so that it is not forgotten. */
const FURTHER = [
  ...['rhvoice/more', 'slt/long', 'slt/sentences', 'libri/train', 'reader', 'sounds/train'],
  ...['lj/train', 'lj/train', 'lj/pieces', 'lj/joined'],
];
const FOR_LINEAR_ATTENTION = [
  ...['slt/sentences', 'rhvoice/ready', 'libri/train', 'sounds/train', 'lj/train', 'lj/pieces'],
];
/**
 * What exact attention has learned, linear attention learns from in one epoch; and what the same epoch does to exact attention, with
 * which it is to be compared.
 */
const ONE_MORE_EPOCH: Omit<Stage, 'name'> = {
  decoder: 'attention',
  from: 'further',
  folders: FOR_LINEAR_ATTENTION,
  frames: 1_376,
  epochs: 1,
  augment: 0.4,
  learningRate: 4e-4,
};
export const STAGES: readonly Stage[] = [
  { name: 'short', folders: ['slt/train'], frames: 288, epochs: 8 },
  {
    name: 'all',
    folders: ALL,
    frames: 1_376,
    epochs: 6,
    augment: 1,
  },
  {
    name: 'more',
    folders: ALL,
    frames: 1_376,
    epochs: 9,
    augment: 0.3,
    shippedAs: (decoder) => decoder,
  },
  {
    name: 'voices',
    folders: VOICES,
    frames: 1_376,
    epochs: 22,
    augment: 0.7,
  },
  {
    name: 'further',
    folders: FURTHER,
    frames: 1_376,
    epochs: 3,
    augment: 0.5,
    learningRate: 6e-4,
    shippedAs: (decoder) => decoder,
  },
  { name: 'control', ...ONE_MORE_EPOCH },
  {
    name: 'taylor',
    ...ONE_MORE_EPOCH,
    encoderAttention: 'taylor',
    shippedAs: (decoder) => `${decoder}-taylor`,
  },
];
export const VALIDATION = ['slt/validation', 'lj/validation', 'lj/other'];

/** What a decoder goes through, from a stage on. */
export function stagesOf(decoder: string, first?: string): Stage[] {
  const all = STAGES.filter((stage) => stage.decoder === undefined || stage.decoder === decoder);
  return all.slice(first === undefined ? 0 : all.findIndex(({ name }) => name === first));
}
