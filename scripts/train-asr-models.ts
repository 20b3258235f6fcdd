/**
 * Trains the speech recognizers that are shipped, one stage after the other: short phrases first, on which the decoder
 * learns where to listen, then all. What is finished or begun is gone on with, so that the same command resumes.
 *
 *   node build/scripts/train-asr-models.js CORPUS OUT [DECODER]
 *
 * CORPUS holds slt/train and slt/validation, as make-phrases.ts and synthesise.ts make them; OUT gets a folder for every
 * stage of every decoder, attention before lstm unless one is named.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Stage {
  name: string;
  /** Longest clip; 137.8 frames are a second. */
  frames: number;
  epochs: number;
}

const STAGES: readonly Stage[] = [
  { name: 'short', frames: 288, epochs: 12 },
  { name: 'all', frames: 704, epochs: 12 },
];

const hw2 = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

async function trainStages(decoder: string, corpus: string, out: string): Promise<void> {
  let before: string | undefined;
  for (const { name, frames, epochs } of STAGES) {
    const folder = join(out, `${decoder}-${name}`);
    const options = {
      decoder,
      data: join(corpus, 'slt/train'),
      validation: join(corpus, 'slt/validation'),
      frames,
      epochs,
      out: folder,
      ...(before && { init: before }),
    };
    console.log(`${decoder}, ${name}`);
    const flags = Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]);
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
