/**
 * Scores the recognizers in models/asr on sentences that none was trained on, and writes models/asr/results.json: the
 * embedded synthetic sentences, and the genuine test clips that genuine-clips.ts laid out. Transcripts stay where they are.
 *
 *   node build/scripts/evaluate-asr-models.js CORPUS
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createEngine } from '#engine/runtime/engine.js';
import { readLjspeech } from '#hw2/data/ljspeech.js';
import { writeWhole } from '#hw2/data/write.js';
import { compare, type Judged, judge } from '#hw2/speech/comparison.js';
import type { KernelAttention } from '#hw2/speech/kernel-encoder.js';
import { openRecognizer } from '#hw2/speech/models.js';

interface Way {
  name: string;
  folder: string;
  kernels?: KernelAttention;
  /** Hypotheses that are kept, 1 unless given. */
  beam?: number;
}

const corpus = process.argv[2];
if (!corpus || !existsSync(corpus)) {
  console.error('error: expected the CORPUS');
  process.exit(2);
}

const engine = await createEngine();
const ways: Way[] = [
  { name: 'lstm', folder: 'lstm' },
  { name: 'attention', folder: 'attention' },
  { name: 'attention, softmax replaced by order 2', folder: 'attention', kernels: { engine, order: 2 } },
  { name: 'attention, trained on with order 2', folder: 'attention-taylor', kernels: { engine } },
  { name: 'lstm, beam 5', folder: 'lstm', beam: 5 },
  { name: 'attention, beam 5', folder: 'attention', beam: 5 },
];
const sets = [
  { name: 'synthetic: 52 sentences by the voice of training', folder: 'models/asr-test' },
  { name: 'genuine: LJ002-0121 to LJ002-0140', folder: join(corpus, 'lj/test') },
];
/** Positions of the ways that are compared, the second with the first. */
const PAIRS = [
  [0, 1],
  [1, 2],
  [1, 3],
  [4, 5],
] as const;

const results = [];
for (const { name, folder } of sets) {
  const clips = await readLjspeech(folder);
  const judged: Judged[] = [];
  for (const { folder: model, kernels, beam = 1 } of ways) {
    const recognizer = await openRecognizer(join('models/asr', model), kernels);
    judged.push(await judge(recognizer, clips, beam));
    await recognizer.release();
  }
  results.push({
    set: name,
    clips: clips.length,
    systems: judged.map(({ score, intervals, realTimeFactor }, i) => {
      return { name: ways[i]!.name, score, intervals, realTimeFactor };
    }),
    comparisons: PAIRS.map(([first, second]) => {
      const of = [ways[first]!.name, ways[second]!.name];
      return { of, differences: compare(judged[first]!, judged[second]!) };
    }),
  });
  console.log(`${name}: ${judged.map(({ score }) => score.characterErrorRate.toFixed(3)).join(', ')} CER`);
}
await engine.dispose();
const record = { date: new Date().toISOString().slice(0, 10), results };
await writeWhole('models/asr/results.json', `${JSON.stringify(record, null, 2)}\n`);
