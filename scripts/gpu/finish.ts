/**
 * Makes of what train.py and validate.js left in WORK the checkpoints of `hw2 train-asr`, as if it had trained:
 * OUT/SYSTEM/checkpoint.safetensors. The command of train-asr-models.ts then finds the stage finished, calibrates confidence and
 * writes the recognizer.
 *
 *   node build/scripts/gpu/finish.js CORPUS WORK OUT SYSTEM=INIT…
 */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCheckpoint } from '#hw2/speech/checkpoint.js';
import type { SetScore } from '#hw2/speech/evaluation.js';
import { openExperiment } from '#hw2/speech/experiment.js';
import type { Epoch } from '#hw2/speech/training.js';
import { given } from '../given.js';
import { readFloats, readWork } from './work.js';

async function finish(corpus: string, folder: string, out: string, inits: Map<string, string>) {
  const { systems, folders, validation, frames, epochs, seed, augment, learningRate } = readWork(folder);
  const { perEpoch } = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as { perEpoch: number };
  for (const { name, ...system } of systems) {
    const left = (epoch: number, kind: string) => join(folder, 'epochs', `${name}-${epoch}.${kind}`);
    const curve = Array.from({ length: epochs }, (_, i): Epoch => {
      const score = JSON.parse(readFileSync(left(i + 1, 'json'), 'utf8')) as SetScore;
      return { trainingLoss: Number(readFileSync(left(i + 1, 'loss'), 'utf8')), ...score };
    });
    const highest = Math.max(...curve.map(({ edit }) => edit));
    const best = readFloats(left(1 + curve.findIndex(({ edit }) => edit === highest), 'f32'));
    const parameters = readFloats(left(epochs, 'f32'));
    const moments = readFloats(join(folder, 'epochs', `${name}.moments`));
    const vectors = {
      parameters,
      mean: moments.slice(0, parameters.length),
      square: moments.slice(parameters.length),
    };
    const { identity } = await openExperiment({
      data: folders.map((part) => join(corpus, part)),
      validation: validation.map((part) => join(corpus, part)),
      frames,
      settings: { ...system, learningRate, epochs, seed, augment },
      init: inits.get(name),
    });
    await mkdir(join(out, name), { recursive: true });
    await writeCheckpoint(join(out, name, 'checkpoint.safetensors'), identity, {
      ...{ state: { vectors, steps: epochs * perEpoch }, curve, losses: [], best },
    });
    console.log(`${name}: ${epochs} epochs, the best has a similarity of ${highest.toFixed(3)}`);
  }
}

const { CORPUS, WORK, OUT } = given('CORPUS WORK OUT SYSTEM=INIT…', {
  CORPUS: { is: 'the folder that prepare.js took' },
  WORK: { is: 'the folder that prepare.js made' },
  OUT: { is: 'the folder to write', isOutput: true },
});
const inits = process.argv.slice(5).map((text) => text.split('=', 2) as [string, string]);
await finish(CORPUS, WORK, OUT, new Map(inits));
