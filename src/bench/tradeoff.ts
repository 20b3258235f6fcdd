import { attention, checkCall, type Engine, EngineTensor } from 'hw2-engine';
import { compareToFloat64 } from './float64.js';
import { type Problem, randomInputs } from './problem.js';
import { timeByTurns } from './rounds.js';

export interface TradeoffOptions {
  problem: Problem;
  orders: readonly number[];
  /** Standard deviations of the scores at which errors are measured. */
  sigmas: readonly number[];
}

/** What time buys: exact attention and each order of linear attention, timed by turns on the same tensors. */
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
}

const ROUNDS = 5;
const SAMPLED_ROWS = 32;

export async function timeTradeoff(
  engine: Engine,
  { problem, orders, sigmas }: TradeoffOptions,
): Promise<Tradeoff> {
  const { L, D, heads, isCausal } = problem;
  const tensor = () => new EngineTensor(engine, [1, heads, L, D]);
  const [q, k, v, out] = [tensor(), tensor(), tensor(), tensor()];
  const solve = async (order?: number) => {
    const method = order === undefined ? {} : { method: 'taylor' as const, order };
    await attention(engine, { q, k, v }, { ...method, isCausal, out });
  };
  const exactErrors: number[] = [];
  const errors = orders.map((): number[] => []);
  const seriesErrors = orders.map((): number[] => []);
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
      await solve(order);
      const found = compareToFloat64(call, out.data, { order, work });
      errors[i]!.push(found.relativeErrorToSoftmax);
      seriesErrors[i]!.push(found.formulaErrorToSoftmax);
    }
  }
  const runs = [undefined, ...orders].map((order) => () => solve(order));
  const [exactSeconds, ...seconds] = await timeByTurns(runs, { rounds: ROUNDS, seconds: 0 });
  return {
    problem,
    sigmas,
    exactSeconds: exactSeconds!,
    exactErrors,
    orders: orders.map((order, i) => ({
      ...{ order, seconds: seconds[i]!, errors: errors[i]!, seriesErrors: seriesErrors[i]! },
    })),
  };
}
