import { Random } from '../statistics/random.js';

/** Whether tokens resemble their neighbours, as those of texts and of sound do, or are independent. */
export type Tokens = 'neighbours' | 'independent';

/** q, k and v, each [L, D]. */
export interface TokenTensors {
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
}

/** How much of a query is the key of its own token, where tokens resemble their neighbours. */
const OWN_KEY = 0.7;
/** The sequence has about so many passages of tokens that are alike. */
const PASSAGES = 12;

/** Normal tensors, each element of mean 0 and deviation 1; the same setting gives the same. */
export function randomTokens({ L, D, tokens }: { L: number; D: number; tokens: Tokens }): TokenTensors {
  const normal = (purpose: number) => {
    const random = new Random(purpose, L, D);
    return Float32Array.from({ length: L * D }, () => random.normal());
  };
  const [q, k, v] = [normal(1), normal(2), normal(3)];
  if (tokens === 'independent') return { q, k, v };
  resembleNeighbours(k, D, Math.exp(-PASSAGES / L));
  return { q: q.map((x, i) => OWN_KEY * k[i]! + Math.sqrt(1 - OWN_KEY ** 2) * x), k, v };
}

/** Makes independent rows an autoregressive process of order 1 that keeps their mean and deviation. */
function resembleNeighbours(rows: Float32Array, dim: number, correlation: number): void {
  const fresh = Math.sqrt(1 - correlation ** 2);
  for (let i = dim; i < rows.length; i++) rows[i] = correlation * rows[i - dim]! + fresh * rows[i]!;
}
