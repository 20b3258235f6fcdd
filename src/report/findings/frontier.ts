import { checkCall, type Engine, EngineTensor } from 'hw2-engine';
import { measureFrontier, type WayPoint } from '../../bench/frontier.js';
import { randomTokens } from '../../bench/tokens.js';

/** Time against distance to softmax of every way to compute attention of tokens that resemble their neighbours. */
export interface Frontier {
  L: number;
  D: number;
  points: WayPoint[];
}

const SIZES = { L: 2048, D: 64 };

export async function tokenFrontier(engine: Engine): Promise<Frontier> {
  const { L, D } = SIZES;
  const tokens = randomTokens({ ...SIZES, tokens: 'neighbours' });
  const place = (data: Float32Array) => {
    const tensor = new EngineTensor(engine, [1, 1, L, D]);
    tensor.data.set(data);
    return tensor;
  };
  const inputs = { q: place(tokens.q), k: place(tokens.k), v: place(tokens.v) };
  try {
    const points = await measureFrontier(engine, inputs, checkCall(inputs, {}), () => {});
    return { ...SIZES, points };
  } finally {
    for (const tensor of Object.values(inputs)) tensor.release();
  }
}
