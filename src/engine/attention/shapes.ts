import { checkFlag, checkObject, greatest, shown } from '../runtime/arguments.js';
import type {
  AttentionAttributes,
  AttentionCall,
  AttentionInputs,
  CachedKeys,
  Layout,
  Mask,
} from './call.js';
import { type CheckedTensor, checkOptional, checkTensor, shapeOf, type Tensor } from './tensor.js';

/** Largest dimension of keys and of values. */
export const MAX_HEAD_DIM = 512;
export const FLOATS = ['float32', 'float16'] as const;
/** Loop counters of the kernels are 32-bit. */
export const MAX_COUNT = 2 ** 31 - 65536;
/** Each batch has its own limits, also where it has no rows: tensors without elements may claim any number of batches. */
export const MAX_BATCHES = 2 ** 24;

export interface Heads {
  heads: number;
  rows: number;
  dim: number;
  layout: Layout;
}

/** Heads, rows and row length of q, k or v, three- or four-dimensional. */
export function headsOf(
  name: string,
  { dims }: CheckedTensor,
  attribute: string,
  count: number | undefined,
): Heads {
  if (dims.length === 4) {
    const [, heads, rows, dim] = dims as [number, number, number, number];
    if (count !== undefined && count !== heads) {
      throw new RangeError(`${attribute}: given ${shown(count)}, but ${name} has ${heads} heads`);
    }
    return { heads, rows, dim, layout: { batch: heads * rows * dim, head: rows * dim, row: dim } };
  }
  if (dims.length !== 3) {
    throw new RangeError(
      `${name}: given dims ${shapeOf(dims)}, expected [batch, heads, length, dim] or [batch, length, heads·dim]`,
    );
  }
  if (count === undefined) throw new RangeError(`${attribute}: needed, because ${name} has three dimensions`);
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`${attribute}: given ${shown(count)}, expected a whole number from 1`);
  const [, rows, hidden] = dims as [number, number, number];
  if (hidden % count !== 0) {
    throw new RangeError(`${name}: last dimension ${hidden} is not a multiple of ${attribute} ${count}`);
  }
  const dim = hidden / count;
  return { heads: count, rows, dim, layout: { batch: rows * hidden, head: dim, row: hidden } };
}

/**
 * Checks a call of the operator, before anything is computed or any memory taken.
 * @throws TypeError or RangeError that names the argument, what was given and what was expected.
 *
 * @example
 * const { batches, heads, queries, keys } = checkCall({ q, k, v }, { isCausal: true });
 */
export function checkCall(inputs: AttentionInputs, attributes: AttentionAttributes): AttentionCall {
  checkObject('inputs', inputs, 'an object { q, k, v }');
  checkObject('options', attributes);
  const q = checkTensor('q', inputs.q, FLOATS);
  const k = checkTensor('k', inputs.k, FLOATS);
  const v = checkTensor('v', inputs.v, FLOATS);
  if (q.dims.length !== k.dims.length || q.dims.length !== v.dims.length) {
    throw new RangeError(
      `q, k, v: given ${q.dims.length}, ${k.dims.length} and ${v.dims.length} dimensions, expected the same number`,
    );
  }
  const query = headsOf('q', q, 'qNumHeads', attributes.qNumHeads);
  const key = headsOf('k', k, 'kvNumHeads', attributes.kvNumHeads);
  const value = headsOf('v', v, 'kvNumHeads', attributes.kvNumHeads);
  const batches = q.dims[0]!;
  if (batches > MAX_BATCHES) throw new RangeError(`q: ${batches} batches, expected at most ${MAX_BATCHES}`);
  expectEqual('k', 'batch', k.dims[0]!, 'q', batches);
  expectEqual('v', 'batch', v.dims[0]!, 'q', batches);
  expectEqual('v', 'head count', value.heads, 'k', key.heads);
  expectEqual('v', 'length', value.rows, 'k', key.rows);
  expectEqual('k', 'headDim', key.dim, 'q', query.dim);
  checkDims(query, key, value);
  const { pastKey, pastValue, past } = checkPast(inputs, batches, key, value);
  const keys = past + key.rows;
  const mask = checkMask(inputs.mask, [batches, query.heads, query.rows, keys]);
  const limits = checkLimits(inputs, batches, query.rows, past, keys, mask);
  const tensors = { q, k, v, pastKey, pastValue, mask, limits };
  return completeCall(tensors, { query, key, value, past }, attributes);
}

/**
 * Checks a call whose keys and values lie in a cache.
 * @throws TypeError or RangeError that names the argument, what was given and what was expected.
 */
export function checkCachedCall(
  inputs: { q: Tensor; mask?: Tensor | undefined },
  cached: CachedKeys,
  attributes: AttentionAttributes,
): AttentionCall {
  const q = checkTensor('q', inputs.q, FLOATS);
  const query = headsOf('q', q, 'qNumHeads', attributes.qNumHeads);
  const { batches, kvHeads, headDim, valueDim } = cached;
  expectEqual('q', 'batch', q.dims[0]!, 'the cache', batches);
  expectEqual('q', 'headDim', query.dim, 'the cache', headDim);
  if (attributes.kvNumHeads !== undefined)
    expectEqual('kvNumHeads', 'given', attributes.kvNumHeads, 'the cache', kvHeads);
  const rows = greatest(cached.limits.map((limit) => limit.keys));
  const ofCache = (dim: number): Heads => ({ heads: kvHeads, rows, dim, layout: NOWHERE.layout });
  const [key, value] = [ofCache(headDim), ofCache(valueDim)];
  checkDims(query, key, value);
  const mask = checkMask(inputs.mask, [batches, query.heads, query.rows, rows]);
  const limits = cached.limits.map(({ keys, position = keys - query.rows }) => ({
    keys: Math.min(keys, mask?.keys ?? keys),
    position,
  }));
  const { tensor } = NOWHERE;
  const tensors = { q, k: tensor, v: tensor, pastKey: undefined, pastValue: undefined, mask, limits };
  const call = completeCall(tensors, { query, key, value, past: 0 }, attributes);
  call.cached = cached;
  return call;
}

/** What stands for k and v where these lie in a cache. */
const NOWHERE: { tensor: CheckedTensor; layout: Layout } = {
  tensor: { type: 'float32', data: new Float32Array(0), dims: [0] },
  layout: { batch: 0, head: 0, row: 0 },
};

function checkDims(query: Heads, key: Heads, value: Heads): void {
  if (query.dim < 1 || query.dim > MAX_HEAD_DIM) {
    throw new RangeError(`headDim: given ${query.dim}, expected 1 to ${MAX_HEAD_DIM}`);
  }
  if (value.dim < 1 || value.dim > MAX_HEAD_DIM) {
    throw new RangeError(`valueDim: given ${value.dim}, expected 1 to ${MAX_HEAD_DIM}`);
  }
  if (query.heads < 1 || query.heads % key.heads !== 0) {
    throw new RangeError(
      `q: ${query.heads} heads, expected a positive multiple of the ${key.heads} heads of k`,
    );
  }
}

/** The call that checked tensors of these sizes make. */
function completeCall(
  tensors: Pick<AttentionCall, 'q' | 'k' | 'v' | 'pastKey' | 'pastValue' | 'mask' | 'limits'>,
  { query, key, value, past }: { query: Heads; key: Heads; value: Heads; past: number },
  attributes: AttentionAttributes,
): AttentionCall {
  const { q, k, v, pastKey, pastValue, mask, limits } = tensors;
  const batches = q.dims[0]!;
  const keys = past + key.rows;
  checkCount('q', batches * query.heads * query.rows);
  checkCount('k', keys);
  const before = checkWindow('leftWindowSize', attributes.leftWindowSize, query.rows + keys);
  const after = checkWindow('rightWindowSize', attributes.rightWindowSize, query.rows + keys);
  checkFlag('isCausal', attributes.isCausal);
  const hidden = query.heads * value.dim;
  const [outputDims, o] =
    q.dims.length === 4
      ? [
          [batches, query.heads, query.rows, value.dim],
          { batch: query.rows * hidden, head: query.rows * value.dim, row: value.dim },
        ]
      : [[batches, query.rows, hidden], { batch: query.rows * hidden, head: value.dim, row: hidden }];
  return {
    q,
    k,
    v,
    pastKey,
    pastValue,
    mask,
    limits,
    batches,
    keys,
    past,
    before,
    outputDims,
    heads: query.heads,
    kvHeads: key.heads,
    queries: query.rows,
    newKeys: key.rows,
    headDim: query.dim,
    valueDim: value.dim,
    layouts: { q: query.layout, k: key.layout, v: value.layout, o },
    scale: checkScale(attributes.scale ?? 1 / Math.sqrt(query.dim)),
    softcap: checkSoftcap(attributes.softcap ?? 0),
    after: attributes.isCausal ? 0 : after,
  };
}

function checkCount(name: string, rows: number): void {
  if (rows > MAX_COUNT) throw new RangeError(`${name}: ${rows} rows, expected at most ${MAX_COUNT}`);
}

function expectEqual(name: string, what: string, given: number, other: string, expected: number): void {
  if (given !== expected)
    throw new RangeError(`${name}: ${what} ${shown(given)}, expected ${expected} as in ${other}`);
}

/** The kernels multiply scale and softcap by log₂ e and divide by the softcap, in float32. */
const [SMALLEST, LARGEST] = [2 ** -126, 2 ** 127];

export function checkScale(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`scale: given ${shown(value)}, expected a finite number`);
  if (Math.abs(value) > LARGEST)
    throw new RangeError(`scale: given ${value}, expected a magnitude of at most ${LARGEST.toPrecision(3)}`);
  return value;
}

function checkSoftcap(value: number): number {
  if (!(typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`softcap: given ${shown(value)}, expected a number from 0`);
  }
  if (value !== 0 && (value < SMALLEST || value > LARGEST)) {
    throw new RangeError(
      `softcap: given ${value}, expected 0 or ${SMALLEST.toPrecision(3)} to ${LARGEST.toPrecision(3)}`,
    );
  }
  return value;
}

/** A window beyond every key is no window; so is what would overflow the kernels' counters. */
function checkWindow(name: string, size = -1, unbounded: number): number {
  if (!Number.isInteger(size) || size < -1)
    throw new RangeError(`${name}: given ${shown(size)}, expected a whole number from -1`);
  return size > unbounded ? -1 : size;
}

function checkPast(inputs: AttentionInputs, batches: number, key: Heads, value: Heads) {
  const pastKey = checkOptional('pastKey', inputs.pastKey, FLOATS);
  const pastValue = checkOptional('pastValue', inputs.pastValue, FLOATS);
  if (!pastKey && !pastValue) return { pastKey, pastValue, past: 0 };
  if (!pastKey || !pastValue) {
    throw new RangeError(
      `${pastKey ? 'pastValue' : 'pastKey'}: missing, expected both pastKey and pastValue or neither`,
    );
  }
  if (inputs.nonpadKvSeqlen)
    throw new RangeError('nonpadKvSeqlen: cannot be given together with pastKey and pastValue');
  const past = pastKey.dims[2] ?? 0;
  for (const [name, { dims }, dim] of [
    ['pastKey', pastKey, key.dim],
    ['pastValue', pastValue, value.dim],
  ] as const) {
    const expected = [batches, key.heads, past, dim];
    if (dims.length !== 4 || dims.some((n, i) => n !== expected[i])) {
      throw new RangeError(`${name}: given dims ${shapeOf(dims)}, expected ${shapeOf(expected)}`);
    }
  }
  return { pastKey, pastValue, past };
}

function checkMask(
  given: Tensor | undefined,
  full: readonly [number, number, number, number],
): Mask | undefined {
  const tensor = checkOptional('mask', given, ['bool', ...FLOATS]);
  if (!tensor) return undefined;
  const { dims } = tensor;
  const padded = [1, 1, 1, 1, ...dims].slice(-4) as [number, number, number, number];
  const fits = padded.every((dim, axis) => (axis === 3 ? dim <= full[3] : dim === 1 || dim === full[axis]));
  if (dims.length < 1 || dims.length > 4 || !fits) {
    throw new RangeError(
      `mask: given dims ${shapeOf(dims)}, expected dims that broadcast to ${shapeOf(full)}, the last at most ${full[3]}`,
    );
  }
  const [b, h, rows, keys] = padded;
  const stride = (dim: number, size: number) => (dim === 1 ? 0 : size);
  return {
    tensor,
    keys,
    layout: { batch: stride(b, h * rows * keys), head: stride(h, rows * keys), row: stride(rows, keys) },
  };
}

function checkLimits(
  inputs: AttentionInputs,
  batches: number,
  queries: number,
  past: number,
  keys: number,
  mask: Mask | undefined,
): AttentionCall['limits'] {
  const covered = Math.min(keys, mask?.keys ?? keys);
  const lengths = checkOptional('nonpadKvSeqlen', inputs.nonpadKvSeqlen, ['int64', 'int32']);
  if (!lengths) return new Array(batches).fill({ keys: covered, position: past });
  const { data, dims } = lengths;
  if (dims.length !== 1 || dims[0] !== batches) {
    throw new RangeError(`nonpadKvSeqlen: given dims ${shapeOf(dims)}, expected [${batches}]`);
  }
  return Array.from(data as Iterable<number | bigint>, (length) => {
    const valid = Number(length);
    if (valid < 0 || valid > keys)
      throw new RangeError(`nonpadKvSeqlen: given ${valid}, expected 0 to ${keys}`);
    return { keys: Math.min(valid, covered), position: valid - queries };
  });
}
