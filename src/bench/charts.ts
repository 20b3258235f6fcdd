import type { LineChart } from '../report/charts.js';
import type { Accuracy } from './accuracy.js';
import type { Race } from './race.js';
import { median } from './statistics.js';

/** Races that differ in their length alone, by what they share: `D 64, dense, 1 thread, relaxed`. */
export function groupRaces(races: readonly Race[]): Map<string, Race[]> {
  const groups = new Map<string, Race[]>();
  for (const race of races) {
    const name = describeGroup(race.problem);
    groups.set(
      name,
      [...(groups.get(name) ?? []), race].sort((a, b) => a.problem.L - b.problem.L),
    );
  }
  return groups;
}

function describeGroup({ D, heads, isCausal, order, threads, tier }: Race['problem']): string {
  return [
    `D ${D}`,
    ...(heads > 1 ? [`${heads} heads`] : []),
    isCausal ? 'causal' : 'dense',
    `order ${order}`,
    threads === 'default' ? 'default threads' : `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    tier,
  ].join(', ');
}

/** Time over length, one line a contender. */
export function timeChart(group: string, races: readonly Race[]): LineChart {
  return {
    title: `Time of attention, ${group}`,
    x: 'sequence length',
    y: 'seconds',
    logarithmic: true,
    points: races.flatMap(({ problem, entries }) =>
      entries.map(({ contender, seconds }) => ({ series: contender, x: problem.L, y: median(seconds) })),
    ),
  };
}

/** Error over time: each line is one deviation of the scores, each point an order. */
export function accuracyChart({ problem: { L, D }, sigmas, orders }: Accuracy): LineChart {
  return {
    title: `What time buys, orders ${orders.map(({ order }) => order).join(', ')}, L ${L}, D ${D}`,
    x: 'seconds',
    y: 'relative distance to softmax',
    logarithmic: true,
    points: sigmas.flatMap((sigma, i) =>
      orders.map(({ seconds, errors }) => ({ series: `σ = ${sigma}`, x: median(seconds), y: errors[i]! })),
    ),
  };
}
