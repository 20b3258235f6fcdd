/** Whether what the engine promises of its distances holds: over many calls, by the distance of all rows. */
import { type AttentionInputs, type AttentionOptions, attention, type Engine } from 'hw2-engine';
import { Random } from '#hw2/statistics/random.js';
import { distance } from './measure.js';
import { beginning, type Head, madeUp, sharper } from './tensors.js';

/** How many of so many 95 % limits were passed. */
export interface LimitsKept {
  calls: string;
  count: number;
  passed: number;
  /** Geometric mean of limit over distance. */
  tightness: number;
}

/** How many of so many calls of `auto` were within their tolerance. */
export interface ToleranceKept {
  tensors: string;
  count: number;
  /** Those that took linear attention. */
  linear: number;
  kept: number;
  /** The largest distance, of its tolerance. */
  worst: number;
}

const LIMITS: Record<string, { isCausal?: true; options: (random: Random) => AttentionOptions }> = {
  'series, orders 1 to 3': { options: (random) => ({ order: 1 + random.integer(3) }) },
  'centroids, order 0 or 1': {
    options: (random) => ({ centroids: 4 + random.integer(20), order: random.integer(2) }),
  },
  'centroids, order 0 or 1, 1/50 to 1/4 near': {
    options: (random) => ({
      ...{ centroids: 4 + random.integer(20), order: random.integer(2) },
      near: 0.02 + 0.23 * random.uniform(),
    }),
  },
  'series, order 2, causal': { isCausal: true, options: () => ({ order: 2 }) },
  'centroids, order 0 or 1, causal': {
    isCausal: true,
    options: (random) => ({ centroids: 4 + random.integer(20), order: random.integer(2) }),
  },
};

/** Distances below it are rounding alone. */
const ROUNDING = 1e-6;

/** As many random calls of each kind, with queries that differ in size by factors of up to ten. */
export async function measureLimits(engine: Engine, count: number): Promise<LimitsKept[]> {
  const results: LimitsKept[] = [];
  for (const [calls, { isCausal = false, options }] of Object.entries(LIMITS)) {
    const random = new Random(7);
    let [passed, counted] = [0, 0];
    const logs: number[] = [];
    for (let call = 0; counted < count; call++) {
      // Causal attention expands what is before a block of 256: often a few rows beyond it are the only ones that are not exact.
      const L = isCausal ? 257 + Math.floor(940 * random.uniform() ** 2) : 150 + random.integer(300);
      const D = 2 + random.integer(6);
      const kinds = madeUp(L, D, call);
      const head = kinds[random.integer(2)]!;
      const [size, skew] = [0.2 + 2.5 * random.uniform(), random.uniform()];
      const scales = Float32Array.from({ length: L }, () => size * Math.exp(skew * random.normal()));
      const inputs = inputsOf({ ...head, q: head.q.map((x, i) => scales[Math.floor(i / D)]! * x) });
      const softmax = await attention(engine, inputs, { isCausal });
      const way: AttentionOptions = { method: 'taylor', isCausal, measureError: true, ...options(random) };
      const { output, error } = await attention(engine, inputs, way);
      const actual = distance(output.data, softmax.output.data);
      const limit = error!.interval[1];
      // Causal attention within a block is exact.
      if (actual < ROUNDING) continue;
      counted++;
      if (actual > limit) passed++;
      // It is 0 where no row of the sample is beyond the first block.
      if (limit > 0) logs.push(Math.log(limit / actual));
    }
    const tightness = Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length);
    results.push({ calls, count: counted, passed, tightness });
  }
  return results;
}

const inputsOf = ({ q, k, v, L, D }: Head): AttentionInputs => {
  const dims = [1, 1, L, D];
  return { q: { data: q, dims }, k: { data: k, dims }, v: { data: v, dims } };
};

/** Exact attention is made out to be slow, so that as much as possible is tried and taken. */
const RATES = { exact: 1e5, taylor: 1e8, centroids: 1e8 };
const TOLERANCES = [0.01, 0.02, 0.05, 0.1];
const FACTORS = [0.5, 1, 2, 3];

/** Tensors of no network, `seeds` of each kind, and parts of given heads. */
export async function measureTolerances(
  engine: Engine,
  given: readonly Head[],
  seeds: number,
): Promise<ToleranceKept[]> {
  const results = new Map<string, ToleranceKept>();
  const random = new Random(5);
  for (let seed = 0; seed < seeds; seed++) {
    const heads = madeUp(300 + random.integer(1200), 8 * (1 + random.integer(8)), seed);
    for (const head of heads) for (const factor of FACTORS) await add(head.name, sharper(head, factor));
  }
  for (const head of given) {
    const name = head.name.replace(/, head .*/, '');
    for (const factor of [1, 2, 3]) await add(name, sharper(partOf(head, random), factor));
  }
  return [...results.values()];

  async function add(name: string, head: Head): Promise<void> {
    const inputs = inputsOf(head);
    const exact = await attention(engine, inputs);
    for (const tolerance of TOLERANCES) {
      const options: AttentionOptions = { method: 'auto', tolerance, rates: RATES };
      const { method, output } = await attention(engine, inputs, options);
      const off = distance(output.data, exact.output.data);
      const known = results.get(name) ?? { tensors: name, count: 0, linear: 0, kept: 0, worst: 0 };
      results.set(name, {
        tensors: name,
        count: known.count + 1,
        linear: known.linear + Number(method === 'taylor'),
        kept: known.kept + Number(off <= tolerance),
        worst: Math.max(known.worst, off / tolerance),
      });
    }
  }
}

/** Adjacent rows of a head, at most 2,048 of them. */
function partOf(head: Head, random: Random): Head {
  const L = Math.min(head.L, 512 + random.integer(1537));
  const start = random.integer(head.L - L + 1) * head.D;
  const from = (rows: Float32Array) => rows.subarray(start);
  return beginning({ ...head, q: from(head.q), k: from(head.k), v: from(head.v) }, L);
}
