/** Settings that all that measures attention shares: `hw2 bench`, the report and their tables. */

/** One head of dense attention with scores of standard deviation 0.5, unless a plan says otherwise. */
export const BASE = { heads: 1, isCausal: false, order: 2, sigma: 0.5 } as const;

/** Standard deviations of the scores at which linear attention is compared with softmax. */
export const SIGMAS: readonly number[] = [0.1, 0.25, 0.5, 1, 2];

/** Times that scatter by more than this share of their median say more about the machine than about the code. */
export const NOISY = 0.1;
