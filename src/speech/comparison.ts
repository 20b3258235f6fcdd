import type { Clip } from '../data/ljspeech.js';
import { mean } from '../statistics/estimates.js';
import type { Interval } from '../statistics/resampling.js';
import { bootstrapInterval, pairedRandomisationTest } from '../statistics/resampling.js';
import { calibrationError, type JudgedWord, outcomesOf } from './calibration.js';
import { confidenceOf } from './confidence.js';
import { decode, transcriptLoss } from './decode.js';
import { type ClipScore, type SetScore, scoreSet, scoreTranscript } from './evaluation.js';
import type { Recognizer } from './recognizer.js';
import { readSound } from './sound.js';
import { encodeText } from './text.js';

/** A recognizer's scores on a set of clips. */
export interface Judged {
  name: string;
  clips: ClipScore[];
  score: SetScore;
  /** 95 % intervals of the scores. */
  intervals: Record<keyof SetScore, Interval>;
  /** Every word that was heard, with its confidence. */
  words: JudgedWord[];
  /** Of these. */
  calibrationError: number;
  /** Seconds of a processor's work on a second of sound, from file to text, whatever else the machine does meanwhile. */
  realTimeFactor: number;
}

export interface Metric {
  title: string;
  metric: keyof SetScore;
  /** What a clip adds to it. */
  of: (clip: ClipScore) => number;
}

/** The measures in the order in which they are shown. */
export const METRICS: readonly Metric[] = [
  { title: 'loss', metric: 'loss', of: ({ loss }) => loss },
  { title: 'Jaccard', metric: 'jaccard', of: ({ jaccard }) => jaccard },
  { title: 'cosine', metric: 'cosine', of: ({ cosine }) => cosine },
  { title: 'Damerau–Levenshtein', metric: 'edit', of: ({ edit }) => edit },
  { title: 'CER', metric: 'characterErrorRate', of: ({ characters }) => characters.errors },
  { title: 'WER', metric: 'wordErrorRate', of: ({ words }) => words.errors },
];

/** What a recognizer made of some clips; parts of a set are put together by `judgementOf`. */
export interface HeardClips {
  clips: ClipScore[];
  words: JudgedWord[];
  /** Seconds of processor time, from file to text, and of sound. */
  work: number;
  sound: number;
}

/** Scores a recognizer on clips. @param onClip called after each of them with how many are done */
export async function judge(
  recognizer: Recognizer,
  clips: readonly Clip[],
  beam: number,
  onClip: (done: number) => void = () => {},
): Promise<Judged> {
  return judgementOf(recognizer.decoder, [await hear(recognizer, clips, beam, onClip)]);
}

/** Lets a recognizer hear clips. @param onClip called after each of them with how many are done */
export async function hear(
  recognizer: Recognizer,
  clips: readonly Clip[],
  beam: number,
  onClip: (done: number) => void = () => {},
): Promise<HeardClips> {
  const heardClips: HeardClips = { clips: [], words: [], work: 0, sound: 0 };
  for (const { audio, normalised } of clips) {
    const began = process.cpuUsage();
    const { spectrogram, seconds } = await readSound(audio, recognizer.frontEnd);
    const start = await recognizer.listen(spectrogram);
    const heard = await decode(recognizer, start, beam);
    const { user, system } = process.cpuUsage(began);
    heardClips.work += (user + system) / 1e6;
    heardClips.sound += seconds;
    const said = encodeText(normalised);
    for (const word of outcomesOf(said, heard)) {
      const confidence = confidenceOf(word, recognizer.calibration);
      heardClips.words.push({ confidence, right: word.right });
    }
    const loss = await transcriptLoss(recognizer, start, said);
    heardClips.clips.push(scoreTranscript(said, heard.tokens, loss));
    onClip(heardClips.clips.length);
  }
  return heardClips;
}

/** The scores of a set that was heard in parts, in their order. */
export function judgementOf(name: string, parts: readonly HeardClips[]): Judged {
  const clips = parts.flatMap((part) => part.clips);
  const words = parts.flatMap((part) => part.words);
  return {
    name,
    clips,
    score: scoreSet(clips),
    intervals: intervalsOf(clips),
    words,
    calibrationError: calibrationError(words),
    realTimeFactor: mean(parts.map(({ work }) => work)) / mean(parts.map(({ sound }) => sound)),
  };
}

export interface Difference {
  title: string;
  /** Of the second from the first. */
  difference: number;
  /** Two-sided, of the hypothesis that the two are equally good: each clip may as well have its scores exchanged. */
  p: number;
}

/** How far the second is from the first in each metric, and whether chance explains it; both of the same clips. */
export function compare(first: Judged, second: Judged): Difference[] {
  return METRICS.map(({ title, metric, of }) => ({
    title,
    difference: second.score[metric] - first.score[metric],
    p: pairedRandomisationTest(first.clips.map((clip, i) => of(second.clips[i]!) - of(clip))),
  }));
}

function intervalsOf(clips: readonly ClipScore[]): Judged['intervals'] {
  const entries = METRICS.map(({ metric }) => [
    metric,
    bootstrapInterval([clips], ([drawn]) => scoreSet(drawn!)[metric]),
  ]);
  return Object.fromEntries(entries);
}
