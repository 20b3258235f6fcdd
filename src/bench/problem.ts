import { exactFlops, type Sizes, type Tier, taylorFlops } from 'hw2-engine';
import { Random } from '../statistics/random.js';

/** One setting in which all contenders compute attention of the same random tensors. */
export interface Problem {
  /** Sequence length. */
  L: number;
  /** Head dimension of q, k and v. */
  D: number;
  heads: number;
  isCausal: boolean;
  /** Order of linear attention. */
  order: number;
  /** Standard deviation of the scores q·k/√D. */
  sigma: number;
  /** Threads of every contender, or what each takes when it is not told. */
  threads: number | 'default';
  tier: Tier;
}

/** q, k and v, each [heads, L, D]. */
export interface Inputs {
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
}

export type Kind = 'exact' | 'taylor';

/** The same problem gives the same tensors. */
export function randomInputs({ L, D, heads, sigma }: Problem): Inputs {
  const normal = (purpose: number, deviation: number) => {
    const random = new Random(purpose, L, D);
    const data = new Float32Array(heads * L * D);
    for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    return data;
  };
  return { q: normal(1, sigma), k: normal(2, 1), v: normal(3, 1) };
}

/** Useful floating-point operations of one call; what a contender computes and throws away does not count. */
export function usefulFlops(kind: Kind, { L, D, heads, isCausal, order }: Problem): number {
  const sizes: Sizes = {
    ...{ batches: 1, heads, kvHeads: heads, queries: L, keys: L },
    ...{ headDim: D, valueDim: D, isCausal },
  };
  return kind === 'exact' ? exactFlops(sizes) : taylorFlops(sizes, order);
}
