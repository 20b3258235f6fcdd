/**
 * Generation token by token with a cache of keys and values: `npm run build && node examples/generate.mjs`.
 *
 * The model is a toy: one layer of attention with random weights and a table of embeddings. What it says means nothing; how it
 * is computed is how a language model does it. The same tokens are then generated once more without a cache, by attention of
 * the whole sequence in every step, to compare.
 */
import { attention, createCache, createEngine } from 'hw2-engine';

const [VOCABULARY, HEADS, KV_HEADS, D] = [64, 4, 2, 32];
const WIDTH = HEADS * D;
const [PROMPT, NEW] = [64, 24];

// Weights: mulberry32, seeded.
let seed = 1;
function random() {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 - 0.5;
}
const matrix = (rows, columns) => Float32Array.from({ length: rows * columns }, () => random() * 4 / Math.sqrt(rows));
const embeddings = Float32Array.from({ length: VOCABULARY * WIDTH }, () => 2 * random());
const weights = { q: matrix(WIDTH, WIDTH), k: matrix(WIDTH, KV_HEADS * D), v: matrix(WIDTH, KV_HEADS * D) };
const output = matrix(WIDTH, VOCABULARY);

/** x·W for rows of x */
function project(x, w, columns) {
  const rows = x.length / WIDTH;
  const y = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let d = 0; d < WIDTH; d++)
      for (let j = 0; j < columns; j++) y[i * columns + j] += x[i * WIDTH + d] * w[d * columns + j];
  return y;
}

/** Queries, keys and values of tokens, [1, n, heads·D]. */
function projections(tokens) {
  const x = Float32Array.from(tokens.flatMap((t) => [...embeddings.subarray(t * WIDTH, (t + 1) * WIDTH)]));
  const of = (w, columns) => ({ data: project(x, w, columns), dims: [1, tokens.length, columns] });
  return { q: of(weights.q, WIDTH), k: of(weights.k, KV_HEADS * D), v: of(weights.v, KV_HEADS * D) };
}

/** The likeliest token after the last row of attention. */
function next({ data }) {
  const logits = project(data.subarray(data.length - WIDTH), output, VOCABULARY);
  return logits.indexOf(Math.max(...logits));
}

const engine = await createEngine({ threads: 2 });
const heads = { qNumHeads: HEADS };
const prompt = Array.from({ length: PROMPT }, (_, i) => (37 * i) % VOCABULARY);

// With a cache: the prompt in one step, then a step a token.
const cache = await createCache(engine, { headDim: D, kvHeads: KV_HEADS });
let attending = 0;
const cached = [];
let tokens = prompt;
for (let i = 0; i < NEW; i++) {
  const inputs = projections(tokens);
  const start = performance.now();
  const { output: rows } = await cache.step(inputs, heads);
  attending += performance.now() - start;
  tokens = [next(rows)];
  cached.push(tokens[0]);
}
console.log(`with a cache: ${attending.toFixed(1)} ms of attention, ${cache.lengths[0]} tokens, ${cache.bytes} bytes`);

// Without: keys, values and queries of all tokens, in every step.
attending = 0;
const whole = [];
for (let i = 0; i < NEW; i++) {
  const inputs = projections([...prompt, ...whole]);
  const start = performance.now();
  const { output: rows } = await attention(engine, inputs, { ...heads, kvNumHeads: KV_HEADS, isCausal: true });
  attending += performance.now() - start;
  whole.push(next(rows));
}
console.log(`without: ${attending.toFixed(1)} ms of attention`);
console.log(cached.join() === whole.join() ? 'the same tokens' : 'other tokens');
console.log(cached.slice(0, 12).join(' '), '…');
await cache.dispose();
await engine.dispose();
