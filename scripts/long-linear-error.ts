/**
 * Measures the rounding of linear attention over 1,048,576 keys, whose values are the same for every key. Those must come out
 * of the series of the exponential as they went in, and the largest relative difference is printed for each dimension, order
 * and form; the rules are compared with their recurrence in float64. One thread, about three minutes:
 *
 *     npm run build && node build/scripts/long-linear-error.js > docs/benchmarks/long-linear-error.json
 */
import {
  attention,
  createEngine,
  createState,
  hasDecay,
  hasDelta,
  linearAttention,
  linearAttentionReference,
  type Tensor,
  UPDATE_RULES,
  type UpdateRule,
} from 'hw2-engine';
import { argumentsOf } from './given.js';

export interface LongLinearRecord {
  keys: number;
  tier: string;
  node: string;
  /** Of the series: largest relative errors. */
  errors: { headDim: number; order: number; dense: number; causal: number; streaming: number }[];
  /** Of the rules, with keys that vary about a mean or are all the same: largest relative error of the answers. */
  rules: { rule: UpdateRule; keys: 'varied' | 'same'; error: number }[];
}

const KEYS = 2 ** 20;
/** Keys that are appended to a state at once. */
const CHUNK = 2 ** 14;
const SIGMA = 0.3;
// A running sum of equal numbers is off furthest for some of them.
const VALUES = Float32Array.of(0.1, 0.7, 1, 1.6005211, 1.9699326, -77.3, 12345.678);

/** Numbers that are normally distributed, repeated with a period that is prime to every dimension. */
function normal(length: number): Float32Array {
  let seed = 1;
  const uniform = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const drawn = Float32Array.from(
    { length: 1_000_003 },
    () => SIGMA * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
  return Float32Array.from({ length }, (_, i) => drawn[i % drawn.length]!);
}

const rows = (data: Float32Array, dim: number, from: number, to: number): Tensor => ({
  data: data.subarray(from * dim, to * dim),
  dims: [1, 1, to - from, dim],
});

function largestError(output: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < output.length; i++)
    largest = Math.max(largest, Math.abs(output[i]! / VALUES[i % VALUES.length]! - 1));
  return largest;
}

/** Factors of the state and rates of the rules that have them; keys have a length of about 1. */
const [DECAY, BETA, RULE_DIM] = [-1e-3, 0.5, 16];

async function ruleErrors(): Promise<LongLinearRecord['rules']> {
  const drawn = normal(KEYS * RULE_DIM);
  const found: LongLinearRecord['rules'] = [];
  for (const keys of ['varied', 'same'] as const) {
    const data = keys === 'varied' ? drawn.map((x) => 0.2 + x / 3) : new Float32Array(drawn.length).fill(0.2);
    const key = { data, dims: [1, KEYS, RULE_DIM] };
    const value = { data: values, dims: [1, KEYS, VALUES.length] };
    const gate = (x: number) => ({ data: new Float32Array(KEYS).fill(x), dims: [1, KEYS, 1] });
    for (const rule of UPDATE_RULES) {
      const inputs = {
        ...{ query: key, key, value },
        ...(hasDecay(rule) && { decay: gate(DECAY) }),
        ...(hasDelta(rule) && { beta: gate(BETA) }),
      };
      const attributes = { qNumHeads: 1, kvNumHeads: 1, updateRule: rule };
      const { output } = await linearAttention(engine, inputs, attributes);
      const columns = [...VALUES.keys()];
      const expected = linearAttentionReference(inputs, attributes, { batch: 0, head: 0, columns });
      const error = expected.reduce((most, x, i) => Math.max(most, Math.abs(output.data[i]! / x - 1)), 0);
      found.push({ rule, keys, error });
    }
  }
  return found;
}

argumentsOf('');
const values = new Float32Array(KEYS * VALUES.length).map((_, i) => VALUES[i % VALUES.length]!);
const engine = await createEngine();
const errors: LongLinearRecord['errors'] = [];
for (const headDim of [16, 64]) {
  const keys = normal(KEYS * headDim);
  const [k, v] = [rows(keys, headDim, 0, KEYS), rows(values, VALUES.length, 0, KEYS)];
  const q = rows(keys, headDim, 0, 64);
  for (const order of [1, 2]) {
    const options = { method: 'taylor', order } as const;
    const dense = largestError((await attention(engine, { q, k, v }, options)).output.data);
    const all = await attention(engine, { q: k, k, v }, { ...options, isCausal: true });
    const causal = largestError(all.output.data);
    const state = await createState(engine, { headDim, valueDim: VALUES.length, order });
    for (let at = 0; at < KEYS; at += CHUNK)
      await state.append({
        k: rows(keys, headDim, at, at + CHUNK),
        v: rows(values, VALUES.length, at, at + CHUNK),
      });
    const streaming = largestError((await state.query({ q })).output.data);
    await state.dispose();
    errors.push({ headDim, order, dense, causal, streaming });
  }
}
const rules = await ruleErrors();
const record: LongLinearRecord = { keys: KEYS, tier: engine.tier, node: process.version, errors, rules };
console.log(JSON.stringify(record, undefined, 2));
await engine.dispose();
