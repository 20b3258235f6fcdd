import { FLOAT } from '../runtime/arena.js';
import type { Engine } from '../runtime/engine.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall, Layout } from './call.js';
import type { EngineTensor } from './engine-tensor.js';
import type { CheckedTensor } from './tensor.js';

/** Where the operands of a call lie in the engine's memory, and the fields of the params that say so. */
export interface Placement {
  params: Partial<Params>;
  output: { address: number; length: number };
  present: { key: number; value: number };
}

/** What is thrown where the time of a scope is over. */
export class OutOfTime extends Error {}

/** Memory of one call: everything allocated through it is released together. */
export class Scope {
  readonly #addresses: number[] = [];
  readonly engine: Engine;
  readonly #end: number | undefined;

  /** @param end when its work is to be given up, in milliseconds of `performance.now()`. Default: never. */
  constructor(engine: Engine, end?: number) {
    this.engine = engine;
    this.#end = end;
  }

  /** @throws OutOfTime. Every step of a call takes memory, so a call whose time is over ends before its next step. */
  allocate(bytes: number): number {
    if (this.#end !== undefined && performance.now() > this.#end) throw new OutOfTime();
    const address = this.engine.arena.allocate(bytes);
    this.#addresses.push(address);
    return address;
  }

  placeInts(values: ArrayLike<number>): number {
    const address = this.allocate(FLOAT * values.length);
    this.engine.arena.words.set(values, address / FLOAT);
    return address;
  }

  placeFloats(values: ArrayLike<number>): number {
    const address = this.allocate(FLOAT * values.length);
    this.engine.arena.floats.set(values, address / FLOAT);
    return address;
  }

  placeParams(params: Partial<Params>): number {
    const address = this.engine.placeParams(params);
    this.#addresses.push(address);
    return address;
  }

  /** Uses memory that is given back when this is done, before the rest. */
  async nested(use: (inner: Scope) => Promise<void>): Promise<void> {
    const inner = new Scope(this.engine, this.#end);
    try {
      await use(inner);
    } finally {
      inner.release();
    }
  }

  /** The last first, which is what the arena is quickest with. */
  release(): void {
    for (let address = this.#addresses.pop(); address !== undefined; address = this.#addresses.pop())
      this.engine.arena.release(address);
  }
}

/** Address of a tensor's floats: where it lies already, if in this engine's memory, or a copy. */
export function placeTensor(scope: Scope, tensor: CheckedTensor): number {
  const { data } = tensor;
  if (isIn(scope.engine, data)) return data.byteOffset;
  const address = scope.allocate(FLOAT * tensor.data.length);
  writeFloats(scope.engine, tensor, 0, address, tensor.data.length);
  return address;
}

/** Copies elements [start, start + count) to an address of the engine's memory, as float32. */
export function writeFloats(
  engine: Engine,
  source: CheckedTensor,
  start: number,
  address: number,
  count: number,
): void {
  const { arena } = engine;
  const { type, data } = source;
  if (type !== 'float16' && type !== 'bfloat16') {
    const part = count === data.length ? data : data.subarray(start, start + count);
    arena.floats.set(part as Float32Array, address / FLOAT);
    return;
  }
  // 16-bit numbers are written to the second half of the memory for the floats, and the kernel widens them from there in place.
  const halves = new Uint8Array(data.buffer, data.byteOffset + 2 * start, 2 * count);
  arena.bytes(address + 2 * count, 2 * count).set(halves);
  engine.kernels.widen(address, count, type === 'bfloat16');
}

/** Past and new rows of keys or values, side by side: [B, Hkv, past + Lk, dim]. */
function placePresent(
  scope: Scope,
  call: AttentionCall,
  past: CheckedTensor | undefined,
  fresh: CheckedTensor,
  layout: Layout,
  dim: number,
): number {
  const { batches, kvHeads, keys, newKeys } = call;
  const address = scope.allocate(FLOAT * batches * kvHeads * keys * dim);
  const pastSize = call.past * dim;
  for (let index = 0; index < batches * kvHeads; index++) {
    const target = address + FLOAT * index * keys * dim;
    if (past) writeFloats(scope.engine, past, index * pastSize, target, pastSize);
    const source = Math.floor(index / kvHeads) * layout.batch + (index % kvHeads) * layout.head;
    for (let row = 0; row < newKeys; row++) {
      const at = target + FLOAT * (pastSize + row * dim);
      writeFloats(scope.engine, fresh, source + row * layout.row, at, dim);
    }
  }
  return address;
}

/** Whether a tensor lies in the engine's memory already. */
export const isPlaced = (engine: Engine, { data }: CheckedTensor) => isIn(engine, data);

const isIn = (engine: Engine, data: CheckedTensor['data']) =>
  data instanceof Float32Array && data.buffer === engine.arena.buffer;

/** Bytes that `placeCall` takes. */
export function operandBytes(
  engine: Engine,
  call: AttentionCall,
  present: boolean,
  out?: EngineTensor,
): number {
  const { batches, heads, kvHeads, queries, keys, headDim, valueDim, q, k, v, mask } = call;
  const copied = (tensor: CheckedTensor) => (isPlaced(engine, tensor) ? 0 : tensor.data.length);
  const floats =
    (out ? 0 : batches * heads * queries * valueDim) +
    copied(q) +
    (present ? batches * kvHeads * keys * (headDim + valueDim) : copied(k) + copied(v));
  return FLOAT * floats + (mask ? mask.tensor.data.length * (mask.tensor.type === 'bool' ? 1 : FLOAT) : 0);
}

/** Places the operands of a call. `present` asks for keys and values that include the past. */
export function placeCall(
  scope: Scope,
  call: AttentionCall,
  present: boolean,
  out?: EngineTensor,
): Placement {
  const { batches, heads, kvHeads, queries, headDim, valueDim, keys, layouts } = call;
  const whole = (dim: number): Layout => ({ batch: kvHeads * keys * dim, head: keys * dim, row: dim });
  const length = batches * heads * queries * valueDim;
  const output = { address: out ? out.data.byteOffset : scope.allocate(FLOAT * length), length };
  const q = placeTensor(scope, call.q);
  const { cached } = call;
  const k = cached
    ? cached.params.k!
    : present
      ? placePresent(scope, call, call.pastKey, call.k, layouts.k, headDim)
      : placeTensor(scope, call.k);
  const v = cached
    ? cached.params.v!
    : present
      ? placePresent(scope, call, call.pastValue, call.v, layouts.v, valueDim)
      : placeTensor(scope, call.v);
  const keyLayout = present ? whole(headDim) : layouts.k;
  const valueLayout = present ? whole(valueDim) : layouts.v;
  const params: Partial<Params> = {
    batches,
    heads,
    headsPerGroup: kvHeads > 0 ? heads / kvHeads : 1,
    queries,
    headDim,
    valueDim,
    q,
    k,
    v,
    o: output.address,
    qBatch: FLOAT * layouts.q.batch,
    qHead: FLOAT * layouts.q.head,
    qRow: FLOAT * layouts.q.row,
    kBatch: FLOAT * keyLayout.batch,
    kHead: FLOAT * keyLayout.head,
    kRow: FLOAT * keyLayout.row,
    vBatch: FLOAT * valueLayout.batch,
    vHead: FLOAT * valueLayout.head,
    vRow: FLOAT * valueLayout.row,
    oBatch: FLOAT * layouts.o.batch,
    oHead: FLOAT * layouts.o.head,
    oRow: FLOAT * layouts.o.row,
    scale: call.scale,
    softcap: call.softcap,
    limits: scope.placeInts(call.limits.flatMap((limit) => [limit.keys, limit.position])),
    before: call.before,
    after: call.after,
  };
  if (cached) Object.assign(params, cached.params, { slots: scope.placeInts(cached.slots) });
  if (call.mask) Object.assign(params, placeMask(scope, call.mask));
  return { params, output, present: { key: k, value: v } };
}

function placeMask(scope: Scope, { tensor, layout }: NonNullable<AttentionCall['mask']>): Partial<Params> {
  const { data, type } = tensor;
  if (type !== 'bool')
    return { mask: placeTensor(scope, tensor), maskKind: 2, ...maskStrides(layout, FLOAT) };
  const mask = scope.allocate(data.length);
  scope.engine.arena.bytes(mask, data.length).set(data as Uint8Array);
  return { mask, maskKind: 1, ...maskStrides(layout, 1) };
}

const maskStrides = ({ batch, head, row }: Layout, size: number): Partial<Params> => ({
  maskBatch: size * batch,
  maskHead: size * head,
  maskRow: size * row,
});
