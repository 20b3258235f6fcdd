/** Tensors on which attention about centroids is measured, a head each. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HeadTensors } from '#hw2/bench/placed.js';
import { openArrays } from '#hw2/data/arrays.js';
import { Random } from '#hw2/statistics/random.js';

export interface Head extends HeadTensors {
  name: string;
}

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const MAX_BYTES = 2 ** 30;

/** Every head of a file with q, k and v of [L, D], [heads, L, D] or [batch, heads, L, D], as many heads each. */
export async function headsOf(path: string, name: string): Promise<Head[]> {
  const file = await openArrays(path, { maxBytes: MAX_BYTES });
  const [q, k, v] = ['q', 'k', 'v'].map((entry) => file.read(entry));
  const [L, D] = q!.dims.slice(-2) as [number, number];
  const size = L * D;
  const part = ({ data }: { data: ArrayLike<unknown> }, head: number) =>
    Float32Array.from((data as Float32Array).subarray(head * size, (head + 1) * size));
  return Array.from({ length: q!.data.length / size }, (_, head) => ({
    ...{ name: `${name}, head ${head}`, L, D },
    ...{ q: part(q!, head), k: part(k!, head), v: part(v!, head) },
  }));
}

/** Every head of the recognizer's encoder on a clip, as `hw2 transcribe --save-qkv` writes them: blocks by heads. */
export async function encoderHeads(clip: string, name: string): Promise<Head[]> {
  const folder = mkdtempSync(join(tmpdir(), 'hw2-qkv-'));
  try {
    const path = join(folder, 'qkv.npz');
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'transcribe', clip, '--save-qkv', path], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${clip}: ${stderr}`);
    return await headsOf(path, name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Scores `factor` times as large. */
export const sharper = (head: Head, factor: number): Head => ({
  ...head,
  q: head.q.map((x) => factor * x),
});

/** The first rows of a head. */
export const beginning = (head: Head, L: number): Head => ({
  ...head,
  L,
  q: head.q.slice(0, L * head.D),
  k: head.k.slice(0, L * head.D),
  v: head.v.slice(0, L * head.D),
});

/**
 * A head continued to L rows by its own rows over again, each number with noise of `jitter` times the standard deviation of
 * its dimension. The first rows stay as they are.
 */
export function continued(head: Head, L: number, jitter: number): Head {
  const { D } = head;
  const extend = (rows: Float32Array, seed: number) => {
    const random = new Random(seed);
    const deviations = deviationsOf(rows, D);
    return Float32Array.from({ length: L * D }, (_, i) => {
      const own = rows[i % rows.length]!;
      return i < rows.length ? own : own + jitter * deviations[i % D]! * random.normal();
    });
  };
  return { ...head, L, q: extend(head.q, 1), k: extend(head.k, 2), v: extend(head.v, 3) };
}

function deviationsOf(rows: Float32Array, D: number): Float64Array {
  const n = rows.length / D;
  const [sums, squares] = [new Float64Array(D), new Float64Array(D)];
  rows.forEach((x, i) => {
    sums[i % D]! += x / n;
    squares[i % D]! += (x * x) / n;
  });
  return squares.map((square, d) => Math.sqrt(Math.max(0, square - sums[d]! ** 2)));
}

/** Tensors that are not of any network, with scores of about unit deviation: what a choice must not be misled by. */
export function madeUp(L: number, D: number, draw = 0): Head[] {
  const normal = (seed: number) => {
    const random = new Random(10 * draw + seed);
    return Float32Array.from({ length: L * D }, () => random.normal());
  };
  const v = normal(9);
  const places = normal(8);
  /** Rows of unit size about a few places. */
  const clustered = (seed: number) =>
    normal(seed).map((x, i) => 0.5 * x + places[((Math.floor(i / D) * 5) % 9) * D + (i % D)]!);
  const oneHot = Float32Array.from({ length: L * D }, (_, i) => 3 * +(i % D === Math.floor(i / D) % D));
  const constant = new Float32Array(L * D).fill(0.7);
  return [
    { name: 'Gaussian', L, D, q: normal(1), k: normal(2), v },
    { name: 'clustered', L, D, q: clustered(3), k: clustered(4), v },
    { name: 'constant', L, D, q: constant, k: constant, v },
    { name: 'one-hot', L, D, q: oneHot, k: oneHot, v },
  ];
}

/** Standard deviation of the scores q·k/√D of a query over the keys, root mean square over some queries. */
export function scoreDeviation({ L, D, q, k }: Head): number {
  const random = new Random(1);
  const [QUERIES, KEYS] = [64, 256];
  let variance = 0;
  for (let n = 0; n < QUERIES; n++) {
    const i = random.integer(L) * D;
    let [sum, squares] = [0, 0];
    for (let m = 0; m < KEYS; m++) {
      const j = random.integer(L) * D;
      let score = 0;
      for (let d = 0; d < D; d++) score += q[i + d]! * k[j + d]!;
      sum += score / Math.sqrt(D) / KEYS;
      squares += score ** 2 / D / KEYS;
    }
    variance += (squares - sum ** 2) / QUERIES;
  }
  return Math.sqrt(Math.max(0, variance));
}
