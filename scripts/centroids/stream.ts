/**
 * Attention about centroids as a stream, which the engine does not have: each block of keys that is complete becomes a few
 * centroids, and the tokens since are taken one by one. At order 0 a centroid is one more key, with two numbers more: the
 * logarithm of how many keys it stands for, and the spread of these, by which a query's weight of it is corrected. So a cache of
 * such rows is the whole state, and the kernel that reads caches computes it.
 */
import { attention, createCache, createState, type Engine, type KeyValueCache } from 'hw2-engine';
import { withPlaced } from '#hw2/bench/placed.js';
import { timeByTurns } from '#hw2/bench/rounds.js';
import { median } from '#hw2/statistics/estimates.js';
import { clustersOf } from './clusters-of.js';
import { distance } from './measure.js';
import { type Head, scoreDeviation } from './tensors.js';

/** What a stream keeps of its tokens, and what that costs at the end. */
export interface StreamWay {
  name: string;
  /** Of what is kept. */
  bytes: number;
  /** Seconds of a token: it is added and its query answered. */
  seconds: number;
  /** Distance to softmax attention to all tokens before, on rows of the second half. */
  distance: number;
}

export interface StreamResult {
  head: string;
  L: number;
  D: number;
  sigma: number;
  ways: StreamWay[];
}

const ROWS = 64;
const EXTRA = 2;
const SINKS = 4;
/** Keys of a block, and centroids that it becomes. */
const BLOCKS = [
  [256, 32],
  [1024, 32],
  [1024, 64],
  [1024, 128],
  [4096, 128],
  [4096, 256],
] as const;
const WINDOWS = [512, 1024, 2048, 4096];
const TYPES = ['float32', 'bfloat16', 'int8'] as const;

/** A stream at work: it takes the tokens up to one, and answers a query that comes with the last of them. */
interface Stream {
  name: string;
  takeUpTo(end: number): Promise<void>;
  answer(row: number): Promise<ArrayLike<number>>;
  /** The last token once more. */
  repeat(): Promise<void>;
  bytes(): number;
  /** Seconds of a token beside those of `repeat`. */
  extra(): number;
  dispose(): Promise<void>;
}

export async function measureStreams(engine: Engine, head: Head): Promise<StreamResult> {
  const { name, L, D } = head;
  const rows = Array.from({ length: ROWS }, (_, i) => Math.floor((L * (ROWS + i + 0.5)) / (2 * ROWS)));
  const softmax = await withPlaced(engine, head, async (inputs, out) => {
    await attention(engine, inputs, { isCausal: true, out });
    return out.data.slice();
  });
  const expected = rows.flatMap((row) => [...softmax.subarray(row * D, (row + 1) * D)]);
  const streams: Stream[] = [
    await linearStream(engine, head),
    ...(await Promise.all(TYPES.map((type) => cacheStream(engine, head, `cache of ${type}`, { type })))),
    ...(await Promise.all(
      WINDOWS.map((window) =>
        cacheStream(engine, head, `the last ${window} tokens and the first ${SINKS}`, {
          window,
          sinks: SINKS,
        }),
      ),
    )),
    ...(await Promise.all(
      BLOCKS.map(([block, centroids]) => centroidStream(engine, head, block, centroids)),
    )),
  ];
  const distances: number[] = [];
  for (const stream of streams) {
    const outputs: number[] = [];
    for (const row of rows) {
      await stream.takeUpTo(row + 1);
      outputs.push(...Array.from(await stream.answer(row)));
    }
    await stream.takeUpTo(L);
    distances.push(distance(outputs, expected));
  }
  const times = await timeByTurns(
    streams.map((stream) => () => stream.repeat()),
    { rounds: 5, seconds: 0, warmUp: 50 },
  );
  const ways = streams.map((stream, i) => ({
    ...{ name: stream.name, bytes: stream.bytes(), distance: distances[i]! },
    seconds: median(times[i]!) + stream.extra(),
  }));
  for (const stream of streams) await stream.dispose();
  return { head: name, L, D, sigma: scoreDeviation(head), ways };
}

const tensor = (data: Float32Array, D: number) => ({ data, dims: [1, 1, data.length / D, D] });

async function linearStream(engine: Engine, { q, k, v, D, L }: Head): Promise<Stream> {
  const state = await createState(engine, { headDim: D });
  const part = (data: Float32Array, from: number, to: number) => tensor(data.slice(from * D, to * D), D);
  let taken = 0;
  return {
    name: 'linear attention of order 2, no centroids',
    async takeUpTo(end) {
      if (end > taken) await state.append({ k: part(k, taken, end), v: part(v, taken, end) });
      taken = end;
    },
    answer: async (row) => (await state.query({ q: part(q, row, row + 1) })).output.data,
    async repeat() {
      await state.step({ q: part(q, L - 1, L), k: part(k, L - 1, L), v: part(v, L - 1, L) });
    },
    bytes: () => state.bytes,
    extra: () => 0,
    dispose: () => state.dispose(),
  };
}

async function cacheStream(
  engine: Engine,
  { q, k, v, D, L }: Head,
  name: string,
  options: Partial<Parameters<typeof createCache>[1]>,
): Promise<Stream> {
  const kept = options.window === undefined ? L : options.window + (options.sinks ?? 0);
  const cache = await createCache(engine, { headDim: D, capacity: kept, ...options });
  const part = (data: Float32Array, from: number, to: number) => tensor(data.slice(from * D, to * D), D);
  let taken = 0;
  return {
    name,
    async takeUpTo(end) {
      if (end > taken) await cache.append({ k: part(k, taken, end), v: part(v, taken, end) });
      taken = end;
    },
    answer: async (row) => (await attention(engine, { q: part(q, row, row + 1), cache })).output.data,
    async repeat() {
      // A window cannot be taken back, and need not be: it stays as long as it is.
      if (options.window === undefined) await cache.truncate(L - 1);
      await cache.step({ q: part(q, L - 1, L), k: part(k, L - 1, L), v: part(v, L - 1, L) });
    },
    bytes: () => (cache.bytes * kept) / cache.capacity,
    extra: () => 0,
    dispose: () => cache.dispose(),
  };
}

async function centroidStream(engine: Engine, head: Head, block: number, centroids: number): Promise<Stream> {
  const { q, k, v, D, L } = head;
  const scale = 1 / Math.sqrt(D);
  const wide = D + EXTRA;
  const blocks = Math.floor((L - 1) / block);
  const cache: KeyValueCache = await createCache(engine, {
    ...{ headDim: wide, valueDim: D, capacity: blocks * centroids + block },
  });
  let [taken, complete] = [0, 0];
  /** Mean query and variances by dimension of the first block, and the longest that one took. */
  let first: { meanQuery: Float32Array; shape: Float64Array } | undefined;
  let longest = 0;
  const rowsOf = (from: number, to: number) => {
    const rows = new Float32Array((to - from) * wide);
    for (let i = from; i < to; i++) rows.set(k.subarray(i * D, (i + 1) * D), (i - from) * wide);
    return { k: tensor(rows, wide), v: tensor(v.slice(from * D, to * D), D) };
  };
  const query = (row: number) => {
    const wider = new Float32Array(wide);
    wider.set(q.subarray(row * D, (row + 1) * D));
    if (first) {
      // h of the page, over what the spread of a cluster is multiplied by.
      let square = 0;
      for (let d = 0; d < D; d++)
        square += first.shape[d]! * (scale * (wider[d]! - first.meanQuery[d]!)) ** 2;
      wider[D] = square / 2 / scale;
    }
    wider[D + 1] = 1 / scale;
    return tensor(wider, wide);
  };
  const condense = async () => {
    const begin = performance.now();
    const from = complete * block * D;
    const cut = (data: Float32Array) => data.slice(from, from + block * D);
    const part = { q: tensor(cut(q), D), k: tensor(cut(k), D), v: tensor(cut(v), D) };
    const { labels, meanQuery } = await clustersOf(engine, part, centroids);
    const found = sumsOf(
      part.k.data,
      part.v.data,
      D,
      labels,
      centroids,
      first?.meanQuery ?? meanQuery,
      scale,
    );
    first ??= { meanQuery, shape: found.shape };
    await cache.truncate(complete * centroids);
    await cache.append({ k: tensor(found.keys, wide), v: tensor(found.values, D) });
    complete++;
    longest = Math.max(longest, (performance.now() - begin) / 1e3);
  };
  return {
    name: `${centroids} centroids for each ${block} tokens`,
    async takeUpTo(end) {
      while (taken < end) {
        const to = Math.min(end, (complete + 1) * block);
        await cache.append(rowsOf(taken, to));
        taken = to;
        if (taken === (complete + 1) * block && taken < L) await condense();
      }
    },
    answer: async (row) => (await attention(engine, { q: query(row), cache }, { scale })).output.data,
    async repeat() {
      // With half a block, as it is on average.
      await cache.truncate(complete * centroids + block / 2 - 1);
      await cache.step({ q: query(L - 1), ...rowsOf(L - 1, L) }, { scale });
    },
    bytes: () => 4 * (wide + D) * (complete * centroids + block),
    extra: () => longest / block,
    dispose: () => cache.dispose(),
  };
}

/** Rows of a cache that stand for the clusters of a block, and the variances by dimension, of mean 1. */
function sumsOf(
  k: Float32Array,
  v: Float32Array,
  D: number,
  labels: Int32Array,
  centroids: number,
  meanQuery: ArrayLike<number>,
  scale: number,
) {
  const wide = D + EXTRA;
  const logs = Float64Array.from(labels, (_, j) => {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += scale * meanQuery[d]! * k[j * D + d]!;
    return sum;
  });
  const shift = logs.reduce((a, b) => Math.max(a, b));
  const [sums, means, squares, values] = [centroids, centroids * D, centroids * D, centroids * D].map(
    (size) => new Float64Array(size),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  labels.forEach((c, j) => {
    const weight = Math.exp(logs[j]! - shift);
    sums[c]! += weight;
    for (let d = 0; d < D; d++) {
      means[c * D + d]! += weight * k[j * D + d]!;
      squares[c * D + d]! += weight * k[j * D + d]! ** 2;
      values[c * D + d]! += weight * v[j * D + d]!;
    }
  });
  const shape = new Float64Array(D);
  const [rows, outputs] = [new Float32Array(centroids * wide), new Float32Array(centroids * D)];
  for (let c = 0; c < centroids; c++) {
    // The log of a cluster without keys, as far down as a score may be.
    let [offset, spread] = [0, 0];
    for (let d = 0; d < D; d++) {
      const mean = sums[c]! > 0 ? means[c * D + d]! / sums[c]! : 0;
      const variance = sums[c]! > 0 ? Math.max(0, squares[c * D + d]! / sums[c]! - mean ** 2) : 0;
      rows[c * wide + d] = mean;
      outputs[c * D + d] = sums[c]! > 0 ? values[c * D + d]! / sums[c]! : 0;
      offset += scale * meanQuery[d]! * mean;
      spread += variance / D;
      shape[d]! += variance * sums[c]!;
    }
    rows[c * wide + D] = spread;
    rows[c * wide + D + 1] = sums[c]! > 0 ? Math.log(sums[c]!) + shift - offset : -1e4;
  }
  const mean = shape.reduce((a, b) => a + b, 0) / D;
  return { keys: rows, values: outputs, shape: shape.map((x) => (mean > 0 ? x / mean : 0)) };
}
