import type { MeasuredError } from 'hw2-engine';
import { type AttentionCall, type Choice, crossoverLength, type Engine } from 'hw2-engine';
import type { Measurement } from '../../bench/method.js';
import { runtimeName } from '../../bench/runtime.js';
import { verdict } from '../../bench/verdict.js';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatError,
  formatFaster,
  formatRough,
  formatRoughPercent,
  formatSeconds,
} from '../../format/numbers.js';
import { print, printJson, warn } from '../output.js';
import { printTable } from '../table.js';

export interface Report {
  engine: Engine;
  /** The file of the tensors, or what made them. */
  source: string | { sigma: number; seed: number };
  call: AttentionCall;
  results: Measurement[];
  /** What --method auto chose. */
  choice?: Choice;
}

/** exact; taylor, order 2; taylor, 32 centroids, order 1, 1/16 near */
export function nameOf({ method, order, centroids, near }: Measurement): string {
  if (method === 'exact') return 'exact';
  if (centroids === undefined) return `taylor, order ${order}`;
  return `taylor, ${formatCounted(centroids, 'centroid')}, order ${order}${near ? `, ${formatRoughPercent(near)} near` : ''}`;
}

function intervalOf({ interval, rows }: MeasuredError): string {
  return `Over all rows that is at most ${formatRoughPercent(interval[1])} with 95 % confidence, by ${formatCount(rows)} of them.`;
}

export function printReport({ engine, source, call, results, choice }: Report): void {
  const { batches, heads, kvHeads, queries, keys, headDim } = call;
  const isCausal = call.after === 0;
  const shape = [
    `batch ${batches}`,
    `heads ${heads}${kvHeads === heads ? '' : `/${kvHeads}`}`,
    `L ${formatCount(queries)}${keys === queries ? '' : ` × ${formatCount(keys)}`}`,
    `D ${headDim}`,
    ...(isCausal ? ['causal'] : []),
  ];
  const tensors =
    typeof source === 'string'
      ? source
      : `random tensors, scores of standard deviation ${source.sigma}, seed ${source.seed}`;
  print(`${tensors}: ${shape.join(', ')}`);
  print(`tier ${engine.tier}, ${formatCounted(engine.threads, 'thread')}\n`);
  printTable(
    ['method', 'L', 'D', 'M', 'time', 'GFLOP/s', 'memory', 'error', 'vs softmax'],
    results.map((result) => [
      nameOf(result),
      formatCount(queries),
      `${headDim}`,
      result.features === undefined ? '–' : formatCount(result.features),
      formatSeconds(result.secondsMedian),
      formatRough(result.gflops, 3),
      formatBytes(result.peakMemoryBytes),
      result.centroids ? '–' : formatError(result.maxAbsError),
      formatError(result.relativeErrorToSoftmax),
    ]),
  );
  print(
    '\ntime: median; error: largest distance to the same formula in float64; vs softmax: relative (RMS).',
  );
  const taylor = results.find(({ method }) => method === 'taylor');
  const exact = results.find(({ method }) => method === 'exact');
  if (taylor) print(verdict(taylor.order!, taylor.relativeErrorToSoftmax, taylor.centroids));
  if (taylor?.error && Number.isFinite(taylor.error.rms)) print(intervalOf(taylor.error));
  if (taylor?.errorBound !== undefined && taylor.errorBound < 1) {
    print(
      `Known beforehand from the norms of q and k: no output can be off by more than ${formatError(taylor.errorBound)} × the largest |v|.`,
    );
  }
  if (taylor && exact) {
    const ratio = exact.secondsMedian / taylor.secondsMedian;
    const crossover = crossoverLength(headDim, taylor.order!, isCausal);
    // Near keys are a share of all keys for each query.
    const growth = isCausal ? 'L·log L' : taylor.near ? 'L² by the near keys, else with L' : 'L';
    print(
      `${formatFaster(ratio)}; ${taylor.centroids ? `about centroids the time grows with ${growth}` : `by count of operations linear pays from L = ${formatCount(crossover)}`}.`,
    );
  }
  if (choice) print(`auto chose ${choice.method}: ${choice.reason}.`);
  for (const text of new Set(results.flatMap(({ warnings }) => warnings))) warn(text);
}

/** The same as JSON; fields are only ever added. */
export function printReportJson({ engine, source, call, results, choice }: Report): void {
  const { batches, heads, kvHeads, queries, keys, headDim, valueDim, scale, after } = call;
  const taylor = results.find(({ method }) => method === 'taylor');
  printJson('attention', {
    runtime: runtimeName(),
    node: process.version,
    v8: process.versions.v8,
    tier: engine.tier,
    threads: engine.threads,
    source,
    sizes: { batches, heads, kvHeads, queries, keys, headDim, valueDim, isCausal: after === 0, scale },
    ...(choice && { choice }),
    results: results.map(({ output: _, ...result }) => result),
    ...(taylor && { verdict: verdict(taylor.order!, taylor.relativeErrorToSoftmax, taylor.centroids) }),
  });
}
