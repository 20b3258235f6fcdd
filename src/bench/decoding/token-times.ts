import { formatCount, formatSeconds } from '../../format/numbers.js';
import { median } from '../../statistics/estimates.js';
import { OURS } from './hw2.js';
import { ONE_HEAD } from './plan.js';
import type { DecodingRace } from './race.js';
import { entryOf } from './summary.js';

const LENGTHS = [128, 1024, 4096, 16384];
const CACHES = [
  ['`float32`', OURS.step],
  ['`bfloat16`', OURS.bfloat16],
  ['`int8`', OURS.int8],
] as const;

/**
 * What a token takes with a cache of each type, in Markdown, by what the cache or its window holds: 8 heads of D 64 on one thread;
 * and with a state of linear attention, which has one head here and takes as long for each of several.
 */
export function tokenTimes(races: readonly DecodingRace[]): string {
  const time = (keys: number, heads: number, contender: string) => {
    const race = races.find(
      ({ problem }) => problem.keys === keys && problem.kvHeads === heads && problem.threads === 1,
    );
    const entry = race && entryOf(race, contender);
    return entry ? formatSeconds(median(entry.seconds)) : '–';
  };
  const rows = [
    ['', ...LENGTHS.map((keys) => `${formatCount(keys)} tokens`)],
    ['---', ...LENGTHS.map(() => '---')],
    ...CACHES.map(([name, contender]) => [
      `cache of ${name}, 8 heads`,
      ...LENGTHS.map((keys) => time(keys, 8, contender)),
    ]),
    [
      'linear attention, order 2, one head',
      ...LENGTHS.map((_, i) => (i === 0 ? `${time(ONE_HEAD.keys, 1, OURS.state)} at any length` : '')),
    ],
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
