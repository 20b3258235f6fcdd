import {
  type AttentionCall,
  type AttentionOptions,
  attention,
  type Engine,
  EngineTensor,
  exactFlops,
  expansionFlops,
  type MeasuredError,
} from 'hw2-engine';
import colours from 'picocolors';
import type { Inputs } from '../../bench/method.js';
import { timeByTurns } from '../../bench/rounds.js';
import { chartText } from '../../charts/text.js';
import { formatError, formatSeconds } from '../../format/numbers.js';
import { median } from '../../statistics/estimates.js';
import { print, printJson, status } from '../output.js';
import { printTable } from '../table.js';

/** One way to compute a call, how long it takes and how far it is from softmax; exact attention has no distance. */
interface Point {
  method: 'exact' | 'taylor';
  order?: number;
  centroids?: number;
  near?: number;
  name: string;
  secondsMedian: number;
  seconds: number[];
  error?: MeasuredError;
  /** Whether nothing that takes less time is as close. */
  isOnFrontier: boolean;
}

const COUNTS = [16, 32, 64, 128, 256, 512];
const NEAR = [0, 1 / 16, 1 / 8];
/** Each way has run once when its time is measured. */
const TIMING = { rounds: 3, seconds: 0, warmUp: 0, turn: 1 };

/** Every way to compute dense attention: time against distance to softmax, by turns on the same tensors. */
export async function showFrontier(
  engine: Engine,
  inputs: Inputs,
  call: AttentionCall,
  json = false,
): Promise<void> {
  const { batches, heads, queries, keys, valueDim, scale } = call;
  const out = new EngineTensor(engine, [batches, heads, queries, valueDim]);
  const ways: (AttentionOptions & { name: string })[] = [
    { name: 'exact', method: 'exact' },
    ...[1, 2].map((order) => ({ name: 'about the mean key', method: 'taylor' as const, order })),
  ];
  for (const order of [0, 1]) {
    for (const near of NEAR) {
      const name = `order ${order}${near ? `, 1/${1 / near} near` : ''}`;
      for (const centroids of COUNTS) {
        // What takes as many operations as exact attention is no way to save any.
        const { all } = expansionFlops({ ...call, isCausal: false }, { centroids, order, near });
        if (8 * centroids <= keys && all < exactFlops({ ...call, isCausal: false }))
          ways.push({ name, method: 'taylor', order, centroids, near });
      }
    }
  }
  const errors: (MeasuredError | undefined)[] = [];
  for (const [i, { name: _, ...way }] of ways.entries()) {
    status(`measuring distances: ${i + 1} of ${ways.length}`);
    const { error } = await attention(engine, inputs, {
      ...way,
      scale,
      out,
      measureError: way.method === 'taylor',
    });
    errors.push(error);
  }
  status('measuring times…');
  const runs = ways.map(({ name: _, ...way }) => async () => {
    await attention(engine, inputs, { ...way, scale, out });
  });
  const times = await timeByTurns(runs, TIMING);
  status('');
  const measured = ways.map(({ name, method, order, centroids, near }, i) => ({
    ...{ method: method as Point['method'], name, secondsMedian: median(times[i]!), seconds: times[i]! },
    ...(order !== undefined && { order }),
    ...(centroids !== undefined && { centroids }),
    ...(near !== undefined && { near }),
    ...(errors[i] && { error: errors[i] }),
  }));
  const distance = ({ error }: { error?: MeasuredError }) => error?.rms ?? 0;
  const points: Point[] = measured.map((point) => ({
    ...point,
    isOnFrontier: !measured.some(
      (other) => other.secondsMedian < point.secondsMedian && distance(other) <= distance(point),
    ),
  }));
  points.sort((a, b) => a.secondsMedian - b.secondsMedian);
  if (json) return printJson('frontier', { tier: engine.tier, threads: engine.threads, points });
  printFrontier(points);
}

function printFrontier(points: readonly Point[]): void {
  const exact = points.find(({ method }) => method === 'exact')!;
  const linear = points.filter(({ error }) => error && Number.isFinite(error.rms) && error.rms > 0);
  printTable(
    ['', 'way', 'centroids', 'time', 'of exact', 'vs softmax', 'at most (95 %)'],
    points.map(({ name, method, order, centroids, secondsMedian, error, isOnFrontier }) => [
      isOnFrontier ? '*' : '',
      method === 'exact' || centroids ? name : `order ${order} ${name}`,
      `${centroids ?? '–'}`,
      formatSeconds(secondsMedian),
      (secondsMedian / exact.secondsMedian).toPrecision(2),
      error ? formatError(error.rms) : '0',
      error ? formatError(error.interval[1]) : '0',
    ]),
  );
  print(
    '\n* nothing that takes less time is as close. Times are medians of rounds by turns; distances relative (RMS).\n',
  );
  print(
    chartText(
      {
        title: '',
        x: 'time as a share of that of exact attention',
        y: 'distance to softmax',
        logarithmic: 'y',
        points: linear.map(({ name, secondsMedian, error }) => ({
          series: name,
          x: secondsMedian / exact.secondsMedian,
          y: error!.rms,
        })),
      },
      colours.isColorSupported,
    ),
  );
  print('Exact attention is at 1, with no distance.');
}
