/**
 * Trains the speech recognizers that are shipped, one stage after the other: short phrases first, on which the decoder
 * learns where to listen, then all of one synthetic voice, genuine speech among it, with fewer clips varied in the end, then
 * many voices. What is finished or begun is gone on with, so that the same command resumes.
 *
 *   node build/scripts/train-asr-models.js CORPUS OUT [DECODER [STAGE]]
 *
 * CORPUS holds slt/{train,sentences,validation} and rhvoice/long of make-phrases.ts and synthesise.ts, lj and
 * reader of genuine-clips.ts, what more-speech.ts lays out, and sounds/train of other-sounds.ts; OUT gets a folder for every
 * stage of every decoder, attention before lstm unless one is named, and models/asr what is shipped. With a STAGE it begins
 * there, with the recognizer in models/asr, which had the stages before.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSet } from '#hw2/data/write.js';
import { sourcesSection } from './asr-sources.js';

interface Stage {
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
  /** More of train-asr's options. */
  options?: readonly string[];
  /** Folder of models/asr that gets what came out of it. */
  shippedAs?: (decoder: string) => string;
}

const ALL = ['slt/train', 'slt/sentences', 'lj/train', 'lj/train', 'reader'];
const VOICES = [
  ...['rhvoice/ready', 'rhvoice/long', 'slt/sentences', 'libri/train', 'libri/train'],
  ...['reader', 'sounds/train', 'lj/train', 'lj/train', 'lj/pieces', 'lj/crops', 'lj/joined'],
];
const FOR_LINEAR_ATTENTION = [
  ...['slt/sentences', 'rhvoice/ready', 'libri/train', 'sounds/train', 'lj/train', 'lj/pieces'],
];
const STAGES: readonly Stage[] = [
  { name: 'short', folders: ['slt/train'], frames: 288, epochs: 8 },
  {
    name: 'all',
    folders: ALL,
    frames: 1_376,
    epochs: 6,
    options: ['--augment'],
  },
  {
    name: 'more',
    folders: ALL,
    frames: 1_376,
    epochs: 9,
    options: ['--augment', '0.3'],
    shippedAs: (decoder) => decoder,
  },
  {
    name: 'voices',
    folders: VOICES,
    frames: 1_376,
    epochs: 22,
    options: ['--augment', '0.7'],
    shippedAs: (decoder) => decoder,
  },
  // What exact attention has learned, linear attention learns from in one epoch; and what the same epoch does to exact
  // attention, with which it is to be compared.
  {
    name: 'control',
    decoder: 'attention',
    from: 'voices',
    folders: FOR_LINEAR_ATTENTION,
    frames: 1_376,
    epochs: 1,
    options: ['--augment', '0.4', '--lr', '4e-4'],
  },
  {
    name: 'taylor',
    decoder: 'attention',
    from: 'voices',
    folders: FOR_LINEAR_ATTENTION,
    frames: 1_376,
    epochs: 1,
    options: ['--augment', '0.4', '--lr', '4e-4', '--encoder-attention', 'taylor'],
    shippedAs: (decoder) => `${decoder}-taylor`,
  },
];
const VALIDATION = ['slt/validation', 'lj/validation', 'lj/other'];

const SHIPPED = ['encoder.onnx', 'decoder.onnx', 'curve.json', 'loss.svg', 'similarity.svg'];

const models = fileURLToPath(new URL('../../models/asr', import.meta.url));
const hw2 = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

async function trainStages(decoder: string, corpus: string, out: string, first?: string): Promise<void> {
  let before = first === undefined ? undefined : join(models, decoder);
  const all = STAGES.filter((stage) => stage.decoder === undefined || stage.decoder === decoder);
  const stages = all.slice(first === undefined ? 0 : all.findIndex(({ name }) => name === first));
  for (const { name, from, folders, frames, epochs, options = [], shippedAs } of stages) {
    const folder = join(out, `${decoder}-${name}`);
    if (from) before = join(out, `${decoder}-${from}`, 'checkpoint.safetensors');
    console.log(`${decoder}, ${name}`);
    const flags = [
      ...['--decoder', decoder, '--frames', frames, '--epochs', epochs, '--out', folder],
      ...['--data', ...folders.map((part) => join(corpus, part))],
      ...['--validation', ...VALIDATION.map((part) => join(corpus, part))],
      ...options,
      ...(before ? ['--init', before] : []),
    ].map(String);
    const child = spawn(process.execPath, [hw2, 'train-asr', '--resume', ...flags], { stdio: 'inherit' });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`hw2 train-asr ended with code ${code}`);
    before = join(folder, 'checkpoint.safetensors');
    if (!shippedAs) continue;
    const shipped = join(models, shippedAs(decoder));
    const files = SHIPPED.map(async (file) => ({
      path: join(shipped, file),
      contents: await readFile(join(folder, file)),
    }));
    const card = await readFile(join(folder, 'README.md'), 'utf8');
    await writeSet([
      ...(await Promise.all(files)),
      { path: join(shipped, 'README.md'), contents: card + sourcesSection(flags.join(' ')) },
    ]);
  }
}

const [corpus, out, only, first] = process.argv.slice(2);
if (!corpus || !out || (first !== undefined && STAGES.every(({ name }) => name !== first))) {
  console.error('error: expected CORPUS, OUT and, if any, a decoder and a stage');
  process.exitCode = 2;
} else {
  for (const decoder of only ? [only] : ['attention', 'lstm']) await trainStages(decoder, corpus, out, first);
}
