/**
 * Trains the speech recognizers that are shipped, one stage after the other: short phrases first, on which the decoder
 * learns where to listen, then all, genuine speech among them. What is finished or begun is gone on with, so that the same
 * command resumes.
 *
 *   node build/scripts/train-asr-models.js CORPUS OUT [DECODER]
 *
 * CORPUS holds slt/{train,sentences,validation} of make-phrases.ts and synthesise.ts, and lj and reader of
 * genuine-clips.ts; OUT gets a folder for every stage of every decoder, attention before lstm unless one is named.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Stage {
  name: string;
  /** Folders of the corpus; one that is named twice is heard twice in an epoch. */
  folders: readonly string[];
  /** Longest clip; 137.8 frames are a second. */
  frames: number;
  epochs: number;
  augment?: true;
}

const STAGES: readonly Stage[] = [
  { name: 'short', folders: ['slt/train'], frames: 288, epochs: 8 },
  {
    name: 'all',
    folders: ['slt/train', 'slt/sentences', 'lj/train', 'lj/train', 'reader'],
    frames: 1_376,
    epochs: 6,
    augment: true,
  },
];
const VALIDATION = ['slt/validation', 'lj/validation'];

const hw2 = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

async function trainStages(decoder: string, corpus: string, out: string): Promise<void> {
  let before: string | undefined;
  for (const { name, folders, frames, epochs, augment } of STAGES) {
    const folder = join(out, `${decoder}-${name}`);
    console.log(`${decoder}, ${name}`);
    const flags = [
      ...['--decoder', decoder, '--frames', frames, '--epochs', epochs, '--out', folder],
      ...['--data', ...folders.map((part) => join(corpus, part))],
      ...['--validation', ...VALIDATION.map((part) => join(corpus, part))],
      ...(augment ? ['--augment'] : []),
      ...(before ? ['--init', before] : []),
    ].map(String);
    const child = spawn(process.execPath, [hw2, 'train-asr', '--resume', ...flags], { stdio: 'inherit' });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`hw2 train-asr ended with code ${code}`);
    before = join(folder, 'checkpoint.safetensors');
  }
}

const [corpus, out, only] = process.argv.slice(2);
if (!corpus || !out) {
  console.error('error: expected CORPUS and OUT');
  process.exitCode = 2;
} else {
  for (const decoder of only ? [only] : ['attention', 'lstm']) await trainStages(decoder, corpus, out);
}
