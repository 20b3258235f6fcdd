/** The ways in which a call may be computed approximately, with what they are expected to cost. */
import type { AttentionCall } from './call.js';
import { checkExpansion } from './centroids.js';
import { causalRows, expansionFlops, serialSeconds } from './expansion-cost.js';
import { DEFAULT_ORDER, taylorFlops } from './feature-map.js';
import type { ComputeOptions } from './options.js';
import type { Rates } from './rates.js';
import { rowsPerHead } from './row-sample.js';
import { checkTaylor } from './taylor.js';

/** One way to compute a call approximately. */
export interface Way {
  order: number;
  centroids: number;
  near: number;
  /** Expected times in seconds: of the call, and of its keys and the sampled queries alone. */
  seconds: number;
  trial: number;
  /** Expected distance to softmax, over that of 64 centroids of the same order. It orders the search and decides nothing else. */
  guess: number;
}

/** Distances by the number of centroids, and factors of them by the share of near keys, as measured on tensors of speech. */
// biome-ignore format: pairs
const GUESSES: readonly [number, number][] = [[16, 1.4], [32, 1.2], [64, 1], [128, 0.8], [256, 0.65], [512, 0.52], [1024, 0.43]];
// biome-ignore format: pairs
const NEAR_GUESSES: readonly [number, number][] = [[0, 1], [1 / 16, 0.75], [1 / 8, 0.6]];
/** Causal attention takes no near keys. */
const NO_NEAR_GUESS = NEAR_GUESSES.slice(0, 1);

/** Every way that the call can be computed in; or why there is none. */
export function waysOf(
  call: AttentionCall,
  options: ComputeOptions,
  rates: Rates,
): Way[] | { reason: string } {
  const { order = DEFAULT_ORDER, centroids: asked, near: share, subtractMeanKey } = options;
  const isCausal = call.after === 0;
  const sizes = { ...call, isCausal };
  const perHead = rowsPerHead(call);
  const rows = perHead / Math.max(1, call.queries);
  const ways: Way[] = [];
  let reason = `${call.keys} keys are too few for centroids`;
  try {
    checkTaylor(call, order === 0 ? { ...options, order: DEFAULT_ORDER } : options);
  } catch (error) {
    return { reason: (error as Error).message };
  }
  if (asked === undefined && share === undefined && order > 0) {
    const seconds = taylorFlops(sizes, order) / rates.taylor;
    const some = taylorFlops({ ...sizes, queries: sizes.queries * rows }, order) / rates.taylor;
    // In causal attention the state of a row is that of the keys before it: to know some is to compute all.
    ways.push({ order, centroids: 1, near: 0, seconds, trial: isCausal ? seconds : some, guess: 1 });
  }
  if (subtractMeanKey !== undefined)
    return ways.length > 0 ? ways : { reason: 'subtractMeanKey: centroids are subtracted instead' };
  const rate = rates.centroids ?? rates.exact / 2;
  // Order 2 about centroids, where it was asked for: it seldom pays.
  const orders = options.order !== undefined && order <= (asked === undefined ? 1 : 2) ? [order] : [0, 1];
  const counts = GUESSES.filter(([count]) => (asked === undefined ? 8 * count <= call.keys : count === 64));
  const shares = share !== undefined ? ([[share, 0.75]] as const) : isCausal ? NO_NEAR_GUESS : NEAR_GUESSES;
  for (const [count, byCount] of counts) {
    for (const [near, byNear] of shares) {
      for (const first of orders) {
        const shape = { centroids: asked ?? count, order: first, near };
        try {
          checkExpansion(call, { ...shape, subtractMeanQuery: false });
        } catch (error) {
          reason = (error as Error).message;
          continue;
        }
        const flops = expansionFlops(sizes, shape);
        const beside = serialSeconds(sizes, shape);
        // Sampled queries with near keys take their tiles of 16 with them.
        const some = isCausal
          ? causalRows(sizes, shape, perHead)
          : { share: Math.min(1, near > 0 ? 16 * rows : rows), serial: 0 };
        const trial = (flops.keys + some.share * flops.queries) / rate + some.serial + beside;
        ways.push({ ...shape, seconds: flops.all / rate + beside, trial, guess: byCount * byNear });
      }
    }
  }
  return ways.length > 0 ? ways : { reason };
}

/** Whether a way is at least as rough as another in every respect. */
export function isNoMore(way: Way, other: Way): boolean {
  if (other.centroids === 1) return way === other;
  return (
    way.order <= other.order &&
    way.near <= other.near &&
    way.centroids <= other.centroids &&
    way.centroids > 1
  );
}

export const nameOf = ({ order, centroids, near }: Way) =>
  centroids === 1 && near === 0
    ? `order ${order} without centroids`
    : `${centroids} centroids of order ${order}${near ? ` with ${Number(near.toPrecision(3))} of the keys near` : ''}`;
