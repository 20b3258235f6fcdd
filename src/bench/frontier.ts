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
import { median } from '../statistics/estimates.js';
import type { PlacedInputs } from './placed.js';
import { timeByTurns } from './rounds.js';

/** One way to compute a call, how long it takes and how far it is from softmax; exact attention has no distance. */
export interface WayPoint {
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

/** Every way to compute dense attention: time against distance to softmax, by turns on the same tensors, the fastest first. */
export async function measureFrontier(
  engine: Engine,
  inputs: PlacedInputs,
  call: AttentionCall,
  progress: (text: string) => void,
): Promise<WayPoint[]> {
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
    progress(`measuring distances: ${i + 1} of ${ways.length}`);
    const { error } = await attention(engine, inputs, {
      ...way,
      scale,
      out,
      measureError: way.method === 'taylor',
    });
    errors.push(error);
  }
  progress('measuring times…');
  const runs = ways.map(({ name: _, ...way }) => async () => {
    await attention(engine, inputs, { ...way, scale, out });
  });
  const times = await timeByTurns(runs, TIMING);
  out.release();
  const measured = ways.map(({ name, method, order, centroids, near }, i) => ({
    ...{ method: method as WayPoint['method'], name, secondsMedian: median(times[i]!), seconds: times[i]! },
    ...(order !== undefined && { order }),
    ...(centroids !== undefined && { centroids }),
    ...(near !== undefined && { near }),
    ...(errors[i] && { error: errors[i] }),
  }));
  const distance = ({ error }: { error?: MeasuredError }) => error?.rms ?? 0;
  const points: WayPoint[] = measured.map((point) => ({
    ...point,
    isOnFrontier: !measured.some(
      (other) => other.secondsMedian < point.secondsMedian && distance(other) <= distance(point),
    ),
  }));
  return points.sort((a, b) => a.secondsMedian - b.secondsMedian);
}
