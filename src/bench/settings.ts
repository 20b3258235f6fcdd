/** Settings that all that measures attention shares: `hw2 bench`, the report and their tables. */

/** One head of dense attention with scores of standard deviation 0.5, unless a plan says otherwise. */
export const BASE = { heads: 1, isCausal: false, order: 2, sigma: 0.5 } as const;

/** Standard deviations of the scores at which linear attention is compared with softmax. */
export const SIGMAS: readonly number[] = [0.1, 0.25, 0.5, 1, 2];

/** About centroids of the keys: what is shown beside the orders of the series. */
export const EXPANSIONS = [
  { centroids: 64, order: 0, near: 1 / 16 },
  { centroids: 16, order: 1, near: 0 },
] as const;

/** Times that scatter by more than this share of their median say more about the machine than about the code. */
export const NOISY = 0.1;
