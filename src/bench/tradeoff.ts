import { attention, checkCall, type Engine, EngineTensor } from 'hw2-engine';
import { compareToFloat64 } from './float64.js';
import { type Problem, randomInputs } from './problem.js';
import { timeByTurns } from './rounds.js';

/** Linear attention about centroids of the keys. */
export interface Expansion {
  centroids: number;
  order: number;
  near: number;
}

export interface TradeoffOptions {
  problem: Problem;
  orders: readonly number[];
  /** Of dense attention; default: none. */
  expansions?: readonly Expansion[];
  /** Standard deviations of the scores at which errors are measured. */
  sigmas: readonly number[];
}

/** What time buys: exact attention, and linear attention of each order and about centroids, timed by turns on the same tensors. */
export interface Tradeoff {
  problem: Problem;
  sigmas: readonly number[];
  exactSeconds: number[];
  /** Distance of exact attention in float32 to softmax in float64, for each sigma, as below. */
  exactErrors: number[];
  orders: {
    order: number;
    seconds: number[];
    /** Distance to softmax in float64, root mean square over that of softmax, for each sigma. */
    errors: number[];
    /** The same of the series in float64: what `errors` has beyond it is the rounding of float32. */
    seriesErrors: number[];
  }[];
  /** About centroids; absent in older records. */
  expansions?: (Expansion & { seconds: number[]; errors: number[] })[];
}

/** `64 centroids, order 0, 1/8 near` */
export const expansionTitle = ({ centroids, order, near }: Expansion): string =>
  `${centroids} centroids, order ${order}${near > 0 ? `, 1/${Math.round(1 / near)} near` : ''}`;

const ROUNDS = 5;
const SAMPLED_ROWS = 32;

export async function timeTradeoff(
  engine: Engine,
  { problem, orders, sigmas, expansions = [] }: TradeoffOptions,
): Promise<Tradeoff> {
  const { L, D, heads, isCausal } = problem;
  const tensor = () => new EngineTensor(engine, [1, heads, L, D]);
  const [q, k, v, out] = [tensor(), tensor(), tensor(), tensor()];
  const solve = async (way?: { order: number } | Expansion) => {
    const method = way && { method: 'taylor' as const, ...way };
    await attention(engine, { q, k, v }, { ...method, isCausal, out });
  };
  const exactErrors: number[] = [];
  const errors = orders.map((): number[] => []);
  const seriesErrors = orders.map((): number[] => []);
  const expansionErrors = expansions.map((): number[] => []);
  for (const sigma of sigmas) {
    const inputs = randomInputs({ ...problem, sigma });
    q.data.set(inputs.q);
    k.data.set(inputs.k);
    v.data.set(inputs.v);
    const call = checkCall({ q, k, v }, { isCausal });
    const work = SAMPLED_ROWS * L * 2 * D;
    await solve();
    exactErrors.push(compareToFloat64(call, out.data, { work }).relativeErrorToSoftmax);
    for (const [i, order] of orders.entries()) {
      await solve({ order });
      const found = compareToFloat64(call, out.data, { order, work });
      errors[i]!.push(found.relativeErrorToSoftmax);
      seriesErrors[i]!.push(found.formulaErrorToSoftmax);
    }
    for (const [i, expansion] of expansions.entries()) {
      await solve(expansion);
      expansionErrors[i]!.push(compareToFloat64(call, out.data, { work }).relativeErrorToSoftmax);
    }
  }
  const ways = [undefined, ...orders.map((order) => ({ order })), ...expansions];
  const runs = ways.map((way) => () => solve(way));
  const [exactSeconds, ...seconds] = await timeByTurns(runs, { rounds: ROUNDS, seconds: 0 });
  return {
    problem,
    sigmas,
    exactSeconds: exactSeconds!,
    exactErrors,
    orders: orders.map((order, i) => ({
      ...{ order, seconds: seconds[i]!, errors: errors[i]!, seriesErrors: seriesErrors[i]! },
    })),
    expansions: expansions.map((expansion, i) => ({
      ...expansion,
      ...{ seconds: seconds[orders.length + i]!, errors: expansionErrors[i]! },
    })),
  };
}
