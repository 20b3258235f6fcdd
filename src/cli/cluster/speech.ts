import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { portable } from '../../cluster/shipped.js';
import { readResult } from '../../cluster/tasks/objects.js';
import { openShared } from '../../cluster/tasks/speech.js';
import { isLjspeech, readLjspeech } from '../../data/ljspeech.js';
import { parseCheckpoint } from '../../speech/checkpoint.js';
import { type HeardClips, type Judged, judgementOf, METRICS } from '../../speech/comparison.js';
import { writeRecognizer } from '../../speech/experiment.js';
import { type Decoder, decoders } from '../../speech/model/recognizer.js';
import { commandLine, wholeNumber } from '../arguments.js';
import { EMBEDDED, foldersOf } from '../eval-asr/command.js';
import { print } from '../output.js';
import { printTable } from '../table.js';
import { addTrainingOptions, experimentOf, type TrainingArguments } from '../train-asr/command.js';
import { addRunOptions, carryOut, printSummary, type RunArguments } from './run.js';

interface EvaluationArguments extends RunArguments {
  data: string;
  decoder: Decoder | 'both';
  model?: string[];
  beam: number;
}

export function register(run: Command): void {
  const train = run
    .command('train-asr')
    .description(
      'The training of hw2 train-asr; its checkpoint lies in the store, and another worker can go on.',
    );
  addRunOptions(addTrainingOptions(train))
    .addHelpText('before', 'Examples:\n  hw2 cluster run train-asr --data clips --validation others\n')
    .action(trainAsr);
  const evaluate = run
    .command('eval-asr')
    .description('The evaluation of hw2 eval-asr, in parts of the sentences.')
    .option('--data <folder>', 'sentences laid out as LJSpeech that all workers read', EMBEDDED)
    .addOption(new Option('--decoder <name>', 'the system').choices([...decoders, 'both']).default('both'))
    .option('--model <folder...>', 'recognizers of hw2 train-asr, instead of those that come with hw2')
    .option('--beam <n>', 'hypotheses that are kept; 1 decodes greedily', wholeNumber(1, 64), 1);
  addRunOptions(evaluate)
    .addHelpText('before', 'Examples:\n  hw2 cluster run eval-asr --beam 5\n')
    .action(evalAsr);
}

/** A corpus as every worker finds it: by its name, or by a path that does not depend on its folder. */
const sharedCorpus = (data: string) => (isLjspeech(data) ? data : resolve(data));

async function trainAsr(args: TrainingArguments & RunArguments): Promise<void> {
  const experiment = experimentOf(args);
  const { decoder } = experiment.settings;
  const portableExperiment = {
    ...experiment,
    data: experiment.data.map(sharedCorpus),
    validation: experiment.validation.map(sharedCorpus),
    ...(experiment.init !== undefined && { init: portable(experiment.init) }),
  };
  const { store, summary } = await carryOut(args, { kind: 'train-asr', experiments: [portableExperiment] });
  const opened = await openShared(portableExperiment);
  const [name] = summary.outputs;
  const progress = parseCheckpoint(await store.read(name!), `${store.url}/${name}`, opened.identity);
  await writeRecognizer(args.out, progress, opened, commandLine());
  printSummary(summary, args.json, { decoder, curve: progress.curve });
  if (!args.json) print(`models of the best epoch, curves and a card are in ${args.out}`);
}

async function evalAsr(args: EvaluationArguments): Promise<void> {
  const { data, beam } = args;
  const clips = await readLjspeech(data);
  const folders = foldersOf(args);
  const { store, summary } = await carryOut(args, {
    kind: 'eval-asr',
    ...{
      data: isLjspeech(data) ? data : portable(data),
      models: folders.map(portable),
      beam,
      clips: clips.length,
    },
  });
  const systems: (Judged & { folder: string })[] = [];
  const parts = summary.outputs.length / folders.length;
  for (const [i, folder] of folders.entries()) {
    const heard: HeardClips[] = [];
    for (const name of summary.outputs.slice(i * parts, (i + 1) * parts))
      heard.push(await readResult(store, name));
    systems.push({ folder, ...judgementOf(folder, heard) });
  }
  if (!args.json) {
    printTable(
      ['', ...systems.map(({ folder }) => portable(folder).split('/').at(-1)!)],
      METRICS.map(({ title, metric }) => [title, ...systems.map(({ score }) => score[metric].toFixed(3))]),
    );
  }
  const scores = systems.map(({ folder, score, intervals, calibrationError }) => ({
    ...{ folder, score, intervals, calibrationError },
  }));
  printSummary(summary, args.json, { data, beam, systems: scores });
}
