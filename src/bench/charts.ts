import type { LineChart } from '../charts/lines.js';
import { formatCount, formatCounted } from '../format/numbers.js';
import { median, medianEstimate } from '../statistics/estimates.js';
import type { Race } from './race.js';
import type { Tradeoff } from './tradeoff.js';

/** Races that differ in their length alone, by what they share: `D 64, dense, order 2, 1 thread, relaxed`. */
export function groupRaces(races: readonly Race[]): Map<string, Race[]> {
  return groupBy(races, ({ D, order, ...rest }) => `D ${D}, order ${order}, ${shared(rest)}`);
}

/** Races that differ in dimension and order alone, by what they share: `L 4096, dense, 1 thread, relaxed`. */
export function groupByLength(races: readonly Race[]): Map<string, Race[]> {
  return groupBy(races, ({ L, ...rest }) => `L ${formatCount(L)}, ${shared(rest)}`);
}

function groupBy(races: readonly Race[], nameOf: (problem: Race['problem']) => string): Map<string, Race[]> {
  const groups = new Map<string, Race[]>();
  for (const race of races) {
    const name = nameOf(race.problem);
    groups.set(
      name,
      [...(groups.get(name) ?? []), race].sort((a, b) => a.problem.L - b.problem.L),
    );
  }
  return groups;
}

function shared({ heads, isCausal, threads, tier }: Omit<Race['problem'], 'L' | 'D' | 'order'>): string {
  return [
    ...(heads > 1 ? [`${heads} heads`] : []),
    isCausal ? 'causal' : 'dense',
    formatCounted(threads, 'thread'),
    tier,
  ].join(', ');
}

/** Time over length with its interval, one line a contender. */
export function timeChart(group: string, races: readonly Race[]): LineChart {
  return {
    title: `Time of attention, ${group}`,
    x: 'sequence length L, tokens',
    y: 'time, ms',
    logarithmic: true,
    points: races.flatMap(({ problem, entries }) =>
      entries.map(({ contender, seconds }) => {
        const { value, low, high } = medianEstimate(seconds.map((time) => 1e3 * time));
        return { series: contender, x: problem.L, y: value, low, high };
      }),
    ),
  };
}

/**
 * Error over time: each line is one deviation of the scores, each point an order, in its colour; exact attention, whose points for
 * all deviations lie above one another, is a line of its own.
 */
export function tradeoffChart({
  problem: { L, D },
  sigmas,
  exactSeconds,
  exactErrors,
  orders,
}: Tradeoff): LineChart {
  return {
    title: `What time buys, orders ${orders.map(({ order }) => order).join(', ')}, L ${formatCount(L)}, D ${D}`,
    x: 'time, ms',
    y: 'relative distance to softmax',
    logarithmic: true,
    points: [
      ...sigmas.flatMap((sigma, i) =>
        orders.map(({ order, seconds, errors }) => ({
          series: `σ = ${sigma}`,
          kind: `order ${order}`,
          x: 1e3 * median(seconds),
          y: errors[i]!,
        })),
      ),
      ...exactErrors.map((y) => ({ series: 'exact, all σ', x: 1e3 * median(exactSeconds), y })),
    ],
  };
}
