import { median } from '../../statistics/estimates.js';
import { shownAgainst } from '../goal.js';
import type { BenchReport } from '../report.js';
import { OURS } from './hw2.js';
import { EIGHT, ONE_HEAD, PROMPT } from './plan.js';
import type { DecodingRace } from './race.js';
import { type Cache, describeCache, entryOf, findRace, shareOfReading, speedOverNative } from './summary.js';

/** What generation was to reach, and what a race on the tensors of `cache` says of it. */
interface Goal {
  title: string;
  cache: Cache;
  /** In words, and of a figure. */
  goal: string;
  isMet(figure: number): boolean;
  figure(race: DecodingRace): number | undefined;
}

const GROUPED = { heads: 32, kvHeads: 8, D: 128 };

const GOALS: readonly Goal[] = [
  ...(
    [
      [{ keys: 128, ...EIGHT }, 1],
      [{ keys: 1024, ...EIGHT }, 1.6],
      [{ keys: 4096, ...EIGHT }, 1.4],
      [{ keys: 4096, ...GROUPED }, 1.5],
      [{ keys: 4096, heads: 8, kvHeads: 1, D: 64 }, 2],
      [{ keys: 16384, ...GROUPED }, 1.7],
    ] as const
  ).map(([cache, least]) =>
    atLeast(`speed over native, ${describeCache(cache)}`, cache, least, speedOverNative),
  ),
  ...(
    [
      ['int8', 0.6, 0.28],
      ['bfloat16', 0.75, 0.5],
    ] as const
  ).flatMap(([type, time, bytes]) => {
    const cache = { keys: 16384, ...EIGHT };
    const title = `cache of ${type} over float32, ${describeCache(cache)}`;
    return [
      atMost(`time, ${title}`, cache, time, (race) => entryOf(race, OURS[type])?.ratio.value),
      atMost(`bytes, ${title}`, cache, bytes, (race) => {
        const [small, full] = [entryOf(race, OURS[type]), entryOf(race, OURS.step)];
        return small && full && small.bytes / full.bytes;
      }),
    ];
  }),
  atMost(
    'time of append and attention with a cache over attention to tensors, 4,096 keys, 8/8 heads, D 64',
    { keys: 4096, ...EIGHT },
    1.05,
    (race) => entryOf(race, OURS.step)?.ratio.value,
  ),
  {
    title: 'one token of linear attention, order 2, one head, D 64, in ms',
    cache: ONE_HEAD,
    goal: 'at most 0.15',
    isMet: (ms) => ms <= 0.15,
    figure(race) {
      const step = entryOf(race, OURS.state);
      return step && 1e3 * median(step.seconds);
    },
  },
  atLeast('the same, of the speed of a loop that reads its state', ONE_HEAD, 0.5, (race) => {
    const step = entryOf(race, OURS.state);
    return step && shareOfReading(race, step);
  }),
  atLeast('speed of float16 inputs over float32, 8 heads, L 1,024, D 64', PROMPT, 0.95, (race) => {
    const halves = entryOf(race, OURS.halves);
    return halves && 1 / halves.ratio.value;
  }),
];

function atLeast(title: string, cache: Cache, least: number, figure: Goal['figure']): Goal {
  return { title, cache, goal: `at least ${least}`, isMet: (x) => x >= least, figure };
}

function atMost(title: string, cache: Cache, most: number, figure: Goal['figure']): Goal {
  return { title, cache, goal: `at most ${most}`, isMet: (x) => x <= most, figure };
}

/** What was to be reached in generation and what was, on one thread and on two, in Markdown; what falls short is bold. */
export function decodingGoals(reports: readonly { name: string; report: BenchReport }[]): string {
  const cell = ({ cache, figure, isMet }: Goal, { decoding }: BenchReport) =>
    [1, 2]
      .map((threads) => {
        const race = findRace(decoding, cache, threads);
        return shownAgainst(isMet, race && figure(race));
      })
      .join(', ');
  const rows = [
    ['', 'goal', ...reports.map(({ name }) => `${name}, 1 and 2 threads`)],
    ['---', '---', ...reports.map(() => '---')],
    ...GOALS.map((goal) => [goal.title, goal.goal, ...reports.map(({ report }) => cell(goal, report))]),
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
