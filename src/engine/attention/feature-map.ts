/**
 * The Maclaurin feature map of exp: φ(q)·φ(k) = Σₙ (q·k)ⁿ/n!, n = 0..K. By the multinomial theorem the features are
 * the monomials x₁^k₁…x_D^k_D of degree k₁+…+k_D ≤ K, each times √(1/(k₁!…k_D!)).
 *
 * Monomials are written as tuples of K indices in ascending order, where 0 stands for the constant 1 and i for xᵢ:
 * for K = 2, (0,0) is 1, (0,3) is x₃ and (3,3) is x₃². In lexicographic order their degree never falls.
 */
import { checkNumbers, shown } from '../runtime/arguments.js';

/** Largest order of the series. */
export const MAX_ORDER = 4;
/** The order of the series where none is asked for. */
export const DEFAULT_ORDER = 2;

/** @throws RangeError unless `order` is `least`, …, 3 or 4. */
export function checkOrder(order: number, least = 1): number {
  if (!Number.isInteger(order) || order < least || order > MAX_ORDER) {
    throw new RangeError(
      `order: given ${shown(order)}, expected a whole number from ${least} to ${MAX_ORDER}`,
    );
  }
  return order;
}

/**
 * M = C(D + K, K), the number of features of order K for vectors of D elements.
 *
 * @example
 * featureDim(64, 2); // → 2145
 */
export function featureDim(headDim: number, order: number): number {
  checkOrder(order, 0);
  let count = 1;
  for (let n = 1; n <= order; n++) count = (count * (headDim + n)) / n;
  return count;
}

/** Ascending tuples of `length` indices from `from` to `to`, in lexicographic order. */
function* ascendingTuples(length: number, from: number, to: number): Generator<number[]> {
  if (length === 0) {
    yield [];
    return;
  }
  for (let first = from; first <= to; first++) {
    for (const rest of ascendingTuples(length - 1, first, to)) yield [first, ...rest];
  }
}

/**
 * The monomials of degree ≤ order in headDim variables, as ascending tuples of `order` indices; 0 is the constant.
 *
 * @example
 * [...monomials(2, 2)]; // → [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]]
 */
export function monomials(headDim: number, order: number): Generator<number[]> {
  return ascendingTuples(checkOrder(order), 0, headDim);
}

/**
 * The monomials of exactly one degree, as ascending tuples of `degree` indices.
 *
 * @example
 * [...monomialsOfDegree(2, 2)]; // → [[1, 1], [1, 2], [2, 2]]
 */
export function monomialsOfDegree(headDim: number, degree: number): Generator<number[]> {
  return ascendingTuples(degree, 1, headDim);
}

/**
 * 1/(k₁!…k_D!) of a monomial: the coefficient of its product in Σₙ (q·k)ⁿ/n!.
 *
 * @example
 * monomialWeight([1, 1]); // → 0.5
 */
export function monomialWeight(monomial: readonly number[]): number {
  let weight = 1;
  let multiplicity = 0;
  monomial.forEach((variable, i) => {
    multiplicity = variable > 0 && variable === monomial[i - 1] ? multiplicity + 1 : 1;
    weight /= multiplicity;
  });
  return weight;
}

/**
 * φ(x) of order K: `featureDim` numbers, so that φ(q)·φ(k) = Σₙ (q·k)ⁿ/n! for n = 0..K. For attention q is scale × query.
 *
 * @example
 * [...featureMap([3], 1)]; // → [1, 3]
 */
export function featureMap(x: ArrayLike<number>, order: number): Float64Array {
  checkNumbers('x', x);
  checkOrder(order);
  const features = new Float64Array(featureDim(x.length, order));
  let at = 0;
  for (const monomial of monomials(x.length, order)) {
    features[at++] = monomial.reduce(
      (product, i) => (i === 0 ? product : product * x[i - 1]!),
      Math.sqrt(monomialWeight(monomial)),
    );
  }
  return features;
}

/** Features between two products in the kernel, assembly/features.ts. */
const FEATURE_BLOCK = 64;

/** What the kernels need to enumerate the features: see `Run` in assembly/features.ts. */
export interface FeatureTable {
  /** Five int32 a run: three prefix indices, the first index of the last variable, and how many there are. */
  runs: Int32Array;
  /** Index of the first run of each block of 64 features, and the number of runs. */
  blockStarts: Int32Array;
  /** Weight of each feature. */
  weights: Float32Array;
}

/**
 * Runs of features that share all variables but the last, cut at multiples of the kernel's block. They are in the order of
 * `monomials`, but the constant comes last: the sums over it are the largest, and sums are best formed from the small ones up.
 */
export function featureTable(headDim: number, order: number): FeatureTable {
  const runs: number[] = [];
  const blockStarts = [0];
  const weights = new Float32Array(featureDim(headDim, order));
  let features = 0;
  const add = (prefix: readonly number[], first: number, end: number) => {
    while (first < end) {
      const room = FEATURE_BLOCK - (features % FEATURE_BLOCK);
      const count = Math.min(room, end - first);
      runs.push(...[0, 0, 0, ...prefix].slice(-3), first, count);
      for (let i = 0; i < count; i++) weights[features++] = monomialWeight([...prefix, first + i]);
      if (count === room) blockStarts.push(runs.length / 5);
      first += count;
    }
  };
  for (const prefix of ascendingTuples(checkOrder(order) - 1, 0, headDim)) {
    add(prefix, Math.max(1, prefix.at(-1) ?? 0), headDim + 1);
  }
  add([], 0, 1);
  if (features % FEATURE_BLOCK !== 0) blockStarts.push(runs.length / 5);
  return { runs: Int32Array.from(runs), blockStarts: Int32Array.from(blockStarts), weights };
}

/**
 * T(t) = Σₙ tⁿ/n!, n = 0..order.
 *
 * @example
 * taylorExp(1, 2); // → 2.5
 */
export function taylorExp(t: number, order: number): number {
  checkOrder(order, 0);
  let sum = 1;
  for (let n = order; n >= 1; n--) sum = 1 + (sum * t) / n;
  return sum;
}

/**
 * Lagrange's bound on |T(t) − eᵗ|: |t|^(K+1)·e^max(t,0)/(K+1)!.
 *
 * @example
 * remainderBound(-1, 1); // → 0.5
 */
export function remainderBound(t: number, order: number): number {
  checkOrder(order, 0);
  let bound = Math.exp(Math.max(t, 0));
  for (let n = 1; n <= order + 1; n++) bound *= Math.abs(t) / n;
  return bound;
}

/**
 * Largest |T(t) − eᵗ|/eᵗ for |t| ≤ radius, where radius is scale·‖q‖·‖k‖ at its largest: that of t = −radius.
 *
 * @example
 * weightErrorBound(0.1, 2) < 0.001; // → true
 */
export function weightErrorBound(radius: number, order: number): number {
  return remainderBound(-radius, order) * Math.exp(radius);
}

/**
 * Largest distance between linear and softmax attention, in units of the largest |v|: with every weight off by at most
 * a factor 1 ± δ, the normalised weights differ by at most 2δ/(1 − δ) in sum. Infinity where that says nothing.
 *
 * @example
 * outputErrorBound(0.1, 2) < 0.001; // → true
 */
export function outputErrorBound(radius: number, order: number): number {
  const delta = weightErrorBound(radius, order);
  return delta < 1 ? (2 * delta) / (1 - delta) : Number.POSITIVE_INFINITY;
}

/** Sizes of a call: how many of each, and dimensions. */
export interface Sizes {
  batches: number;
  heads: number;
  kvHeads: number;
  queries: number;
  keys: number;
  headDim: number;
  valueDim: number;
  isCausal: boolean;
}

/**
 * Floating-point operations of exact attention: two products over the pairs of query and key that count.
 *
 * @example
 * exactFlops({ ...checkCall({ q, k, v }, {}), isCausal: false }); // → 524288
 */
export function exactFlops({ batches, heads, queries, keys, headDim, valueDim, isCausal }: Sizes): number {
  const pairs = isCausal && queries === keys ? (queries * (queries + 1)) / 2 : queries * keys;
  return 2 * batches * heads * pairs * (headDim + valueDim);
}

/**
 * Floating-point operations of linear attention: each token once against a state of M × (valueDim + 1).
 *
 * @example
 * taylorFlops({ ...checkCall({ q, k, v }, {}), isCausal: false }, 2); // → 71385600
 */
export function taylorFlops(
  { batches, heads, kvHeads, queries, keys, headDim, valueDim }: Sizes,
  order: number,
): number {
  return 2 * batches * (kvHeads * keys + heads * queries) * featureDim(headDim, order) * (valueDim + 1);
}

/**
 * Bytes of the state of one head: M × (valueDim + 1) sums of two float32 words.
 *
 * @example
 * stateBytes(64, 64, 2); // → 1115400
 */
export function stateBytes(headDim: number, valueDim: number, order: number): number {
  return 8 * featureDim(headDim, order) * (valueDim + 1);
}

/**
 * The sequence length from which linear attention takes fewer operations than exact attention.
 *
 * @example
 * crossoverLength(64, 2); // → 2179
 */
export function crossoverLength(headDim: number, order: number, isCausal = false): number {
  return Math.ceil(((isCausal ? 2 : 1) * featureDim(headDim, order) * (headDim + 1)) / headDim);
}
