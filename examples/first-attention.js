/** What every example computes: attention of 2 heads to 256 tokens of 16 numbers. */
import { attention, createEngine } from 'hw2-engine';

export async function firstAttention(options = {}) {
  const warnings = [];
  const engine = await createEngine({ threads: 2, onWarning: (text) => warnings.push(text), ...options });
  const data = Float32Array.from({ length: 2 * 256 * 16 }, (_, i) => ((37 * i) % 101) / 101 - 0.5);
  const tensor = { data, dims: [1, 2, 256, 16] }; // [batch, heads, length, headDim]
  const { output } = await attention(engine, { q: tensor, k: tensor, v: tensor });
  const { tier, threads } = engine;
  await engine.dispose();
  return { tier, threads, output: Array.from(output.data.subarray(0, 4)), warnings };
}
