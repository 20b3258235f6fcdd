import { groupByLength, timeChart } from '../../bench/charts.js';
import { OURS } from '../../bench/names.js';
import type { Race } from '../../bench/race.js';
import { NOISY } from '../../bench/settings.js';
import { growthInLength, growthInState, raceSpread } from '../../bench/summary.js';
import { type LineChart, lineChart } from '../../charts/lines.js';
import {
  formatBytes,
  formatCount,
  formatEstimate,
  formatPercent,
  formatSeconds,
} from '../../format/numbers.js';
import { type Estimate, median, medianEstimate } from '../../statistics/estimates.js';
import { type AttentionFindings, HEAD_DIM } from '../findings/attention.js';
import { figure, paragraph, picture, remark, table } from '../page/blocks.js';
import type { Html } from '../page/html.js';

/** The races whose lengths alone differ, at the head dimension that native contenders were measured at. */
export function lengthRaces({ races }: AttentionFindings): Race[] {
  const peers = races.filter(
    ({ problem: { D, isCausal, threads }, entries, absent }) =>
      D === HEAD_DIM && !isCausal && threads === 1 && entries.length + absent.length > 2,
  );
  return peers.sort((a, b) => a.problem.L - b.problem.L);
}

/** Time against L: picture, numbers and fitted exponents. */
export function timeGrowth(findings: AttentionFindings, source: string): Html[] {
  const races = lengthRaces(findings);
  const growth = growthInLength(races);
  const ours = (name: string) => growth.find(({ contender }) => contender === name);
  const [exact, linear] = [ours(OURS.exact), ours(OURS.taylor)];
  return [
    ...noise(findings),
    figure({
      caption: `Time of one head, D = ${HEAD_DIM}, one thread. Both axes are logarithmic: a power of L is a straight line, and its slope is the exponent. Bands are 95 % intervals of the median.`,
      source,
      alt: `Line chart of time against sequence length. ${growth.map(({ contender, exponent }) => `${contender} grows with L to the power ${exponent.value.toFixed(2)}`).join('; ')}.`,
      pictures: [picture(timeChart(`D ${HEAD_DIM}`, races), lineChart)],
      data: {
        head: ['contender', ...races.map(({ problem }) => `L ${formatCount(problem.L)}`)],
        rows: growth.map(({ contender }) => [
          contender,
          ...races.map((race) => {
            const entry = race.entries.find((other) => other.contender === contender);
            return entry ? formatSeconds(medianEstimate(entry.seconds).value) : '–';
          }),
        ]),
      },
    }),
    table({
      caption:
        'Exponents p of time ≈ c·Lᵖ, fitted to the medians, with 95 % intervals from resampled rounds. Each time is divided by that of a loop of multiply-adds on registers in the same round (the roof of section 1.7), so that a machine that slows down between two lengths does not pass for growth. At short lengths fixed costs pull exponents down.',
      source,
      head: ['', 'measured exponent', 'expected', 'original report'],
      rows: growth.map(({ contender, exponent }) => {
        const kind = races
          .flatMap(({ entries }) => entries)
          .find((entry) => entry.contender === contender)!.kind;
        return [
          contender,
          formatEstimate(exponent),
          kind === 'exact' ? '2' : '1',
          kind === 'exact' ? 'O(L²D), derived' : 'O(LMD), derived',
        ];
      }),
    }),
    ...(exact && linear ? [paragraph(growthSentence(exact.exponent, linear.exponent))] : []),
  ];
}

/** How far times scatter, where that is more than a quiet machine's do. */
export function busyScatter({ races }: AttentionFindings): string | undefined {
  const scatter = median(races.map(raceSpread));
  return scatter > NOISY ? formatPercent(scatter, 0) : undefined;
}

/** Stands above whatever shows times. */
export function noise(findings: AttentionFindings): Html[] {
  const scatter = busyScatter(findings);
  if (!scatter) return [];
  return [
    remark(
      `The machine was busy while this was measured: times scatter by ${scatter}. Ratios of contenders, taken round by round, hold better than times; measure again when it is quiet.`,
    ),
  ];
}

function growthSentence(exact: Estimate, linear: Estimate): string {
  const times = (exponent: Estimate) => (2 ** exponent.value).toFixed(1);
  return `Here a sequence of twice the length takes exact attention ${times(exact)} times as long, and linear attention ${times(linear)} times.`;
}

/** Time of linear attention against the size of its state, at one length. */
export function stateGrowth({ races }: AttentionFindings): Estimate | undefined {
  for (const group of groupByLength(races).values()) {
    const found = growthInState(group).find(({ contender }) => contender === OURS.taylor);
    if (found) return found.exponent;
  }
  return undefined;
}

/** Memory against L. */
export function memoryGrowth({ memory }: AttentionFindings, source: string): Html[] {
  const MIB = 2 ** 20;
  const known = memory.flatMap((row) => (row.bytes === undefined ? [] : [{ ...row, bytes: row.bytes }]));
  const missing = memory.find(({ bytes }) => bytes === undefined);
  const points = known.map(({ contender, problem, bytes }) => ({
    ...{ series: contender, x: problem.L, y: bytes / MIB },
  }));
  const tensors = [...new Set(points.map(({ x }) => x))].map((x) => ({
    ...{ series: 'q, k, v and output', x, y: (4 * 4 * x * HEAD_DIM) / MIB },
  }));
  const lengths = tensors.map(({ x }) => x);
  const chart: LineChart = {
    title: 'Memory of attention against length',
    ...{ x: 'sequence length L, tokens', y: 'memory growth, MiB', logarithmic: true },
    points: [...points, ...tensors],
  };
  return [
    figure({
      caption: `How far the resident memory of a process rises for one head, D = ${HEAD_DIM}. The lowest line is what the tensors themselves take. A graph that forms the matrix of weights needs memory that grows with L²; kernels that go over the keys in blocks do not.`,
      source,
      alt: `Line chart of memory against sequence length: ${known
        .filter(({ problem }) => problem.L === Math.max(...lengths))
        .map(
          ({ contender, bytes, problem }) =>
            `${contender} ${formatBytes(bytes)} at ${formatCount(problem.L)}`,
        )
        .join(', ')}.`,
      pictures: [picture(chart, lineChart)],
      data: {
        head: ['', ...lengths.map((L) => `L ${formatCount(L)}`)],
        rows: [...new Set(chart.points.map(({ series }) => series))].map((series) => [
          series,
          ...lengths.map((L) => {
            const point = chart.points.find((other) => other.series === series && other.x === L);
            return point ? formatBytes(point.y * MIB) : '–';
          }),
        ]),
      },
    }),
    ...(missing ? [paragraph(`Not measured: ${missing.contender} (${missing.reason}).`)] : []),
  ];
}
