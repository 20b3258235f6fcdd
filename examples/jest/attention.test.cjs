const { attention, createEngine } = require('hw2-engine');

test('attention to equal keys is their mean value', async () => {
  const engine = await createEngine({ threads: 2 });
  const ones = { data: new Float32Array(64).fill(1), dims: [1, 1, 8, 8] };
  const values = { data: Float32Array.from({ length: 64 }, (_, i) => i >> 3), dims: [1, 1, 8, 8] };
  const { output } = await attention(engine, { q: ones, k: ones, v: values });
  expect(output.data[0]).toBeCloseTo(3.5);
  await engine.dispose();
});
