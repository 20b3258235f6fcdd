/** Which states of linear attention there can be, and which tensors a state takes: its checks, before any memory is taken. */
import { checkNames, checkWhole } from '../runtime/arguments.js';
import type { AttentionCall } from './call.js';
import { DEFAULT_ORDER } from './feature-map.js';
import { checkCall, MAX_BATCHES, MAX_HEAD_DIM } from './shapes.js';
import type { StateHeader } from './state-file.js';
import { checkState } from './taylor.js';
import type { Tensor } from './tensor.js';

/** Options of `createState`. */
export interface StateOptions {
  /** Dimension of keys, 1 to 512. */
  headDim: number;
  /** Default: headDim. */
  valueDim?: number;
  /** Heads of the queries, default 1, and of keys and values, default the same. */
  heads?: number;
  kvHeads?: number;
  /** Sequences side by side. Default 1. */
  batches?: number;
  /** Order of the series, 1 to 4. Default 2. */
  order?: number;
  /** Default 1/√headDim. */
  scale?: number;
}

/** The header of an empty state. @throws TypeError or RangeError that names the option */
export function emptyState(options: StateOptions): StateHeader {
  checkNames('option', options, ['headDim', 'valueDim', 'heads', 'kvHeads', 'batches', 'order', 'scale']);
  const {
    headDim,
    valueDim = headDim,
    heads = 1,
    kvHeads = heads,
    batches = 1,
    order = DEFAULT_ORDER,
  } = options;
  checkWhole('headDim', headDim, MAX_HEAD_DIM);
  return checkHeader({
    order,
    batches,
    heads,
    kvHeads,
    headDim,
    valueDim,
    length: 0,
    scale: options.scale ?? 1 / Math.sqrt(headDim),
    smallestDenominator: Number.POSITIVE_INFINITY,
  });
}

/** @throws RangeError that names what no state can have */
export function checkHeader(header: StateHeader): StateHeader {
  const { batches, heads, kvHeads, headDim, valueDim, order, length, smallestDenominator } = header;
  if (!Number.isSafeInteger(length) || length < 0)
    throw new RangeError(`length: given ${length}, expected a whole number from 0`);
  if (Number.isNaN(smallestDenominator))
    throw new RangeError('smallestDenominator: given NaN, expected a number');
  for (const [name, value] of Object.entries({ batches, heads, kvHeads, headDim, valueDim })) {
    checkWhole(name, value, name.endsWith('Dim') ? MAX_HEAD_DIM : MAX_BATCHES);
  }
  checkState(batches * kvHeads, headDim, valueDim, order);
  // A call without tokens has the limits of any other.
  checkTokens(header, {});
  return header;
}

/**
 * The call of the operator that tensors of some tokens make, with none in the places of those that are not given.
 * @throws TypeError or RangeError that names the tensor that does not fit the state
 */
export function checkTokens(
  header: StateHeader,
  given: { q?: Tensor; k?: Tensor; v?: Tensor },
): AttentionCall {
  const { batches, heads, kvHeads, headDim, valueDim, scale } = header;
  const flat = ('q' in given ? given.q : given.k)?.dims?.length === 3;
  const none = (count: number, dim: number): Tensor => ({
    data: new Float32Array(0),
    dims: flat ? [batches, 0, count * dim] : [batches, count, 0, dim],
  });
  const call = checkCall(
    {
      q: 'q' in given ? given.q! : none(heads, headDim),
      k: 'k' in given ? given.k! : none(kvHeads, headDim),
      v: 'v' in given ? given.v! : none(kvHeads, valueDim),
    },
    { scale, qNumHeads: heads, kvNumHeads: kvHeads },
  );
  for (const name of ['batches', 'headDim', 'valueDim'] as const) {
    if (call[name] !== header[name]) {
      throw new RangeError(
        `${Object.keys(given).join(', ')}: given ${name} ${call[name]}, expected ${header[name]} as in the state`,
      );
    }
  }
  return call;
}
