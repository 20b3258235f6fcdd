/**
 * Fits the confidence of the recognizers in models/asr to validation clips, and writes it into their metadata and cards.
 * New ones have it from train-asr; this is for those that were trained before, and for other validation clips.
 *
 *   node build/scripts/calibrate-asr-models.js VALIDATION…
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSet } from '#hw2/data/write.js';
import { annotateModel } from '#hw2/onnx/annotate.js';
import { recognizerCard } from '#hw2/speech/card.js';
import { openCorpus, type Recording } from '#hw2/speech/corpus.js';
import { openRecognizer, partnerMetadata, recognizerWeights } from '#hw2/speech/models.js';
import { calibrationMetadata } from '#hw2/speech/recognizer.js';
import { calibrate } from '#hw2/speech/validation.js';
import { sourcesSection } from './asr-sources.js';
import { given } from './given.js';

const MODELS = ['lstm', 'attention', 'attention-taylor'].map((name) => join('models/asr', name));

async function calibrateModel(folder: string, validation: readonly string[]): Promise<void> {
  const { decoder, encoderAttention, frontEnd } = await openRecognizer(folder);
  const system = { decoder, encoderAttention, frontEnd };
  const recordings: Recording[] = [];
  for (const name of validation) recordings.push(...(await openCorpus(name, frontEnd)));
  const flat = await recognizerWeights(folder, decoder);
  const calibration = await calibrate(flat, system, recordings);

  const path = join(folder, 'decoder.onnx');
  const partner = partnerMetadata(await readFile(join(folder, 'encoder.onnx')));
  const model = annotateModel(await readFile(path), { ...calibrationMetadata(calibration), ...partner });
  const record = JSON.parse(await readFile(join(folder, 'curve.json'), 'utf8'));
  const { earlier, curve, ...identity } = { ...record, calibration: undefined };
  const card = join(folder, 'README.md');
  const command = /Made by: `(.*)`/.exec(await readFile(card, 'utf8'))![1]!;
  const text = recognizerCard({ identity, command, earlier, curve, calibration });
  await writeSet([
    { path, contents: model },
    {
      path: join(folder, 'curve.json'),
      contents: `${JSON.stringify({ ...identity, earlier, curve, calibration }, null, 2)}\n`,
    },
    { path: card, contents: text + sourcesSection(identity.data) },
  ]);
  console.log(`${folder}: ${JSON.stringify(calibration)} by ${recordings.length} clips`);
}

given('VALIDATION…', { VALIDATION: { is: 'a folder of validation clips, laid out as LJSpeech' } });
for (const folder of MODELS) await calibrateModel(folder, process.argv.slice(2));
