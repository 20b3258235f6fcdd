import type { AttentionCall, Engine } from 'hw2-engine';
import colours from 'picocolors';
import { measureFrontier, type WayPoint } from '../../bench/frontier.js';
import type { PlacedInputs } from '../../bench/placed.js';
import { chartText } from '../../charts/text.js';
import { formatError, formatRough, formatSeconds } from '../../format/numbers.js';
import { clearStatus, print, printJson, status } from '../output.js';
import { printTable } from '../table.js';

/** Shows every way to compute dense attention: time against distance to softmax. */
export async function showFrontier(
  engine: Engine,
  inputs: PlacedInputs,
  call: AttentionCall,
  json = false,
): Promise<void> {
  const points = await measureFrontier(engine, inputs, call, status);
  clearStatus();
  if (json) printJson('frontier', { tier: engine.tier, threads: engine.threads, points });
  else printFrontier(points);
}

function printFrontier(points: readonly WayPoint[]): void {
  const exact = points.find(({ method }) => method === 'exact')!;
  // Ordered by their names, ways have the same symbols in every run.
  const linear = points
    .filter(({ error }) => error && Number.isFinite(error.rms) && error.rms > 0)
    .sort((a, b) => a.name.localeCompare(b.name));
  printTable(
    ['', 'way', 'centroids', 'time', 'of exact', 'vs softmax', 'at most'],
    points.map(({ name, method, order, centroids, secondsMedian, error, isOnFrontier }) => [
      isOnFrontier ? '*' : '',
      method === 'exact' || centroids ? name : `order ${order} ${name}`,
      `${centroids ?? '–'}`,
      formatSeconds(secondsMedian),
      formatRough(secondsMedian / exact.secondsMedian),
      error ? formatError(error.rms) : '–',
      error ? formatError(error.interval[1]) : '–',
    ]),
  );
  print(
    '\n* nothing that takes less time is as close. Times are medians of rounds by turns; distances relative (RMS); at most: with 95 % confidence, over all rows.\n',
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
  print('Exact attention, to which distances are taken, is at 1.');
}
