import { type Engine, EngineTensor } from 'hw2-engine';

/** q, k and v in the memory of an engine. */
export interface PlacedInputs {
  q: EngineTensor;
  k: EngineTensor;
  v: EngineTensor;
}

/** q, k and v of one head, [L, D] each. */
export interface HeadTensors {
  L: number;
  D: number;
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
}

/** Places a head in the memory of an engine, with room for an output, for as long as something is done with it. */
export async function withPlaced<T>(
  engine: Engine,
  { L, D, q, k, v }: HeadTensors,
  use: (inputs: PlacedInputs, out: EngineTensor) => Promise<T>,
): Promise<T> {
  const placed: EngineTensor[] = [];
  const place = (data?: Float32Array) => {
    const tensor = new EngineTensor(engine, [1, 1, L, D]);
    placed.push(tensor);
    if (data) tensor.data.set(data);
    return tensor;
  };
  try {
    return await use({ q: place(q), k: place(k), v: place(v) }, place());
  } finally {
    for (const tensor of placed) tensor.release();
  }
}
