/** How an expansion about centroids divides its work, and how many operations that is. */
import { MEAN_QUERIES } from './clusters.js';
import { featureDim, type Sizes } from './feature-map.js';
import { ROUNDS, SAMPLE_PER_CENTROID } from './k-means.js';

/** What an expansion about centroids costs by: the options of the same names. */
export interface ExpansionShape {
  centroids: number;
  order: number;
  near: number;
}

/** Operations that a weight takes, as many as some 40 multiplications. */
const WEIGHT = 80;
/** Seconds of a step of JavaScript, and of a run of a kernel beside its work, as measured: no thread but one does them. */
const STEP = 1.7e-9;
const RUN = 3e-5;
/** Steps of a number of a key, which a kernel hashes; beside these, of a key and of a key of the sample, which are sorted. */
const HASH_STEPS = 0.5;
const KEY_STEPS = 24;
const SAMPLE_STEPS = 150;
/** Steps of a number of a query, whose spread a kernel forms, and beside these of a query, where rows are drawn. */
const SPREAD_STEPS = 0.2;
const DRAW_STEPS = 50;
/** Operations, for each number of a key and a value, that laying them side by side and adding them takes the time of. */
const GATHER = 24;
/** Runs of kernels that find the clusters of a call. */
const RUNS = 8;
/** Blocks of causal attention have at least so many keys. */
const SMALLEST_BLOCK = 256;

/**
 * Floating-point operations of an expansion: of the keys, of the queries, and of both.
 *
 * @example
 * const sizes = { ...checkCall({ q, k, v }, {}), isCausal: false };
 * const { all } = expansionFlops(sizes, { centroids: 4, order: 1, near: 0 });
 */
export function expansionFlops(
  sizes: Sizes,
  shape: ExpansionShape,
): { keys: number; queries: number; all: number } {
  const { batches, heads, kvHeads, queries, keys, headDim, valueDim } = sizes;
  if (sizes.isCausal) {
    const block = causalBlock(sizes, shape);
    const [whole, rest] = [Math.floor(keys / block), keys % block];
    const pairs = (whole * block * (block + 1) + rest * (rest + 1)) / 2;
    const total = { keys: 0, queries: 2 * batches * heads * pairs * (headDim + valueDim) };
    for (const level of causalLevels(keys, block)) {
      const dense = { ...sizes, isCausal: false, queries: level.queries, keys: level.size };
      const one = expansionFlops(dense, shape);
      total.keys += level.pairs * one.keys;
      total.queries += level.pairs * one.queries;
    }
    return { ...total, all: total.keys + total.queries };
  }
  const search = keys + ROUNDS * Math.min(keys, SAMPLE_PER_CENTROID * shape.centroids);
  const perKey = GATHER * (headDim + valueDim) + momentFlops(sizes, shape);
  const ofKeys = batches * kvHeads * (2 * search * shape.centroids * headDim + keys * perKey);
  const ofQueries =
    batches * heads * queries * (queryFlops(sizes, shape) + 2 * shape.near * keys * (headDim + valueDim));
  return { keys: ofKeys, queries: ofQueries, all: ofKeys + ofQueries };
}

type Dimensions = Pick<Sizes, 'headDim' | 'valueDim'>;
type Centroids = Pick<ExpansionShape, 'centroids' | 'order'>;

const momentFlops = ({ headDim, valueDim }: Dimensions, { order }: Pick<ExpansionShape, 'order'>) =>
  2 * (featureDim(headDim, order) - 1) * valueDim;

/** Of one query, without its near keys. */
function queryFlops(dimensions: Dimensions, shape: Centroids): number {
  const { headDim, valueDim } = dimensions;
  return shape.centroids * (2 * (headDim + valueDim) + momentFlops(dimensions, shape) + WEIGHT);
}

/** Seconds of finding the clusters of a call beside their operations: they are hashed, and JavaScript moves centroids and sorts. */
export function serialSeconds(sizes: Sizes, shape: ExpansionShape): number {
  const { batches, kvHeads, keys, headDim, isCausal } = sizes;
  if (isCausal) {
    const levels = causalLevels(keys, causalBlock(sizes, shape)).map(({ size, pairs }) =>
      serialSeconds({ ...sizes, isCausal: false, batches: pairs, keys: size }, shape),
    );
    return batches * levels.reduce((a, b) => a + b, 0);
  }
  const sample = Math.min(keys, SAMPLE_PER_CENTROID * shape.centroids);
  const ofKeys = keys * (HASH_STEPS * headDim + KEY_STEPS) + sample * (2 * ROUNDS * headDim + SAMPLE_STEPS);
  return RUNS * RUN + STEP * batches * kvHeads * (ofKeys + 2 * MEAN_QUERIES * headDim);
}

/** Seconds of drawing rows: the spread of each query is formed. */
export const drawSeconds = ({ batches, heads, queries, headDim }: Sizes) =>
  STEP * batches * heads * queries * (SPREAD_STEPS * headDim + DRAW_STEPS);

/**
 * Of `perHead` rows of each head of a causal call: their share of the operations of all queries, and seconds beside. Each block
 * and segment of a head is a run of its own, in which lanes idle, and keys that a row does not see are computed.
 */
export function causalRows(
  sizes: Sizes,
  shape: ExpansionShape,
  perHead: number,
): { share: number; serial: number } {
  const blocks = sizes.keys / causalBlock(sizes, shape);
  const lanes = Math.min(8, Math.max(1, (8 * blocks) / perHead));
  const share = Math.min(1, (2 * lanes * perHead) / sizes.queries);
  return { share, serial: 2 * RUN * sizes.batches * sizes.heads * blocks };
}

/** Pairs of adjacent segments of one size, from pair `first` on: `queries` rows of each second one attend to each first one. */
export interface Level {
  size: number;
  first: number;
  pairs: number;
  queries: number;
}

/**
 * Keys that causal attention takes one by one: a block, a power of two, twice as many as cost a query what the expansion of
 * them does, for there is clustering on top.
 */
export function causalBlock(dimensions: Dimensions, shape: Centroids): number {
  const worth = queryFlops(dimensions, shape) / (2 * (dimensions.headDim + dimensions.valueDim));
  return Math.max(SMALLEST_BLOCK, 2 ** Math.ceil(Math.log2(2 * worth)));
}

/** What causal attention expands, small segments first; the last pair of a size may have fewer queries. */
export function causalLevels(length: number, block: number): Level[] {
  const levels: Level[] = [];
  for (let size = block; size < length; size *= 2) {
    const whole = Math.floor(length / (2 * size));
    const rest = length - 2 * size * whole - size;
    if (whole > 0) levels.push({ size, first: 0, pairs: whole, queries: size });
    if (rest > 0) levels.push({ size, first: whole, pairs: 1, queries: rest });
  }
  return levels;
}
