import type { Race } from '#hw2/bench/race.js';
import { raceRows } from '#hw2/bench/summary.js';
import { formatCounted, formatPercent } from '#hw2/format/numbers.js';

/** A table for a document, with the browser above it. */
export function racesToMarkdown(races: readonly Race[]): string {
  const { threads, tier, isCausal } = races[0]!.problem;
  const date = new Date().toISOString().slice(0, 10);
  const rows = races.flatMap(raceRows).map(({ contender, L, D, time, gflops, roofShare, hw2Speed }) => {
    const cells = [
      ...[contender, L, D, (time.value * 1e3).toPrecision(3), gflops.toPrecision(3)],
      formatPercent(roofShare, 0),
      hw2Speed ? `${hw2Speed.value.toFixed(2)}×` : '',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `${navigator.userAgent}; ${navigator.hardwareConcurrency} cores; tier ${tier}, ${formatCounted(threads, 'thread')}${isCausal ? ', causal' : ''}; ${date}`,
    '',
    '| | L | D | time, ms | GFLOP/s | of the roof | hw2 against it |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
