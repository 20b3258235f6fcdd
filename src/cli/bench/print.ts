import colours from 'picocolors';
import { groupByLength, groupRaces, timeChart, tradeoffChart } from '../../bench/charts.js';
import {
  DECODING_COLUMNS,
  decodingNotes,
  decodingRows,
  describeCache,
} from '../../bench/decoding/summary.js';
import type { Findings } from '../../bench/measure.js';
import { OURS } from '../../bench/names.js';
import type { Race } from '../../bench/race.js';
import { sameProblem } from '../../bench/record.js';
import {
  crossover,
  entryOf,
  growthInLength,
  growthInState,
  isOurs,
  raceRows,
  raceSpread,
  strongestPeer,
} from '../../bench/summary.js';
import { expansionTitle, type Tradeoff } from '../../bench/tradeoff.js';
import { chartText } from '../../charts/text.js';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatError,
  formatEstimate,
  formatPercent,
  formatSeconds,
} from '../../format/numbers.js';
import { median, ratioEstimate } from '../../statistics/estimates.js';
import { print } from '../output.js';
import { printTable } from '../table.js';
import { printAbsent, warnOfNoise } from './remarks.js';

export function printFindings(
  { races, decoding = [], tradeoffs, memory }: Findings,
  baseline: readonly Race[],
): void {
  for (const [group, members] of groupRaces(races)) printGroup(group, members, baseline);
  for (const race of decoding) {
    print(
      `\nOne step of decoding, ${describeCache(race.problem)}, ${formatCounted(race.problem.threads, 'thread')}, ${race.problem.tier}\n`,
    );
    printTable([...DECODING_COLUMNS], decodingRows(race));
    for (const note of decodingNotes(race)) print(note);
  }
  printStateGrowth(races);
  for (const table of tradeoffs) printTradeoff(table);
  if (memory.length > 0) printMemory(memory);
  printAbsent(
    races.flatMap(({ problem, absent }) =>
      absent.map(
        ({ contender, reason }) => `${contender}, ${problem.isCausal ? 'causal' : 'dense'}: ${reason}`,
      ),
    ),
  );
  for (const line of conclusions(races)) print(`\n${line}`);
}

function printGroup(group: string, races: readonly Race[], baseline: readonly Race[]): void {
  print(`\n${group}\n`);
  const compared = baseline.length > 0;
  printTable(
    ['', 'L', 'time', '95 %', 'GFLOP/s', 'of roof', 'hw2 is', ...(compared ? ['of before'] : [])],
    races.flatMap((race) =>
      raceRows(race).map((row) => [
        row.contender,
        formatCount(row.L),
        formatSeconds(row.time.value),
        `±${formatPercent((row.time.high - row.time.low) / 2 / row.time.value, 0)}`,
        row.gflops.toPrecision(3),
        formatPercent(row.roofShare, 0),
        row.hw2Speed ? `${row.hw2Speed.value.toFixed(2)}×` : '',
        ...(compared ? [changeSince(baseline, race, row.contender)] : []),
      ]),
    ),
  );
  const [growth, length] = [growthInLength(races), crossover(races)];
  if (growth.length > 0 || length) print('');
  for (const { contender, exponent } of growth)
    print(`${contender}: time over the roof’s grows with L^${formatEstimate(exponent)}`);
  if (length) print(`Linear attention pays from L ≈ ${formatCount(Math.round(length))}.`);
  warnOfNoise(races.map(raceSpread));
  if (races.length > 2) print(`\n${chartText(timeChart(group, races), colours.isColorSupported)}`);
}

function printStateGrowth(races: readonly Race[]): void {
  for (const [group, members] of groupByLength(races)) {
    for (const { contender, exponent } of growthInState(members)) {
      print(
        `\n${contender}, ${group}: time over the roof’s grows with (M·(D + 1))^${formatEstimate(exponent)}`,
      );
    }
  }
}

/** Time now over time then. */
function changeSince(baseline: readonly Race[], race: Race, contender: string): string {
  const before = baseline.find(({ problem }) => sameProblem(problem, race.problem));
  const [then, now] = [before && entryOf(before, contender), entryOf(race, contender)];
  return then && now ? `${(median(now.seconds) / median(then.seconds)).toFixed(2)}×` : '–';
}

function printTradeoff(table: Tradeoff): void {
  const { problem, sigmas, exactSeconds, exactErrors, orders, expansions = [] } = table;
  print(
    `\nWhat time buys: distance to softmax at L ${formatCount(problem.L)}, D ${problem.D}, by deviation σ of the scores\n`,
  );
  printTable(
    ['', 'time', ...sigmas.map((sigma) => `σ ${sigma}`)],
    [
      ['exact', formatSeconds(median(exactSeconds)), ...exactErrors.map(formatError)],
      ...orders.map(({ order, seconds, errors }) => [
        `linear, order ${order}`,
        formatSeconds(median(seconds)),
        ...errors.map(formatError),
      ]),
      ...expansions.map(({ seconds, errors, ...expansion }) => [
        expansionTitle(expansion),
        formatSeconds(median(seconds)),
        ...errors.map(formatError),
      ]),
    ],
  );
  if (expansions.length > 0)
    print(
      '\nThese keys are independent, and centroids find nothing in them: hw2 attention --frontier shows your own.',
    );
  print(`\n${chartText(tradeoffChart(table), colours.isColorSupported)}`);
}

function printMemory(memory: Findings['memory']): void {
  print(`\nMemory that a process grows by, tensors included, at L ${formatCount(memory[0]!.problem.L)}\n`);
  printTable(
    ['', 'growth'],
    memory.map(({ contender, problem, bytes, reason }) => [
      problem.L === memory[0]!.problem.L
        ? contender
        : `${contender}, L ${formatCount(problem.L)}, D ${problem.D}`,
      bytes === undefined ? reason! : formatBytes(bytes),
    ]),
  );
}

/** What it comes to, in sentences: against native, and whether linear attention pays. */
function conclusions(races: readonly Race[]): string[] {
  const dense = races.filter(({ problem }) => !problem.isCausal);
  const [longest] = dense.sort((a, b) => b.entries.length - a.entries.length || b.problem.L - a.problem.L);
  if (!longest) return [];
  const { L, D, tier, threads } = longest.problem;
  const lines: string[] = [];
  for (const kind of ['exact', 'taylor'] as const) {
    const ours = longest.entries.find((entry) => isOurs(entry) && entry.kind === kind);
    const peer = strongestPeer(longest, kind);
    if (!ours || !peer) continue;
    const speed = ratioEstimate(peer.seconds, ours.seconds).value;
    lines.push(
      `${kind === 'exact' ? 'Exact' : 'Linear'} attention in WebAssembly (${tier}) ${compare(speed)} the fastest peer, ${peer.contender}, at L ${formatCount(L)}, D ${D}, ${formatCounted(threads, 'thread')}.`,
    );
  }
  const [exact, linear] = [entryOf(longest, OURS.exact), entryOf(longest, OURS.taylor)];
  if (exact && linear) {
    const gain = ratioEstimate(exact.seconds, linear.seconds).value;
    lines.push(
      gain >= 1
        ? `There, linear attention is ${gain.toFixed(1)} times as fast as exact attention; whether its result will do depends on the scores: see the distances to softmax, or hw2 attention --qkv on your tensors.`
        : `There, linear attention does not pay yet: it takes ${(1 / gain).toFixed(1)} times as long as exact attention.`,
    );
  }
  return lines;
}

/** How two speeds compare, in words. */
function compare(speed: number): string {
  return speed >= 1
    ? `is ${speed.toFixed(1)} times as fast as`
    : `runs at ${formatPercent(speed, 0)} of the speed of`;
}
