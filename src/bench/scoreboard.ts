import { formatBytes, formatCount, formatEstimate, formatPercent } from '../format/numbers.js';
import { median, ratioEstimate } from '../statistics/estimates.js';
import { DECODING_LINES } from './decoding/lines.js';
import { describe } from './formats.js';
import { NATIVE, OURS, titleOf } from './names.js';
import type { Kind, Problem } from './problem.js';
import type { Race } from './race.js';
import type { BenchReport, Line } from './report.js';
import { RULE_LINES } from './rules/lines.js';
import { BASE } from './settings.js';
import { entryOf, growthInLength, raceRows, strongestPeer } from './summary.js';

type Wanted = Partial<Problem>;
const USUAL: Wanted = { ...BASE, D: 64, threads: 1 };

const LINES: Line[] = [
  ...[1024, 4096, 16384].map((L) => speedLine(`exact, L ${formatCount(L)}, D 64`, 'exact', 'exact', { L })),
  speedLine('exact causal, L 4,096, D 64', 'exact', 'exact', { L: 4096, isCausal: true }),
  ...[16, 32, 64].map((D) => speedLine(`linear, L 16,384, D ${D}`, 'taylor', 'taylor', { L: 16384, D })),
  speedLine('linear, L 16,384, D 32, over native exact', 'taylor', 'exact', { L: 16384, D: 32 }),
  ...DECODING_LINES,
  speedLine('exact, 8 heads, L 2,048, D 64', 'exact', 'exact', { L: 2048, heads: 8 }),
  speedLine('linear, 8 heads, L 2,048, D 64', 'taylor', 'taylor', { L: 2048, heads: 8 }),
  dimensionLine(80, 64),
  dimensionLine(100, 96),
  roofLine('exact'),
  roofLine('taylor'),
  threadsLine('exact'),
  threadsLine('taylor'),
  exponentLine('exact'),
  exponentLine('taylor'),
  {
    title: 'a call of one token, exact',
    answer(report) {
      const race = find(report, { L: 1 });
      const entry = race && entryOf(race, OURS.exact);
      return entry && `${(1e6 * median(entry.seconds)).toPrecision(2)} µs`;
    },
  },
  memoryLine('exact'),
  memoryLine('taylor'),
  {
    title: 'linear, one million tokens, D 32, one head',
    answer(report) {
      const wanted = { L: 2 ** 20, D: 32 };
      const race = find(report, wanted);
      const growth = report.memory.find(({ problem }) => fits(problem, wanted));
      const entry = race && entryOf(race, OURS.taylor);
      if (!entry) return undefined;
      return `${median(entry.seconds).toPrecision(2)} s${growth?.bytes ? `, ${formatBytes(growth.bytes)}` : ''}`;
    },
  },
  ...RULE_LINES,
];

/** A Markdown table of what users ask first: one line a question, one column a report, and the machine below. */
export function scoreboard(reports: readonly BenchReport[]): string {
  const head = reports.map(({ machine, races }) => {
    return `\`${races[0]?.problem.tier}\`, Node ${Number.parseInt(machine.node.slice(1), 10)}`;
  });
  const cells = LINES.map(({ title, answer }) => [title, ...reports.map((report) => answer(report) ?? '–')]);
  const rows = [['', ...head], ['---', ...head.map(() => '---')], ...cells];
  return [...rows.map((row) => `| ${row.join(' | ')} |`), '', ...footnotes(reports)].join('\n');
}

function footnotes(reports: readonly BenchReport[]): string[] {
  const machines = new Set(reports.map(({ machine }) => describe(machine)));
  return [
    'Speed against the fastest native graph of ONNX Runtime on as many threads, one unless said; above 1 hw2 is faster. Medians of rounds taken by turns.',
    '',
    ...[...machines].map((machine) => `- ${machine}`),
  ];
}

function fits(problem: Problem, wanted: Wanted): boolean {
  const all = { ...USUAL, ...wanted };
  return (Object.keys(all) as (keyof Problem)[]).every((key) => problem[key] === all[key]);
}

function find({ races }: BenchReport, wanted: Wanted): Race | undefined {
  return races.find(({ problem }) => fits(problem, wanted));
}

function speedLine(title: string, ours: Kind, theirs: Kind, wanted: Wanted): Line {
  return {
    title,
    answer(report) {
      const race = find(report, wanted);
      const [entry, peer] = [race && entryOf(race, OURS[ours]), race && strongestPeer(race, theirs)];
      if (!entry || !peer) return undefined;
      return `${ratioEstimate(peer.seconds, entry.seconds).value.toFixed(2)}×`;
    },
  };
}

function roofLine(kind: Kind): Line {
  return {
    title: `share of the roof, ${titleOf(kind)}, L 4,096, D 64`,
    answer(report) {
      const race = find(report, { L: 4096 });
      const row = race && raceRows(race).find(({ contender }) => contender === OURS[kind]);
      return row && formatPercent(row.roofShare, 0);
    },
  };
}

/** Share of the roof at a dimension that fills no whole tiles, over that at one nearby that does. */
function dimensionLine(D: number, whole: number): Line {
  return {
    title: `speed at D ${D} over that at D ${whole}, exact, L 2,048`,
    answer(report) {
      const [odd, even] = [D, whole].map((dimension) => {
        const race = find(report, { L: 2048, D: dimension });
        return race && raceRows(race).find(({ contender }) => contender === OURS.exact)?.roofShare;
      });
      return odd && even ? (odd / even).toFixed(2) : undefined;
    },
  };
}

function threadsLine(kind: Kind): Line {
  return {
    title: `all threads over one, ${titleOf(kind)}, L 4,096, D 64`,
    answer(report) {
      const seconds = (threads: Problem['threads']) => {
        const race = find(report, { L: 4096, threads });
        const entry = race && entryOf(race, OURS[kind]);
        return entry && median(entry.seconds);
      };
      const [one, all] = [seconds(1), seconds(report.machine.cores)];
      return one && all ? `${(one / all).toFixed(2)}×` : undefined;
    },
  };
}

/** From this length on: below it, what does not grow counts too. */
const LONG = 4096;

function exponentLine(kind: Kind): Line {
  return {
    title: `exponent in L of time over the roof’s, ${titleOf(kind)}, L from 4,096, D 64`,
    answer({ races }) {
      const long = races.filter(({ problem: { L, ...problem } }) => L >= LONG && fits({ L, ...problem }, {}));
      const growth = growthInLength(long).find(({ contender }) => contender === OURS[kind]);
      if (!growth) return undefined;
      return formatEstimate(growth.exponent);
    },
  };
}

function memoryLine(kind: Kind): Line {
  return {
    title: `memory, ${titleOf(kind)}, L 16,384, D 64`,
    answer({ memory }) {
      const bytes = (contender: string) =>
        memory.find((row) => row.contender === contender && fits(row.problem, { L: 16384 }))?.bytes;
      const ours = bytes(OURS[kind]);
      const theirs = bytes(kind === 'exact' ? NATIVE.fused : NATIVE.features);
      if (!ours) return undefined;
      return `${formatBytes(ours)}${theirs ? `; native ${formatBytes(theirs)}` : ''}`;
    },
  };
}
