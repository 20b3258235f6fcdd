/**
 * Measures expansions about centroids against exact attention, writes docs/benchmarks/centroids.json, and with --tables the tables
 * of docs/approximation.md between their markers:
 *
 *   npm run build && node build/scripts/measure-centroids.js --speech qkv-speech.npz [--qkv name=file.npz …] [part …]
 *
 * The files hold q, k and v. Parts: speech, long, causal, encoder, files, auto, auto-causal, limits, kept, second, stream; default all, some eleven minutes on a
 * quiet machine; what is not measured anew stays. With --tables the tables are written from the record, and nothing is measured.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { calibrate, createEngine, enableTier } from 'hw2-engine';
import { describeMachine } from '#hw2/bench/record.js';
import { measureChoices, measureWays, type Way } from './centroids/measure.js';
import { measureLimits, measureTolerances } from './centroids/promises.js';
import { type CentroidsRecord, insertTables } from './centroids/record.js';
import { measureStreams } from './centroids/stream.js';
import {
  beginning,
  continued,
  encoderHeads,
  type Head,
  headsOf,
  madeUp,
  sharper,
} from './centroids/tensors.js';
import { argumentsOf, refuse } from './given.js';

const RECORD = 'docs/benchmarks/centroids.json';
const PAGE = 'docs/approximation.md';
// biome-ignore format: a line
const PARTS = ['speech', 'long', 'causal', 'encoder', 'files', 'auto', 'auto-causal', 'limits', 'kept', 'second', 'stream'] as const;
const CLIPS = 'models/asr-test/wavs';

const MEAN_KEY: Way = { order: 2 };
const NEAR = [0, 1 / 16, 1 / 8];
/** What is tried where exact attention is short, and where it is long. */
const SHORT: Way[] = [
  MEAN_KEY,
  ...[8, 16, 24, 32, 48].map((centroids) => ({ order: 1, centroids, near: 0 })),
  { order: 1, centroids: 32, near: 0, subtractMeanQuery: false },
  ...[32, 64, 128, 256, 512].flatMap((centroids) => NEAR.map((near) => ({ order: 0, centroids, near }))),
];
const LONG: Way[] = [
  MEAN_KEY,
  ...[64, 128, 256, 512].map((centroids) => ({ order: 0, centroids, near: 0 })),
  ...[16, 32].map((centroids) => ({ order: 1, centroids, near: 0 })),
];
const CAUSAL: Way[] = [
  MEAN_KEY,
  ...[8, 16, 32].map((centroids) => ({ order: 1, centroids, near: 0 })),
  ...[16, 32, 64, 128, 256].map((centroids) => ({ order: 0, centroids, near: 0 })),
];
const SHARP: Way[] = [
  MEAN_KEY,
  { order: 1, centroids: 32, near: 0 },
  { order: 0, centroids: 128, near: 1 / 16 },
  { order: 0, centroids: 128, near: 1 / 8 },
  { order: 1, centroids: 128, near: 1 / 8 },
];
/** Order 2 about several centroids, and what its time buys of the other orders. */
const SECOND: Way[] = [
  ...[2, 4, 8].map((centroids) => ({ order: 2, centroids, near: 0 })),
  ...[16, 24, 32, 48, 64, 128].map((centroids) => ({ order: 1, centroids, near: 0 })),
  ...[256, 1024].flatMap((centroids) => NEAR.map((near) => ({ order: 0, centroids, near }))),
];
const JITTER = 0.3;
/** Random calls of a kind whose limits are compared with distances. */
const CALLS = 1100;
/** Tensors of each kind that is made up, and parts of each head of speech, on which tolerances must be kept. */
const SEEDS = 40;
const SPEECH_PARTS = 20;
const TOLERANCES = [0.01, 0.02, 0.05, 0.1];

const USAGE = '--speech qkv-speech.npz [--qkv name=file.npz …] [part …]';
const { values, words } = argumentsOf(USAGE, {
  speech: { type: 'string' },
  qkv: { type: 'string', multiple: true },
  tables: { type: 'boolean' },
});
const wanted = words.length > 0 ? (words as (typeof PARTS)[number][]) : PARTS;
const unknown = wanted.find((part) => !PARTS.includes(part));
if (unknown) refuse(USAGE, `${unknown}, expected a part among ${PARTS.join(', ')}`);
if (!values.tables) {
  // A part whose tensors are not given would leave its record empty.
  const bySpeech = wanted.find((part) => !['encoder', 'files', 'limits'].includes(part));
  if (bySpeech && values.speech === undefined)
    refuse(USAGE, `part ${bySpeech} needs --speech, a file with q, k and v of a recognizer`);
  if (wanted.includes('files') && values.qkv === undefined)
    refuse(USAGE, 'part files needs --qkv, a name and a file with q, k and v, such as ocr-qkv.ts writes');
  for (const path of [
    values.speech ?? [],
    (values.qkv ?? []).map((pair) => pair.replace(/^.*?=/, '')),
  ].flat())
    if (!existsSync(path)) refuse(USAGE, `${path} does not exist`);
}

async function measure(record: CentroidsRecord, part: (typeof PARTS)[number]): Promise<void> {
  const speech = values.speech === undefined ? [] : await headsOf(values.speech, 'speech');
  const others: Awaited<ReturnType<typeof headsOf>> = [];
  for (const given of values.qkv ?? []) {
    const [name, path] = given.split('=') as [string, string];
    others.push(...(await headsOf(path, name)));
  }
  if (part === 'speech') {
    record.speech = [];
    for (const head of speech)
      record.speech.push(...(await measureWays(engine, head, SHORT, { factors: [1, 2, 3] })));
  }
  if (part === 'long') {
    record.long = [];
    for (const head of speech)
      record.long.push(...(await measureWays(engine, continued(head, 65536, JITTER), LONG, { rounds: 1 })));
  }
  if (part === 'causal') {
    record.causal = [];
    for (const L of [4096, 16384])
      for (const head of speech) {
        const long = L > head.L ? continued(head, L, JITTER) : head;
        record.causal.push(...(await measureWays(engine, long, CAUSAL, { rounds: 3, isCausal: true })));
      }
  }
  if (part === 'encoder') {
    record.encoder = [];
    for (const head of await recognizerHeads())
      record.encoder.push(...(await measureWays(engine, head, SHARP, { rounds: 3 })));
  }
  if (part === 'files') {
    record.files = [];
    for (const head of others) record.files.push(...(await measureWays(engine, head, SHARP, { rounds: 3 })));
  }
  if (part === 'auto') {
    const rates = await calibrate(engine);
    record.auto = [];
    const heads = [
      ...speech.flatMap((head) => [1, 2, 3].map((factor) => sharper(head, factor))),
      ...speech.map((head) => beginning(head, 1024)),
      ...speech.map((head) => continued(head, 16384, JITTER)),
      ...madeUp(4096, 64).flatMap((head) => [0.5, 1, 3].map((factor) => sharper(head, factor))),
      ...others,
    ];
    for (const head of heads) record.auto.push(...(await measureChoices(engine, head, rates, TOLERANCES)));
  }
  if (part === 'auto-causal') {
    const rates = await calibrate(engine);
    record.autoCausal = [];
    const heads = [
      ...speech.flatMap((head) => [1, 2].map((factor) => sharper(head, factor))),
      ...speech.map((head) => continued(head, 16384, JITTER)),
      ...madeUp(4096, 64).flatMap((head) => [0.5, 1, 3].map((factor) => sharper(head, factor))),
    ];
    for (const head of heads)
      record.autoCausal.push(...(await measureChoices(engine, head, rates, TOLERANCES, true)));
  }
  if (part === 'limits') record.limits = await measureLimits(engine, CALLS);
  if (part === 'kept') {
    const parts = speech.flatMap((head) => Array.from({ length: SPEECH_PARTS }, () => head));
    const encoder = (await recognizerHeads()).map((head) => ({ ...head, name: 'encoder, head' }));
    record.kept = await measureTolerances(engine, [...parts, ...encoder, ...others], SEEDS);
  }
  if (part === 'stream') {
    record.stream = [];
    for (const head of speech)
      for (const factor of [1, 2])
        record.stream.push(await measureStreams(engine, sharper(continued(head, 16384, JITTER), factor)));
  }
  if (part === 'second') {
    record.second = [];
    const heads = [...speech, ...speech.map((one) => continued(one, 8192, JITTER))];
    for (const head of heads)
      record.second.push(...(await measureWays(engine, head, SECOND, { factors: [1, 2], rounds: 2 })));
    for (const head of others)
      record.second.push(...(await measureWays(engine, head, SECOND, { rounds: 3 })));
  }
}

/** q, k and v of every eighth clip of the recognizer's test set. */
async function recognizerHeads(): Promise<Head[]> {
  const clips = (await readdir(CLIPS)).filter((name) => name.endsWith('.wav')).sort();
  const heads: Head[] = [];
  for (const clip of clips.filter((_, i) => i % 8 === 0))
    heads.push(...(await encoderHeads(join(CLIPS, clip), clip.replace('.wav', ''))));
  return heads;
}

enableTier('relaxed');
const engine = await createEngine({ tier: 'relaxed', threads: 1 });
try {
  const record: CentroidsRecord = JSON.parse(readFileSync(RECORD, { encoding: 'utf8', flag: 'a+' }) || '{}');
  if (!values.tables) {
    record.machine = await describeMachine();
    record.jitter = JITTER;
    for (const part of wanted) {
      process.stderr.write(`${part}\n`);
      await measure(record, part);
      writeFileSync(RECORD, `${JSON.stringify(record, (_, value) => rounded(value), 1)}\n`);
    }
  }
  if (values.tables) writeFileSync(PAGE, insertTables(readFileSync(PAGE, 'utf8'), record));
} finally {
  await engine.dispose();
}

/** Four digits are more than a measurement has. */
function rounded(value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
