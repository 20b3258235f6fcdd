import { attention, createEngine, createState, type Engine, EngineTensor, type Tensor } from 'hw2-engine';

async function main(): Promise<void> {
  const engine: Engine = await createEngine({ threads: 2, onWarning: (text: string) => console.log(text) });
  const own: Tensor = { data: new Float32Array(8 * 64), dims: [1, 2, 32, 8] };
  const placed = EngineTensor.from(engine, own);
  const { output, warnings } = await attention(engine, { q: own, k: placed, v: own }, { isCausal: true });
  const first: number | undefined = output.data[0];
  const state = await createState(engine, { headDim: 8, heads: 2 });
  await state.append({ k: own, v: own });
  const bytes: Uint8Array = await state.save();
  console.log(first, warnings.length, bytes.length, engine.memory.peak);
  await engine[Symbol.asyncDispose]();
}

main();
