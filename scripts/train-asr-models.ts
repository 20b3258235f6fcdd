/**
 * Trains the speech recognizers that are shipped, one stage after the other: short phrases first, on which the decoder
 * learns where to listen, then all of one synthetic voice, genuine speech among it, with fewer clips varied in the end, then
 * many voices, then more words of these. What is finished or begun is gone on with, so that the same command resumes. gpu/ computes a stage elsewhere.
 *
 *   node build/scripts/train-asr-models.js CORPUS OUT [DECODER [STAGE]]
 *
 * CORPUS holds slt and rhvoice of make-phrases.ts and synthesise.ts, lj and reader of genuine-clips.ts, what more-speech.ts
 * lays out, and sounds/train of other-sounds.ts; OUT gets a folder for every stage of every decoder, attention before lstm
 * unless one is named, and models/asr what is shipped. With a STAGE it begins there: with what the stage before left in OUT, or
 * else with the recognizer in models/asr.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSet } from '#hw2/data/write.js';
import { decoders } from '#hw2/speech/model/recognizer.js';
import { sourcesSection } from './asr-sources.js';
import { STAGES, stagesOf, VALIDATION } from './asr-stages.js';
import { given, refuse } from './given.js';

const SHIPPED = ['encoder.onnx', 'decoder.onnx', 'curve.json', 'loss.svg', 'similarity.svg'];

const models = fileURLToPath(new URL('../../models/asr', import.meta.url));
const hw2 = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What the stage `first` begins with where it is not the first of all. */
function startOf(decoder: string, out: string, first: string): string {
  const [previous] = stagesOf(decoder).slice(0, -stagesOf(decoder, first).length).slice(-1);
  const left = join(out, `${decoder}-${previous?.name}`, 'checkpoint.safetensors');
  return existsSync(left) ? left : join(models, decoder);
}

async function trainStages(decoder: string, corpus: string, out: string, first?: string): Promise<void> {
  let before = first === undefined ? undefined : startOf(decoder, out, first);
  for (const stage of stagesOf(decoder, first)) {
    const { name, from, folders, frames, epochs, augment, learningRate, encoderAttention, shippedAs } = stage;
    const folder = join(out, `${decoder}-${name}`);
    if (from) before = join(out, `${decoder}-${from}`, 'checkpoint.safetensors');
    console.log(`${decoder}, ${name}`);
    const flags = [
      ...['--decoder', decoder, '--frames', frames, '--epochs', epochs, '--out', folder],
      ...['--data', ...folders.map((part) => join(corpus, part))],
      ...['--validation', ...VALIDATION.map((part) => join(corpus, part))],
      ...(augment ? ['--augment', augment] : []),
      ...(learningRate ? ['--lr', learningRate] : []),
      ...(encoderAttention ? ['--encoder-attention', encoderAttention] : []),
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

const USAGE = 'CORPUS OUT [DECODER [STAGE]]';
const { CORPUS, OUT } = given(USAGE, {
  CORPUS: { is: 'the folder that the head of the script describes' },
  OUT: { is: 'the folder to write', isOutput: true },
});
const [only, first] = process.argv.slice(4);
if (only !== undefined && decoders.every((name) => name !== only))
  refuse(USAGE, `DECODER: ${only}, expected ${decoders.join(', ')}`);
const stages = new Set(STAGES.map(({ name }) => name));
if (first !== undefined && !stages.has(first))
  refuse(USAGE, `STAGE: ${first}, expected ${[...stages].join(', ')}`);
for (const decoder of only ? [only] : ['attention', 'lstm']) await trainStages(decoder, CORPUS, OUT, first);
