import type { Clip } from '../data/ljspeech.js';
import type { Waveform } from '../data/wav.js';
import { readWav } from '../data/wav-file.js';
import type { Interval } from '../metrics/classification.js';
import { bootstrapInterval, pairedRandomisationTest } from '../metrics/resampling.js';
import { decode } from './decode.js';
import { type ClipScore, type SetScore, scoreClip, scoreSet } from './evaluation.js';
import type { Recognizer } from './recognizer.js';
import { spectrogramOf } from './spectrogram.js';
import { encodeText } from './text.js';

/** A recognizer's scores on a set of clips. */
export interface Judged {
  name: string;
  clips: ClipScore[];
  score: SetScore;
  /** 95 % intervals of the scores. */
  intervals: Record<keyof SetScore, Interval>;
  /** Seconds of work on a second of sound, from samples to text. */
  realTimeFactor: number;
}

/** The measures in the order in which they are shown. */
export const MEASURES: readonly { title: string; measure: keyof SetScore }[] = [
  { title: 'loss', measure: 'loss' },
  { title: 'Jaccard', measure: 'jaccard' },
  { title: 'cosine', measure: 'cosine' },
  { title: 'Damerau–Levenshtein', measure: 'edit' },
  { title: 'CER', measure: 'characterErrorRate' },
  { title: 'WER', measure: 'wordErrorRate' },
];

/** Scores a recognizer on clips. @param onClip called after each of them with how many are done */
export async function judge(
  recognizer: Recognizer,
  clips: readonly Clip[],
  beam: number,
  onClip: (done: number) => void = () => {},
): Promise<Judged> {
  const scores: ClipScore[] = [];
  let work = 0;
  let sound = 0;
  for (const { audio, normalised } of clips) {
    const waveform = await readWav(audio);
    work += await timed(recognizer, waveform, beam);
    sound += waveform.samples.length / waveform.sampleRate;
    const utterance = { spectrogram: spectrogramOf(waveform), tokens: encodeText(normalised) };
    scores.push(await scoreClip(recognizer, utterance, { beam }));
    onClip(scores.length);
  }
  return {
    name: recognizer.decoder,
    clips: scores,
    score: scoreSet(scores),
    intervals: intervalsOf(scores),
    realTimeFactor: work / sound,
  };
}

/** How far the second is from the first, clip by clip, in each measure, and whether chance explains it. */
export function compare(first: Judged, second: Judged) {
  return MEASURES.map(({ title, measure }) => {
    const differences = first.clips.map(
      (clip, i) => scoreSet([second.clips[i]!])[measure] - scoreSet([clip])[measure],
    );
    const difference = differences.reduce((sum, x) => sum + x, 0) / differences.length;
    return { title, difference, p: pairedRandomisationTest(differences) };
  });
}

/** Seconds from samples to text. */
async function timed(recognizer: Recognizer, waveform: Waveform, beam: number): Promise<number> {
  const start = performance.now();
  await decode(recognizer, await recognizer.listen(spectrogramOf(waveform)), beam);
  return (performance.now() - start) / 1e3;
}

function intervalsOf(clips: readonly ClipScore[]): Judged['intervals'] {
  const entries = MEASURES.map(({ measure }) => [
    measure,
    bootstrapInterval(clips, (drawn) => scoreSet(drawn)[measure]),
  ]);
  return Object.fromEntries(entries);
}
