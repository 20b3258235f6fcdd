/**
 * Writes the tables of docs/speech.md between their markers, from models/asr/results.json and models/asr/growth.json:
 *
 *   node build/scripts/speech-tables.js
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { writeWhole } from '#hw2/data/write.js';
import { formatEstimate } from '#hw2/format/numbers.js';
import type { RecordedSets } from '#hw2/report/findings/speech.js';
import { argumentsOf } from './given.js';
import type { GrowthRecord } from './growth-asr-models.js';
import { between, table } from './markers.js';

const PAGE = 'docs/speech.md';

export interface SpeechRecords {
  results: RecordedSets;
  growth: GrowthRecord;
}

type RecordedSet = RecordedSets['results'][0];
type System = RecordedSet['systems'][0] & { calibrationError: number; realTimeFactor: number };

const three = (value: number) => value.toFixed(3);
const titleOf = (name: string) => name.replace('lstm', 'LSTM').replace(' by order 2', '');

/** The two sets on which all systems were judged have a table each, with every measure; the others share one. */
export function withSpeechTables(page: string, { results, growth }: SpeechRecords): string {
  const { results: sets } = results;
  const [synthetic, genuine, ...others] = sets as [RecordedSet, RecordedSet, ...RecordedSet[]];
  const tables = {
    'scores synthetic': scores(synthetic),
    'scores genuine': scores(genuine),
    'scores others': scoresOfMany(others),
    growth: growthTable(growth),
  };
  return Object.entries(tables).reduce((written, [name, text]) => between(written, name, text, PAGE), page);
}

function scores({ systems }: RecordedSet): string {
  const head = ['', 'Jaccard', 'cosine', 'Damerau–Levenshtein', 'CER', 'WER', 'loss', 'calibration error'];
  const rows = (systems as System[]).map(({ name, score, intervals, calibrationError, realTimeFactor }) => [
    titleOf(name),
    ...(['jaccard', 'cosine', 'edit', 'characterErrorRate'] as const).map((metric) =>
      formatEstimate({ value: score[metric], ...intervals[metric] }, 3),
    ),
    ...[score.wordErrorRate, score.loss, calibrationError, realTimeFactor].map(three),
  ]);
  return table([...head, 'real-time factor'], rows);
}

function scoresOfMany(sets: readonly RecordedSet[]): string {
  const head = ['', 'system', 'Jaccard', 'cosine', 'Damerau–Levenshtein', 'CER', 'WER', 'calibration error'];
  const rows = sets.flatMap(({ set, clips, systems }) =>
    (systems as System[]).map(({ name, score, intervals, calibrationError }, i) => [
      i === 0 ? `${set}; ${clips} clips` : '',
      titleOf(name),
      ...[score.jaccard, score.cosine, score.edit].map(three),
      formatEstimate({ value: score.characterErrorRate, ...intervals.characterErrorRate }, 3),
      ...[score.wordErrorRate, calibrationError].map(three),
    ]),
  );
  return table(head, rows);
}

function growthTable({ sets, runs }: GrowthRecord): string {
  const names = Object.keys(sets);
  const head = ['speech', 'hours', 'epochs', ...names.flatMap((name) => [`${name}: loss`, 'CER'])];
  const rows = runs.map(({ kind, hours, epochs, scores: of }) => [
    ...[kind, String(hours), String(epochs)],
    ...names.flatMap((name) => [of[name]!.loss, of[name]!.characterErrorRate].map(three)),
  ]);
  return table(head, rows);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  argumentsOf('');
  const [results, growth] = await Promise.all(
    ['results', 'growth'].map(async (name) => JSON.parse(await readFile(`models/asr/${name}.json`, 'utf8'))),
  );
  await writeWhole(PAGE, withSpeechTables(await readFile(PAGE, 'utf8'), { results, growth }));
}
