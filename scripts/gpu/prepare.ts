/**
 * Prepares a stage of the recognizers for a machine with a graphics processor: writes into WORK the training graphs of every
 * system and length of batch, the parameters to begin with, and spectrograms as bytes. README.md says what comes then.
 *
 *   node build/scripts/gpu/prepare.js CORPUS WORK SYSTEM=INIT…
 *
 * SYSTEM is DECODER-STAGE, such as lstm-voices; several hear the same batches, so their stages must have the same data and
 * settings. INIT is the checkpoint, or the folder of a recognizer, that it begins with. Packs that are there stay as they are.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '#hw2/data/error.js';
import { writeWhole } from '#hw2/data/write.js';
import { SHAPES } from '#hw2/speech/buckets.js';
import { readBest } from '#hw2/speech/checkpoint.js';
import { PROTOCOL_FRAMES } from '#hw2/speech/mel.js';
import { type Decoder, decoders } from '#hw2/speech/model/recognizer.js';
import { recognizerWeights } from '#hw2/speech/models.js';
import { reportOptions } from '#hw2/speech/training.js';
import { type Stage, stagesOf, VALIDATION } from '../asr-stages.js';
import { given, refuse } from '../given.js';
import { nameOf, writePack } from './packs.js';
import { programOf } from './programs.js';
import type { Work } from './work.js';

/** Training hears spectrograms that are rounded to 1/16 of their unit; validation needs them as they are, nearly. */
const DENOMINATORS = { training: 16, validation: 64 };

interface Asked {
  name: string;
  decoder: Decoder;
  stage: Stage;
  init: string;
}

function asked(argument: string): Asked {
  const [, name, decoder, stageName, init] = /^((\w+)-(\w+))=(.+)$/.exec(argument) ?? [];
  const stage = stagesOf(decoder ?? '').find((candidate) => candidate.name === stageName);
  if (!name || !init || !stage || !decoders.includes(decoder as Decoder))
    throw new DataError(`${argument}: expected DECODER-STAGE=INIT, such as lstm-voices=models/asr/lstm`);
  return { name, decoder: decoder as Decoder, stage, init };
}

function workOf(systems: readonly Asked[]): Work {
  const [first, ...others] = systems.map(({ stage }) => {
    const { folders, frames, epochs, augment = 0, learningRate = reportOptions.learningRate } = stage;
    return { folders, frames, epochs, augment, learningRate };
  });
  if (!first) throw new DataError('expected CORPUS, WORK and systems');
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(first)))
    throw new DataError('the stages differ in data or settings; prepare them in folders of their own');
  return {
    ...first,
    seed: reportOptions.seed,
    validation: VALIDATION,
    systems: systems.map(({ name, decoder, stage: { encoderAttention } }) => ({
      name,
      decoder,
      ...(encoderAttention && { encoderAttention }),
    })),
  };
}

async function prepare(corpus: string, out: string, systems: readonly Asked[]): Promise<void> {
  const work = workOf(systems);
  const { frames } = work;
  for (const part of ['packs', 'graphs', 'initial']) mkdirSync(join(out, part), { recursive: true });
  for (const { name, decoder, init } of systems) {
    const initial = statSync(init).isDirectory()
      ? await recognizerWeights(init, decoder)
      : (await readBest(init, decoder)).best;
    await writeWhole(join(out, 'initial', `${name}.f32`), new Uint8Array(initial.slice().buffer));
    const system = work.systems.find((candidate) => candidate.name === name)!;
    for (const shape of SHAPES.filter((candidate) => candidate.frames <= frames))
      await writeWhole(join(out, 'graphs', `${name}-${shape.frames}.json`), programOf(system, shape));
  }
  const packs = [
    ...work.folders.map((folder) => ({ folder, frames, denominator: DENOMINATORS.training })),
    ...work.validation.map((folder) => ({
      folder,
      frames: PROTOCOL_FRAMES,
      denominator: DENOMINATORS.validation,
    })),
  ];
  for (const { folder, ...options } of packs)
    if (!existsSync(join(out, 'packs', `${nameOf(folder)}.json`)))
      await writePack(corpus, folder, join(out, 'packs'), options);
  await writeWhole(join(out, 'stage.json'), JSON.stringify(work));
}

const USAGE = 'CORPUS WORK SYSTEM=INIT…';
const { CORPUS, WORK } = given(USAGE, {
  CORPUS: { is: 'the folder that train-asr-models.ts takes' },
  WORK: { is: 'the folder to write', isOutput: true },
});
const systems = process.argv.slice(4);
if (systems.length === 0) refuse(USAGE, 'expected SYSTEM=INIT, such as lstm-voices=models/asr/lstm');
await prepare(CORPUS, WORK, systems.map(asked));
