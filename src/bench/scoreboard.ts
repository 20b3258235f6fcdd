import { formatBytes, formatCount, formatEstimate, formatPercent } from '../format/numbers.js';
import { median, ratioEstimate } from '../statistics/estimates.js';
import { OURS as DECODERS } from './decoding/hw2.js';
import { DECODING, ONE_HEAD, PROMPT } from './decoding/plan.js';
import type { DecodingProblem } from './decoding/problem.js';
import type { DecodingRace } from './decoding/race.js';
import { entryOf as decoderOf, describeCache, fastestPeer } from './decoding/summary.js';
import { describe } from './formats.js';
import { NATIVE, OURS, titleOf } from './names.js';
import type { Kind, Problem } from './problem.js';
import type { Growth } from './questions.js';
import type { Race } from './race.js';
import type { Machine } from './record.js';
import { RULES_IN_TABLES } from './rules/plan.js';
import { type RuleProblem, type RuleRace, ruleTitle } from './rules/problem.js';
import { BASE } from './settings.js';
import { entryOf, growthInLength, isOurs, raceRows, strongestPeer } from './summary.js';
import type { Tradeoff } from './tradeoff.js';

/** What `hw2 bench --json` prints. */
export interface BenchReport {
  format: 'hw2-bench';
  version: 2;
  machine: Machine;
  races: Race[];
  tradeoffs: Tradeoff[];
  /** Steps of decoding, where these were measured. */
  decoding?: DecodingRace[];
  memory: ({ problem: Problem; contender: string } & Partial<Growth>)[];
  /** Of `hw2 bench --recurrent`. */
  rules?: RuleRace[];
}

type Wanted = Partial<Problem>;
const USUAL: Wanted = { ...BASE, D: 64, threads: 1 };

/** One line of the scoreboard: what is asked, and its answer in one report; nothing where it was not measured. */
interface Line {
  title: string;
  answer(report: BenchReport): string | undefined;
}

const LINES: Line[] = [
  ...[1024, 4096, 16384].map((L) => speedLine(`exact, L ${formatCount(L)}, D 64`, 'exact', 'exact', { L })),
  speedLine('exact causal, L 4,096, D 64', 'exact', 'exact', { L: 4096, isCausal: true }),
  ...[16, 32, 64].map((D) => speedLine(`linear, L 16,384, D ${D}`, 'taylor', 'taylor', { L: 16384, D })),
  speedLine('linear, L 16,384, D 32, over native exact', 'taylor', 'exact', { L: 16384, D: 32 }),
  ...DECODING.map(decodingLine),
  smallCacheLine('bfloat16'),
  smallCacheLine('int8'),
  {
    title: 'one token of linear attention, order 2, one head, D 64; share of a loop that reads its state',
    answer(report) {
      const race = findDecoding(report, ONE_HEAD, 1);
      const step = race && decoderOf(race, DECODERS.state);
      if (!race || !step) return undefined;
      const { seconds, bytes } = race.read;
      const share = ratioEstimate(seconds, step.seconds).value * (step.bytes / bytes);
      return `${(1e6 * median(step.seconds)).toPrecision(2)} µs, ${formatPercent(share, 0)}`;
    },
  },
  {
    title: 'a step with a cache over attention to tensors, 4,096 keys, 8/8 heads, D 64: time',
    answer(report) {
      const race = findDecoding(report, { keys: 4096, heads: 8, kvHeads: 8, D: 64 }, 1);
      const step = race && decoderOf(race, DECODERS.step);
      return step?.ratio.value.toFixed(2);
    },
  },
  {
    title: 'float16 arrays over float32 arrays, exact, 8 heads, L 1,024, D 64, 1 and 2 threads: speed',
    answer(report) {
      const speeds = [1, 2].map((threads) => {
        const race = findDecoding(report, PROMPT, threads);
        const halves = race && decoderOf(race, DECODERS.halves);
        return halves && (1 / halves.ratio.value).toFixed(2);
      });
      return speeds.every((speed) => speed !== undefined) ? speeds.join(', ') : undefined;
    },
  },
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
  ...RULES_IN_TABLES.map((setting) => ruleLine(setting, 8192, 4, [1, 2])),
  ruleLine({ rule: 'gated_delta', byKey: false }, 1024, 16, [1]),
  ...[4, 16].map((heads) => ruleTokenLine(heads)),
];

type RuleSetting = (typeof RULES_IN_TABLES)[number];

function findRule({ rules = [] }: BenchReport, wanted: RuleSetting & Partial<RuleProblem>) {
  return rules.find(({ problem }) =>
    (Object.keys(wanted) as (keyof typeof wanted)[]).every((key) => problem[key] === wanted[key]),
  );
}

/** Ours against the fastest operator of ONNX Runtime. */
function ruleSpeed(race: RuleRace | undefined): string | undefined {
  const peer = race && strongestPeer(race, race.problem.rule);
  const ours = race?.entries.find(isOurs);
  return peer && ours && `${ratioEstimate(peer.seconds, ours.seconds).value.toFixed(2)}×`;
}

/** A token by each of the rules, on one thread. */
function ruleTokenLine(heads: number): Line {
  return {
    title: `rules, a token, ${heads} heads, D 128: ${RULES_IN_TABLES.map(ruleTitle).join('; ')}`,
    answer(report) {
      const speeds = RULES_IN_TABLES.map((setting) =>
        ruleSpeed(findRule(report, { ...setting, L: 1, D: 128, heads, threads: 1 })),
      );
      return speeds.every((speed) => speed !== undefined) ? speeds.join('; ') : undefined;
    },
  };
}

/** A rule at some length, and its share of the roof on one thread. */
function ruleLine(setting: RuleSetting, L: number, heads: number, threads: readonly number[]): Line {
  const counted = threads.length > 1 ? `, ${threads.join(' and ')} threads` : '';
  return {
    title: `rule ${ruleTitle(setting)}, ${formatCount(L)} tokens, ${heads} heads, D 128${counted}`,
    answer(report) {
      const raceOn = (count: number) => findRule(report, { ...setting, L, D: 128, heads, threads: count });
      const race = raceOn(1);
      const ours = race && raceRows(race).find(isOurs);
      const speeds = threads.map((count) => ruleSpeed(raceOn(count)));
      if (!ours || speeds[0] === undefined) return undefined;
      const share = `${formatPercent(ours.roofShare, 0)} of the roof`;
      return [...speeds.map((speed) => speed ?? '–'), share].join(', ');
    },
  };
}

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

type Cache = Pick<DecodingProblem, 'keys' | 'heads' | 'kvHeads' | 'D' | 'queries'>;

function findDecoding(
  { decoding = [] }: BenchReport,
  wanted: Cache,
  threads: number,
): DecodingRace | undefined {
  return decoding.find(
    ({ problem }) =>
      problem.threads === threads &&
      (Object.keys(wanted) as (keyof Cache)[]).every((key) => problem[key] === wanted[key]),
  );
}

/** One query a head, on one thread and on two. */
function decodingLine(cache: Cache): Line {
  return {
    title: `decoding, ${describeCache(cache)}, 1 and 2 threads`,
    answer(report) {
      const speeds = [1, 2].map((threads) => {
        const race = findDecoding(report, cache, threads);
        const [ours, peer] = [race && decoderOf(race, DECODERS.tensors), race && fastestPeer(race)];
        return ours && peer && `${ratioEstimate(peer.seconds, ours.seconds).value.toFixed(2)}×`;
      });
      return speeds.every((speed) => speed !== undefined) ? speeds.join(', ') : undefined;
    },
  };
}

function smallCacheLine(type: 'bfloat16' | 'int8'): Line {
  return {
    title: `cache of ${type} over float32, 16,384 keys, 8/8 heads, D 64: time, memory`,
    answer(report) {
      const race = findDecoding(report, { keys: 16384, heads: 8, kvHeads: 8, D: 64 }, 1);
      const [ours, small] = [
        race && decoderOf(race, DECODERS.tensors),
        race && decoderOf(race, DECODERS[type]),
      ];
      if (!ours || !small) return undefined;
      return `${small.ratio.value.toFixed(2)}, ${(small.bytes / ours.bytes).toFixed(2)}`;
    },
  };
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
