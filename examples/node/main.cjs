const { attention, createEngine } = require('hw2-engine');

createEngine({ threads: 2 }).then(async (engine) => {
  const tensor = { data: new Float32Array(8 * 64).fill(1), dims: [1, 2, 32, 8] };
  const { output } = await attention(engine, { q: tensor, k: tensor, v: tensor });
  console.log(JSON.stringify({ tier: engine.tier, threads: engine.threads, output: Array.from(output.data.subarray(0, 4)) }));
  await engine.dispose();
});
