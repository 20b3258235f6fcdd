// A tensor of onnxruntime is passed as it is.
import { attention, createEngine } from 'hw2-engine';
import { Tensor } from 'onnxruntime-common';

createEngine().then(async (engine) => {
  const tensor = new Tensor('float32', new Float32Array(8 * 64), [1, 2, 32, 8]);
  const { output } = await attention(engine, { q: tensor, k: tensor, v: tensor });
  console.log(new Tensor('float32', output.data, output.dims).size);
  await engine.dispose();
});
