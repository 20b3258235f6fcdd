import {
  formatBytes,
  formatCount,
  formatEstimate,
  formatPercent,
  formatSeconds,
} from '../../format/numbers.js';
import { median, ratioEstimate } from '../../statistics/estimates.js';
import { OURS } from './hw2.js';
import type { DecodingProblem } from './problem.js';
import type { DecodingEntry, DecodingRace } from './race.js';

/** What is decoded against, whoever does it. */
export type Cache = Omit<DecodingProblem, 'threads' | 'tier'>;

/** A cache in words: `4,096 keys, 32/8 heads, D 128`; a prompt with its queries before. */
export function describeCache({ keys, heads, kvHeads, D, queries = 1 }: Cache): string {
  const cache = `${formatCount(keys)} keys, ${heads}/${kvHeads} heads, D ${D}`;
  return queries === 1 ? cache : `${formatCount(queries)} queries, ${cache}`;
}

export function entryOf({ entries }: DecodingRace, contender: string): DecodingEntry | undefined {
  return entries.find((entry) => entry.contender === contender);
}

/** The race against a cache on so many threads, where it was run. */
export function findRace(
  races: readonly DecodingRace[] = [],
  cache: Cache,
  threads: number,
): DecodingRace | undefined {
  return races.find(
    ({ problem }) => problem.threads === threads && describeCache(problem) === describeCache(cache),
  );
}

/** The fastest contender that is not ours, by median. */
export function fastestPeer({ entries }: DecodingRace): DecodingEntry | undefined {
  return entries
    .filter(({ contender }) => !contender.startsWith('hw2 '))
    .sort((a, b) => median(a.seconds) - median(b.seconds))[0];
}

/** How many times as fast as the fastest other contender attention to tensors is. */
export function speedOverNative(race: DecodingRace | undefined): number | undefined {
  const [ours, peer] = [race && entryOf(race, OURS.tensors), race && fastestPeer(race)];
  return ours && peer && ratioEstimate(peer.seconds, ours.seconds).value;
}

/** The speed at which an entry reads its keys and values, of that of the loop that does nothing else. */
export function shareOfReading({ read }: DecodingRace, { seconds, bytes }: DecodingEntry): number {
  return ratioEstimate(read.seconds, seconds).value * (bytes / read.bytes);
}

export const DECODING_COLUMNS = ['', 'time', 'memory', 'GB/s', 'of reading', 'hw2 exact is'] as const;

/** One line a contender: how fast it reads its keys and values, beside a loop that does nothing else. */
export function decodingRows(race: DecodingRace): string[][] {
  return race.entries.map((entry, i) => {
    const { contender, seconds, bytes, ratio } = entry;
    return [
      contender,
      formatSeconds(median(seconds)),
      formatBytes(bytes),
      (bytes / median(seconds) / 1e9).toPrecision(3),
      formatPercent(shareOfReading(race, entry), 0),
      i === 0 ? '' : `${formatEstimate(ratio)}×`,
    ];
  });
}

/** What is said below the rows: who is missing and why. */
export function decodingNotes({ absent }: DecodingRace): string[] {
  return absent.map(({ contender, reason }) => `${contender}: ${reason}`);
}

/** A table for a document. */
export function decodingMarkdown(races: readonly DecodingRace[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return races
    .flatMap((race) => [
      `## ${describeCache(race.problem)}, threads ${race.problem.threads}, ${race.problem.tier}`,
      '',
      line(DECODING_COLUMNS),
      line(DECODING_COLUMNS.map(() => '---')),
      ...decodingRows(race).map(line),
      '',
      ...decodingNotes(race).map((note) => `${note}\n`),
    ])
    .join('\n');
}
