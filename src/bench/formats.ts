import { formatPercent } from '../format/numbers.js';
import type { Race } from './race.js';
import type { Machine } from './record.js';
import { type Row, raceRows } from './summary.js';

const COLUMNS: [string, (row: Row, race: Race) => string | number][] = [
  ['contender', ({ contender }) => contender],
  ['kind', ({ kind }) => kind],
  ['tier', (_, { problem }) => problem.tier],
  ['threads', (_, { problem }) => problem.threads],
  ['causal', (_, { problem }) => Number(problem.isCausal)],
  ['L', ({ L }) => L],
  ['D', ({ D }) => D],
  ['heads', (_, { problem }) => problem.heads],
  ['order', ({ kind }, { problem }) => (kind === 'taylor' ? problem.order : '')],
  ['seconds', ({ time }) => time.value],
  ['seconds_low', ({ time }) => time.low],
  ['seconds_high', ({ time }) => time.high],
  ['gflops', ({ gflops }) => gflops],
  ['roof_share', ({ roofShare }) => roofShare],
  ['hw2_speed', ({ hw2Speed }) => hw2Speed?.value ?? ''],
  ['hw2_speed_low', ({ hw2Speed }) => hw2Speed?.low ?? ''],
  ['hw2_speed_high', ({ hw2Speed }) => hw2Speed?.high ?? ''],
  ['max_abs_error', ({ maxAbsError }) => maxAbsError],
];

/** One line a contender and race, names in the first; times are medians in seconds, low and high at 95 %. */
export function racesToCsv(races: readonly Race[]): string {
  const lines = races.flatMap((race) =>
    raceRows(race).map((row) => COLUMNS.map(([, value]) => value(row, race)).join(',')),
  );
  return [COLUMNS.map(([name]) => name).join(','), ...lines, ''].join('\n');
}

/** A table for a document, with the machine above it. */
export function racesToMarkdown(machine: Machine, races: readonly Race[]): string {
  const rows = races.flatMap((race) => raceRows(race).map((row) => markdownRow(row, race)));
  return [
    describe(machine),
    '',
    '| | L | D | tier, threads | time, ms | GFLOP/s | of the roof | hw2 against it |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

export function describe({ cpu, vectorBits, cores, runtime, node, date, versions }: Machine): string {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const vectors = vectorBits ? `, vectors of ${vectorBits} bits` : '';
  return `${cpu}${vectors}, ${cores} cores; ${runtime ?? `Node ${node.slice(1)}`}; ${packages.join(', ')}; ${date.slice(0, 10)}`;
}

function markdownRow(row: Row, { problem }: Race): string {
  const { tier, threads, isCausal, heads } = problem;
  const cells = [
    row.contender + (isCausal ? ', causal' : ''),
    `${row.L}${heads > 1 ? `, ${heads} heads` : ''}`,
    row.D,
    `${tier}, ${threads}`,
    (row.time.value * 1e3).toPrecision(3),
    row.gflops.toPrecision(3),
    formatPercent(row.roofShare, 0),
    row.hw2Speed ? `${row.hw2Speed.value.toFixed(2)}×` : '',
  ];
  return `| ${cells.join(' | ')} |`;
}
