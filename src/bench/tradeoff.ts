import { attention, type Engine, EngineTensor, referenceRow } from 'hw2-engine';
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
  orders: {
    order: number;
    seconds: number[];
    /** Distance to softmax in float64, root mean square over that of softmax, for each sigma. */
    errors: number[];
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
  const errors = orders.map((): number[] => []);
  for (const sigma of sigmas) {
    const inputs = randomInputs({ ...problem, sigma });
    q.data.set(inputs.q);
    k.data.set(inputs.k);
    v.data.set(inputs.v);
    const softmax = softmaxRows(inputs, problem);
    for (const [i, order] of orders.entries()) {
      await solve(order);
      errors[i]!.push(relativeError(out.data, softmax));
    }
  }
  const runs = [undefined, ...orders].map((order) => () => solve(order));
  const [exactSeconds, ...seconds] = await timeByTurns(runs, { rounds: ROUNDS, seconds: 0 });
  return {
    problem,
    sigmas,
    exactSeconds: exactSeconds!,
    orders: orders.map((order, i) => ({ order, seconds: seconds[i]!, errors: errors[i]! })),
  };
}

/** Rows of softmax attention in float64, by their index, of the first head. */
function softmaxRows(
  { q, k, v }: ReturnType<typeof randomInputs>,
  { L, D, isCausal }: Problem,
): Map<number, Float64Array> {
  const rows = new Map<number, Float64Array>();
  for (let i = 0; i < SAMPLED_ROWS; i++) {
    const row = Math.floor(((i + 1) * L) / SAMPLED_ROWS) - 1;
    if (row < 0) continue;
    const keys = isCausal ? row + 1 : L;
    rows.set(row, referenceRow(q.subarray(row * D, (row + 1) * D), k.subarray(0, L * D), v, D, { keys }));
  }
  return rows;
}

function relativeError(output: Float32Array<ArrayBufferLike>, rows: Map<number, Float64Array>): number {
  let [squares, total] = [0, 0];
  for (const [row, expected] of rows) {
    expected.forEach((value, d) => {
      squares += (output[row * expected.length + d]! - value) ** 2;
      total += value ** 2;
    });
  }
  return Math.sqrt(squares / total);
}
