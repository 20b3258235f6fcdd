/** The sampled rows of a call, computed without the others. */
import type { Params } from '../runtime/params.js';
import type { AttentionCall } from './call.js';
import { runExact, runQueriesInLanes } from './exact.js';
import type { Scope } from './placement.js';
import { type RowSample, rowAddress, rowsPerHead } from './row-sample.js';

/** In causal attention adjacent rows of the sample see about as many keys: so many of each head are computed together. */
const TOGETHER = 16;

/** Bytes that comparing the rows takes, at most. */
export function sampleBytes(call: AttentionCall): number {
  const { batches, heads, queries, keys, headDim, valueDim, after } = call;
  const masks = after === 0 ? TOGETHER * heads * keys : 0;
  const spreads = queries + 2 * headDim;
  return 4 * batches * heads * (rowsPerHead(call) * (headDim + 2 * valueDim) + spreads) + masks;
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
