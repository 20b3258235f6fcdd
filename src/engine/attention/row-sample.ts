/** Rows of a call that are computed by softmax attention as well, to know how far linear attention is from it. */
import type { Params } from '../runtime/params.js';
import { runExact, runQueriesInLanes } from './exact.js';
import type { Scope } from './placement.js';
import type { AttentionCall } from './shapes.js';

/** Rows of each head: one of every so many, but no fewer and no more than these; and of all heads together. */
const [SHARE, FEWEST, MOST, ALTOGETHER] = [64, 16, 64, 1024];

/** In causal attention adjacent rows of the sample see about as many keys: so many of each head are computed together. */
const TOGETHER = 16;

/** Queries that are looked at, and the chance that each of them had: [B·Hq][perHead], ascending in each head. */
export interface RowSample {
  perHead: number;
  rows: Int32Array;
  chances: Float64Array;
}

/** How many rows of each head are looked at: a 64th of the queries, from 16 to 64, and fewer where there are many heads. */
export function rowsPerHead({ batches, heads, queries }: AttentionCall): number {
  const share = Math.min(Math.max(Math.ceil(queries / SHARE), FEWEST), MOST);
  const most = Math.max(8, Math.floor(ALTOGETHER / Math.max(1, batches * heads)));
  return Math.min(queries, share, most);
}

/** Bytes that comparing the rows takes, at most. */
export function sampleBytes(call: AttentionCall): number {
  const { batches, heads, keys, headDim, valueDim, after } = call;
  const masks = after === 0 ? TOGETHER * heads * keys : 0;
  return 4 * batches * heads * rowsPerHead(call) * (headDim + 2 * valueDim) + masks;
}

/**
 * As many queries of each batch and head, from all of its parts. Long queries have large scores and large errors: the chance
 * of a query grows with its squared length, and those that would have more than one, or hold NaN or infinity, are certain.
 * In causal attention queries that see few keys have large outputs, and are more likely, too.
 */
export function drawRows(scope: Scope, call: AttentionCall, operands: Partial<Params>): RowSample {
  const { batches, heads, queries } = call;
  const perHead = rowsPerHead(call);
  const rows = new Int32Array(batches * heads * perHead);
  const chances = new Float64Array(rows.length);
  const random = generator();
  for (let stratum = 0; stratum < batches * heads; stratum++) {
    const drawn = drawFrom(querySizes(scope, call, operands, stratum), Math.min(perHead, queries), random);
    rows.set(drawn.rows, stratum * perHead);
    chances.set(drawn.chances, stratum * perHead);
  }
  return { perHead, rows, chances };
}

/** A generator of its own (mulberry32): the same call looks at the same rows. */
function generator(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Squared lengths of the queries of a head, each raised by half their mean; infinity for those that are not finite. In causal
 * attention those that see few keys are larger.
 */
function querySizes(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  stratum: number,
): Float64Array {
  const { heads, queries, headDim } = call;
  const { arena } = scope.engine;
  const floats = arena.floats;
  const start = rowAddress(operands, 'q', heads, stratum, 0) / 4;
  const stride = operands.qRow! / 4;
  const sizes = new Float64Array(queries);
  let [total, finite] = [0, 0];
  for (let query = 0; query < queries; query++) {
    let square = 0;
    const from = start + query * stride;
    for (let at = from; at < from + headDim; at++) square += floats[at]! * floats[at]!;
    sizes[query] = Number.isFinite(square) ? square : Number.POSITIVE_INFINITY;
    if (!Number.isFinite(square)) continue;
    total += square;
    finite++;
  }
  const raise = total > 0 ? total / finite / 2 : 1;
  if (call.after !== 0) return sizes.map((size) => size + raise);
  // A mean of few values is larger than one of many: half of the rows are drawn by the inverse of how many keys they see.
  const { keys, position } = call.limits[Math.floor(stratum / heads)]!;
  const seen = (query: number) => Math.max(1, Math.min(keys, position + query + 1));
  const share = queries / sizes.reduce((sum, _, query) => sum + 1 / seen(query), 0);
  return sizes.map((size, query) => (size + raise) * (1 + share / seen(query)));
}

/** Systematic sampling with chances in proportion to sizes; what would have a chance above 1 is taken first. */
export function drawFrom(
  sizes: Float64Array,
  count: number,
  random: () => number,
): { rows: number[]; chances: number[] } {
  const certain = new Set<number>();
  let open = sizes.reduce((a, b) => a + (Number.isFinite(b) ? b : 0), 0);
  for (let found = true; found && certain.size < count; ) {
    found = false;
    for (let i = 0; i < sizes.length && certain.size < count; i++) {
      if (certain.has(i) || sizes[i]! * (count - certain.size) < open) continue;
      certain.add(i);
      if (Number.isFinite(sizes[i]!)) open -= sizes[i]!;
      found = true;
    }
  }
  const others = count - certain.size;
  const step = open / others;
  let next = random() * step;
  let passed = 0;
  const [rows, chances]: [number[], number[]] = [[], []];
  for (let i = 0; i < sizes.length && rows.length < count; i++) {
    const missing = count - rows.length;
    if (certain.has(i)) {
      rows.push(i);
      chances.push(1);
      continue;
    }
    passed += sizes[i]!;
    // Rounding may leave the last one out: then it is the last row that is left.
    if (!(others > 0 && (passed > next || sizes.length - i <= missing))) continue;
    rows.push(i);
    chances.push(Math.min(1, (others * sizes[i]!) / open));
    next += step;
  }
  return { rows, chances };
}

function rowAddress(
  operands: Partial<Params>,
  name: 'q' | 'o',
  heads: number,
  stratum: number,
  query: number,
): number {
  const [batch, head] = [Math.floor(stratum / heads), stratum % heads];
  return (
    operands[name]! +
    batch * operands[`${name}Batch`]! +
    head * operands[`${name}Head`]! +
    query * operands[`${name}Row`]!
  );
}

/** A call of the sampled queries alone, and where its operands and its output lie. */
export function sampledCall(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  { perHead, rows }: RowSample,
): { call: AttentionCall; operands: Partial<Params>; output: () => Float32Array } {
  const { arena } = scope.engine;
  const { batches, heads, headDim, valueDim } = call;
  const q = scope.allocate(4 * rows.length * headDim);
  const o = scope.allocate(4 * rows.length * valueDim);
  const gathered = arena.float32(q, rows.length * headDim);
  rows.forEach((query, at) => {
    const row = rowAddress(operands, 'q', heads, Math.floor(at / perHead), query);
    gathered.set(arena.float32(row, headDim), at * headDim);
  });
  return {
    call: { ...call, queries: perHead, outputDims: [batches, heads, perHead, valueDim] },
    operands: {
      ...operands,
      queries: perHead,
      ...{ q, qBatch: 4 * heads * perHead * headDim, qHead: 4 * perHead * headDim, qRow: 4 * headDim },
      ...{ o, oBatch: 4 * heads * perHead * valueDim, oHead: 4 * perHead * valueDim, oRow: 4 * valueDim },
    },
    output: () => arena.float32(o, rows.length * valueDim),
  };
}

/** Softmax attention of the sampled queries, [B·Hq][perHead][Dv]. */
export async function exactRows(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  sample: RowSample,
): Promise<Float32Array> {
  const sampled = sampledCall(scope, call, operands, sample);
  if (call.after === 0) await runCausalRows(scope, call, sampled.operands as Params, sample);
  else await runExact(scope, sampled.call, sampled.operands, {});
  return sampled.output().slice();
}

async function runCausalRows(
  scope: Scope,
  call: AttentionCall,
  operands: Params,
  { perHead, rows }: RowSample,
): Promise<void> {
  const { batches, heads } = call;
  const { q, k, v, o, qRow, oRow, qBatch, kBatch, vBatch, oBatch } = operands;
  for (let batch = 0; batch < batches; batch++) {
    const { keys, position } = call.limits[batch]!;
    for (let from = 0; from < perHead; from += TOGETHER) {
      const queries = Math.min(TOGETHER, perHead - from);
      const seen = Int32Array.from({ length: heads * queries }, (_, i) => {
        const at = (batch * heads + Math.floor(i / queries)) * perHead + from + (i % queries);
        return Math.max(0, Math.min(keys, position + rows[at]! + 1));
      });
      const places = {
        ...{ q: q + batch * qBatch + from * qRow, o: o + batch * oBatch + from * oRow },
        ...{ k: k + batch * kBatch, v: v + batch * vBatch, batches: 1, queries },
      };
      await scope.nested((inner) => attendSeen(inner, { ...operands, ...places }, seen));
    }
  }
}

/** Softmax attention of a batch whose rows see as many of the first keys as `seen` says, [head][query]: others are masked. */
export async function attendSeen(scope: Scope, operands: Partial<Params>, seen: Int32Array): Promise<void> {
  const keys = seen.reduce((a, b) => Math.max(a, b), 0);
  const mask = scope.allocate(seen.length * keys);
  const bytes = scope.engine.arena.bytes(mask, seen.length * keys).fill(0);
  seen.forEach((count, row) => {
    bytes.fill(1, row * keys, row * keys + count);
  });
  await runQueriesInLanes(scope, {
    ...{ ...operands, mask, maskKind: 1, maskHead: operands.queries! * keys, maskRow: keys },
    ...{ after: -1, limits: scope.placeInts([keys, 0]) },
  });
}

/** The sampled rows of an output that lies where the operands of a call say. */
export function outputRows(
  scope: Scope,
  { heads, valueDim }: AttentionCall,
  operands: Partial<Params>,
  { perHead, rows }: RowSample,
): Float32Array {
  const { arena } = scope.engine;
  const output = new Float32Array(rows.length * valueDim);
  rows.forEach((query, at) => {
    const row = rowAddress(operands, 'o', heads, Math.floor(at / perHead), query);
    output.set(arena.float32(row, valueDim), at * valueDim);
  });
  return output;
}
