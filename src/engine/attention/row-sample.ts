/** Which rows of a call are computed by softmax attention as well, to know how far linear attention is from it. */
import { FLOAT } from '../runtime/arena.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall } from './call.js';
import { GOLDEN_RATIO } from './distance.js';
import type { Scope } from './placement.js';

/** Rows of each head: one of every so many, but no fewer and no more than these. */
const [SHARE, FEWEST, MOST] = [64, 16, 128];
/** Of all heads together: a few rows of all are not sure to meet those that hold most of the error. */
const [FEWEST_OF_ALL, MOST_OF_ALL] = [64, 1024];

/** Queries that are looked at, and the chance that each of them had: [B·Hq][perHead], ascending in each head. */
export interface RowSample {
  perHead: number;
  rows: Int32Array;
  chances: Float64Array;
}

/** How many rows of each head are looked at: a 64th of the queries, from 16 to 128; of all heads from 64 to some 1,024. */
export function rowsPerHead({ batches, heads, queries }: AttentionCall): number {
  const all = Math.max(1, batches * heads);
  const least = Math.max(FEWEST, Math.ceil(FEWEST_OF_ALL / all));
  const share = Math.min(Math.max(Math.ceil(queries / SHARE), least), MOST);
  const most = Math.max(8, Math.floor(MOST_OF_ALL / all));
  return Math.min(queries, share, most);
}

/**
 * As many queries of each batch and head, from all of its parts. Where scores differ more errors are larger: the chance
 * of a query grows with about the variance of its scores, and those that would have more than one, or hold NaN or infinity, are certain.
 * In causal attention queries that see few keys have large outputs, and are more likely, too.
 * @param block of causal attention about centroids, the keys of which are exact: where most keys that a query sees are of its own
 * block, its error is small
 */
export async function drawRows(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  block?: number,
): Promise<RowSample> {
  const { batches, heads, queries } = call;
  const perHead = rowsPerHead(call);
  const rows = new Int32Array(batches * heads * perHead);
  const chances = new Float64Array(rows.length);
  const random = generator();
  const spreads = await spreadOfQueries(scope, call, operands);
  for (let stratum = 0; stratum < batches * heads; stratum++) {
    const own = spreads.subarray(stratum * queries, (stratum + 1) * queries);
    const sizes = querySizes(call, own, call.limits[Math.floor(stratum / heads)]!, block);
    const drawn = drawFrom(sizes, Math.min(perHead, queries), random);
    rows.set(drawn.rows, stratum * perHead);
    chances.set(drawn.chances, stratum * perHead);
  }
  return { perHead, rows, chances };
}

/** A generator of its own (mulberry32): the same call looks at the same rows. */
function generator(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Queries and keys that tell the mean query, and how far keys are apart in each dimension. */
const SPREAD_ROWS = 64;

/**
 * In proportion to about the variance of the scores of each query, [B·Hq][queries]: Σ (q − q̄)²·σ² over dimensions, σ² the variance of
 * some keys, over what that is for some queries, so that nothing overflows that is not far beyond these. Of queries that are not
 * finite it is not finite, either.
 */
async function spreadOfQueries(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
): Promise<Float32Array> {
  const { batches, heads, queries, headDim } = call;
  const { arena } = scope.engine;
  const strata = batches * heads;
  const [means, deviations] = [new Float32Array(strata * headDim), new Float32Array(strata * headDim)];
  for (let stratum = 0; stratum < strata; stratum++) {
    const keyRows = someKeys(call, operands, stratum, SPREAD_ROWS);
    const queryRows = spread(queries, SPREAD_ROWS).map(
      (query) => rowAddress(operands, 'q', heads, stratum, query) / 4,
    );
    const ofQueries = statisticsOf(arena.floats, queryRows, headDim);
    // Where keys hold NaN or infinity nothing is close, whichever rows are looked at.
    const { variances } = statisticsOf(arena.floats, keyRows, headDim);
    const usual = variances.reduce((sum, variance, d) => sum + variance * ofQueries.variances[d]!, 0) || 1;
    means.set(ofQueries.means, stratum * headDim);
    deviations.set(
      variances.map((variance) => Math.sqrt(variance / usual)),
      stratum * headDim,
    );
  }
  const statistics = scope.allocate(FLOAT * strata * queries);
  const [centre, weights] = [scope.placeFloats(means), scope.placeFloats(deviations)];
  const address = scope.placeParams({ ...operands, statistics, centre, weights });
  await scope.engine.run('spreadQueries', address, strata, 0, 0);
  return arena.float32(statistics, strata * queries);
}

/**
 * In proportion to what the chances of the queries of a head are: their spreads, squared, for squared errors grow so, and raised by half
 * the mean. Infinity for queries that are not finite. In causal attention those that see few keys are larger.
 */
function querySizes(
  { queries, after }: AttentionCall,
  spreads: Float32Array,
  { keys, position }: AttentionCall['limits'][number],
  block?: number,
): Float64Array {
  const sizes = new Float64Array(spreads);
  let [total, finite] = [0, 0];
  for (let query = 0; query < queries; query++) {
    const size = sizes[query]! ** 2;
    sizes[query] = Number.isFinite(size) ? size : Number.POSITIVE_INFINITY;
    if (!Number.isFinite(size)) continue;
    total += size;
    finite++;
  }
  const raise = total > 0 ? total / finite / 2 : 1;
  if (after !== 0) return sizes.map((size) => size + raise);
  // A mean of few values is larger than one of many: half of the rows are drawn by the inverse of how many keys they see.
  const seen = (query: number) => Math.max(1, Math.min(keys, position + query + 1));
  const share = queries / sizes.reduce((sum, _, query) => sum + 1 / seen(query), 0);
  const drawn = sizes.map((size, query) => (size + raise) * (1 + share / seen(query)));
  if (block === undefined) return drawn;
  // Of the keys of a query those before its block are expanded. What is exact tells of the outputs alone, to which errors are
  // compared: a half of the rows is drawn for these, whether there are many that have an error or a few.
  const errors = drawn.map((size, query) => {
    const expanded = (block * Math.floor(query / block)) / (query + 1);
    return size * Math.max(LEAST_EXPANDED, expanded) ** 2;
  });
  const mean = errors.reduce((sum, error) => sum + (Number.isFinite(error) ? error : 0), 0) / queries;
  return errors.map((error, query) => error + (mean * share) / seen(query));
}

/** Share of its keys that counts for a query all of whose keys are exact: `auto` tries ways of larger blocks, and of none, by the same rows. */
const LEAST_EXPANDED = 1 / 8;

/** About `wanted` of so many rows: multiples of the golden ratio, modulo 1, are spread evenly and meet no period. */
const spread = (count: number, wanted: number): number[] =>
  Array.from({ length: Math.min(count, wanted) }, (_, i) =>
    Math.floor((((i + 0.5) * GOLDEN_RATIO) % 1) * count),
  );

/** Where about `wanted` keys that a batch and head of the query sees lie, counted in floats. */
function someKeys(
  { heads, kvHeads, limits }: AttentionCall,
  operands: Partial<Params>,
  stratum: number,
  wanted: number,
): number[] {
  const [batch, head] = [Math.floor(stratum / heads), stratum % heads];
  const k = operands.k! + batch * operands.kBatch! + Math.floor((head * kvHeads) / heads) * operands.kHead!;
  return spread(limits[batch]!.keys, wanted).map((key) => (k + key * operands.kRow!) / 4);
}

/** Means and variances of rows that are finite, by dimension; 0 and 1 where there are none. */
function statisticsOf(floats: Float32Array, rows: readonly number[], dim: number) {
  const [means, variances] = [new Float64Array(dim), new Float64Array(dim)];
  for (let d = 0; d < dim; d++) {
    let [count, sum, squares] = [0, 0, 0];
    for (const row of rows) {
      const x = floats[row + d]!;
      if (!Number.isFinite(x)) continue;
      count++;
      sum += x;
      squares += x * x;
    }
    means[d] = count > 0 ? sum / count : 0;
    variances[d] = count > 0 ? Math.max(0, squares / count - means[d]! ** 2) : 1;
  }
  return { means, variances };
}

/** Rows of a window, in steps of the sample: see `drawFrom`. */
const WINDOW = 4;

/**
 * Systematic sampling with chances in proportion to sizes; what would have a chance above 1 is taken first. The rows of each
 * window are passed in a random order: rows that repeat themselves, as one-hot queries do, must not meet the step of the sample,
 * which would then hold one kind of them alone.
 */
export function drawFrom(
  sizes: Float64Array,
  count: number,
  random: () => number,
): { rows: number[]; chances: number[] } {
  const certain = new Set<number>();
  let open = sizes.reduce((a, b) => a + (Number.isFinite(b) ? b : 0), 0);
  for (let found = true; found && certain.size < count; ) {
    found = false;
    for (let i = 0; i < sizes.length && certain.size < count; i++) {
      if (certain.has(i) || sizes[i]! * (count - certain.size) < open) continue;
      certain.add(i);
      if (Number.isFinite(sizes[i]!)) open -= sizes[i]!;
      found = true;
    }
  }
  const others = count - certain.size;
  const step = open / others;
  let next = random() * step;
  let passed = 0;
  const drawn: { row: number; chance: number }[] = [];
  const order = shuffled(sizes.length, Math.ceil((WINDOW * sizes.length) / count), random);
  for (let i = 0; i < order.length && drawn.length < count; i++) {
    const row = order[i]!;
    const missing = count - drawn.length;
    if (certain.has(row)) {
      drawn.push({ row, chance: 1 });
      continue;
    }
    passed += sizes[row]!;
    // Rounding may leave the last one out: then it is the last row that is left.
    if (!(others > 0 && (passed > next || order.length - i <= missing))) continue;
    drawn.push({ row, chance: Math.min(1, (others * sizes[row]!) / open) });
    next += step;
  }
  drawn.sort((a, b) => a.row - b.row);
  return { rows: drawn.map(({ row }) => row), chances: drawn.map(({ chance }) => chance) };
}

/** The numbers below `count`, those of each window in a random order (Fisher and Yates). */
function shuffled(count: number, window: number, random: () => number): Int32Array {
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const start = i - (i % window);
    const other = start + Math.floor((i - start + 1) * random());
    order[i] = order[other]!;
    order[other] = i;
  }
  return order;
}

/** Queries and keys of each that tell the standard deviation of the scores. */
const SCORES = 32;

/** Standard deviation of the scores of sampled queries, root mean square over some of them. */
export function scoreDeviation(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  { perHead, rows }: RowSample,
): number {
  const { heads, headDim, scale } = call;
  const { floats } = scope.engine.arena;
  let variance = 0;
  for (let i = 0; i < SCORES; i++) {
    const at = Math.floor(((i + 0.5) * rows.length) / SCORES);
    const stratum = Math.floor(at / perHead);
    const q = rowAddress(operands, 'q', heads, stratum, rows[at]!) / 4;
    let [sum, squares] = [0, 0];
    for (const from of someKeys(call, operands, stratum, SCORES)) {
      let score = 0;
      for (let d = 0; d < headDim; d++) score += floats[q + d]! * floats[from + d]!;
      sum += score / SCORES;
      squares += score ** 2 / SCORES;
    }
    variance += (squares - sum ** 2) / SCORES;
  }
  return Math.abs(scale) * Math.sqrt(Math.max(0, variance));
}

/** Where a row of a batch and head lies. */
export function rowAddress(
  operands: Partial<Params>,
  name: 'q' | 'o',
  heads: number,
  stratum: number,
  query: number,
): number {
  const [batch, head] = [Math.floor(stratum / heads), stratum % heads];
  return (
    operands[name]! +
    batch * operands[`${name}Batch`]! +
    head * operands[`${name}Head`]! +
    query * operands[`${name}Row`]!
  );
}
