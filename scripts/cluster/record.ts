/** What measure-cluster and measure-cluster-length record, and the tables of docs/cluster.md that are made of it. */
import type { TaskKind } from '#hw2/cluster/task.js';
import { formatEstimate } from '#hw2/format/numbers.js';
import { median, ratioEstimate } from '#hw2/statistics/estimates.js';
import { between } from '../markers.js';
import type { Difference } from './distance.js';

const PAGE = 'docs/cluster.md';

export interface ClusterRecord {
  machine: string;
  date: string;
  /** Milliseconds that a task takes in which next to nothing is computed: the growth of the time of a run with its tasks. */
  overheadMs: { local: number; redis: number };
  /**
   * Seconds of the same run by one worker and by two, round by round; and of so many tasks each by one and by two processes
   * that have nothing between them, which is what the machine allows.
   */
  scaling: {
    one: number[];
    two: number[];
    ratio: number;
    apart?: { one: number[]; two: number[]; ratio: number };
  };
  /** Seconds from a kill −9 of a worker, and of a computing process, until the output of the task is there. */
  recovery: { worker: number; process: number };
  /** Distance to the formula in float64, of a run in 8 shards and of a single call, for several seeds. */
  distance: Record<'dense' | 'causal', { sharded: Difference; single: Difference }[]>;
  /** Bytes of states and means over bytes of inputs and outputs, D 64, shards of 2¹⁸ tokens. */
  bytesBeside: number;
  /** Median seconds of each kind of task, shards of 2¹⁸ tokens, D 64, order 2, one core. */
  taskSeconds: Partial<Record<TaskKind, number>>;
  projection: { tokens: number; workers: number; hours: number; busy: number };
}

export interface LengthRecord {
  machine: string;
  date: string;
  tokens: number;
  headDim: number;
  order: number;
  workers: number;
  tasks: number;
  /** From the first task to the last, on a machine that may have had other work. */
  hours: number;
  /** Processor time of the workers and their computing processes, which other work changes little. */
  processorHours: number;
  /** Median seconds of each kind of task. */
  taskSeconds: Partial<Record<TaskKind, number>>;
  /** The largest memory of a worker together with its computing process, in MiB; null where it was lost. */
  workerMiB: number | null;
  /** Rows of the last shard against float64: largest difference, and largest value. */
  float64: { rows: number[]; difference: number; largest: number };
}

/** Puts the tables of records between their markers. */
export function withTables(
  page: string,
  records: { cluster?: ClusterRecord; length?: LengthRecord },
): string {
  const { cluster, length } = records;
  const once = cluster ? between(page, 'cluster', clusterTable(cluster), PAGE) : page;
  return length ? between(once, 'cluster-length', lengthTable(length), PAGE) : once;
}

const small = (value: number) => value.toExponential(1);
const manyTokens = (tokens: number) => tokens.toExponential(0).replace('e+', '·10^');

function clusterTable(record: ClusterRecord): string {
  const { overheadMs, scaling, recovery, distance, bytesBeside, taskSeconds, projection } = record;
  return tableOf(record, 'cluster', [
    [
      'a task in which next to nothing is computed, on this machine without a server',
      `${overheadMs.local.toFixed(1)} ms`,
    ],
    ['the same by Redis', `${overheadMs.redis.toFixed(1)} ms`],
    ['two workers over one, linear, D 64', `${scaling.ratio.toFixed(2)}×`],
    ...(scaling.apart
      ? [['two computing processes over one, without a queue', `${scaling.apart.ratio.toFixed(2)}×`]]
      : []),
    ['a task is done again, its worker killed', `after ${recovery.worker.toFixed(1)} s`],
    ['a task is done again, its computing process killed', `after ${recovery.process.toFixed(1)} s`],
    ...(['dense', 'causal'] as const).flatMap((name) => distanceRows(name, distance[name])),
    [
      'bytes of states and means over those of inputs and outputs, D 64',
      `${(100 * bytesBeside).toFixed(2)} %`,
    ],
    ...Object.entries(taskSeconds).map(([kind, time]) => [
      `task \`${kind}\`, 2¹⁸ tokens, D 64, order 2, one core`,
      `${time.toPrecision(2)} s`,
    ]),
    [
      `simulated: ${manyTokens(projection.tokens)} tokens on ${projection.workers} workers`,
      `${projection.hours.toFixed(2)} h, ${Math.round(100 * projection.busy)} % busy`,
    ],
  ]);
}

/** Two distances of runs in shards and of single calls: medians over seeds, and the ratio, with where it lies at 95 %. */
function distanceRows(name: string, seeds: ClusterRecord['distance']['dense']): string[][] {
  const measures = { largest: 'largest difference', rms: 'root mean square' } as const;
  return (['largest', 'rms'] as const).map((measure) => {
    const [sharded, single] = (['sharded', 'single'] as const).map((way) =>
      seeds.map((seed) => seed[way][measure]),
    );
    return [
      `distance to float64, ${name}, in 8 shards; of a single call; ratio (${measures[measure]}, ${seeds.length} seeds)`,
      `${small(median(sharded!))}; ${small(median(single!))}; ${formatEstimate(ratioEstimate(sharded!, single!), 3)}`,
    ];
  });
}

function lengthTable(record: LengthRecord): string {
  const { tokens, headDim, order, workers, tasks, hours, processorHours, workerMiB, float64 } = record;
  return tableOf(record, 'cluster-length', [
    ['tokens, head dimension, order, causal', `${manyTokens(tokens)}, ${headDim}, ${order}`],
    ['workers, tasks', `${workers}, ${tasks}`],
    ['time; of the processors', `${hours.toFixed(2)} h; ${processorHours.toFixed(2)} h`],
    ...(workerMiB === null
      ? []
      : [['largest memory of a worker with its computing process', `${Math.round(workerMiB)} MiB`]]),
    [
      'rows of the last shard against float64, largest difference; largest value',
      `${small(float64.difference)}; ${small(float64.largest)}`,
    ],
    ...Object.entries(record.taskSeconds).map(([kind, time]) => [
      `task \`${kind}\``,
      `${time.toPrecision(2)} s`,
    ]),
  ]);
}

function tableOf({ machine }: { machine: string }, name: string, rows: string[][]): string {
  const lines = rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
  return `| | |\n|---|---|\n${lines}\n\n${machine}; \`docs/benchmarks/${name}.json\`, by \`scripts/measure-${name}\`.`;
}
