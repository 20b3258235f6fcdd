import { checkEngine, checkNames, checkObject, shown } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import { KeyValueCache } from './cache.js';
import { calibrate } from './calibration.js';
import type { AttentionInputs } from './call.js';
import { checkTolerance, chooseMethod } from './choose.js';
import { compute } from './compute.js';
import type { CachedOptions, CachedResult, Computed, ComputeOptions, Method } from './options.js';
import { computePacked, type PackedInputs } from './packed.js';
import type { Rates } from './rates.js';
import type { Tensor } from './tensor.js';

/** Options of `attention`: the operator's attributes, and how it is computed. */
export interface AttentionOptions extends ComputeOptions {
  /**
   * `exact` softmax attention, the default; `taylor`, linear attention by the Taylor series of exp; or `auto`: the cheapest
   * of these, and of their centroids, orders and near keys, that is faster on this machine and whose distance to softmax,
   * measured on sampled rows, keeps `tolerance`; else exact.
   */
  method?: Method | 'auto' | undefined;
  /** Auto: largest distance to softmax attention, root mean square relative to it. Default 0.01. */
  tolerance?: number | undefined;
  /** Auto: what `calibrate` measured. Default: measured when an engine first needs it, in a quarter of a second. */
  rates?: Rates | undefined;
}

/** Queries and a cache that holds the keys and values. */
export interface CachedInputs {
  /** [B, Hq, Lq, D], or [B, Lq, Hq·D] with `qNumHeads`. The last query is at the position of the last token. */
  q: Tensor;
  cache: KeyValueCache;
  /** As in `AttentionInputs`; `total` is the length of the longest batch. */
  mask?: Tensor | undefined;
}

/** What `attention` returns. */
export interface AttentionResult extends Computed {
  /** The method that was used. */
  method: Method;
  /** Auto: what was tried, what was taken and why. */
  reason?: string;
  /** Auto, where linear attention was taken: its order, centroids and near keys. */
  order?: number;
  centroids?: number;
  near?: number;
}

/** Of engines that calibrated themselves. */
const measured = new WeakMap<Engine, Promise<Rates>>();

/** Measured once an engine; a calibration that failed is not remembered. */
function ratesOf(engine: Engine): Promise<Rates> {
  let rates = measured.get(engine);
  if (!rates) {
    rates = calibrate(engine);
    rates.catch(() => measured.delete(engine));
    measured.set(engine, rates);
  }
  return rates;
}

/**
 * Scaled dot-product attention, softmax(scale·QKᵀ + mask)·V, with the semantics of the ONNX operator Attention,
 * opsets 23 to 25, for float32; float16 inputs are widened, and all outputs are float32. A query to which every key
 * is hidden gives zeros. Keys and values may lie in a cache, and sequences of different lengths may be packed.
 *
 * @throws TypeError or RangeError that names the argument, before anything is computed.
 * @throws MemoryLimitError when the engine may not take the memory that the call needs.
 * @see https://onnx.ai/onnx/operators/onnx__Attention.html
 *
 * @example
 * const { output } = await attention(engine, { q, k, v }, { isCausal: true });
 * const linear = await attention(engine, { q, k, v }, { method: 'taylor', measureError: true });
 */
export async function attention(
  engine: Engine,
  inputs: AttentionInputs | CachedInputs | PackedInputs,
  options: AttentionOptions & Pick<CachedOptions, 'errorBound'> = {},
): Promise<AttentionResult & Pick<CachedResult, 'errorBound'>> {
  checkEngine(engine);
  checkObject('inputs', inputs, 'an object { q, k, v }');
  checkObject('options', options);
  if ('cache' in inputs) return attendCache(engine, inputs, options);
  if ('cuSeqlensQ' in inputs) return attendPacked(engine, inputs, options);
  const { method = 'exact', tolerance = 0.01, rates, ...rest } = options;
  if (method === 'exact' || method === 'taylor') {
    return Object.assign(await compute(engine, inputs, method, rest), { method });
  }
  if (method !== 'auto') {
    throw new RangeError(`method: given ${shown(method)}, expected "exact", "taylor" or "auto"`);
  }
  if (rest.initialState)
    throw new RangeError(
      'initialState: expected with method "taylor"; auto would compare with keys not known any more',
    );
  checkTolerance(tolerance);
  const known = rates ?? (await ratesOf(engine));
  const {
    reason,
    error,
    method: chosen,
    ...way
  } = await chooseMethod(engine, inputs, rest, known, tolerance);
  // Only expansions about centroids subtract a mean query.
  const { centroids: _, near: __, subtractMeanQuery, ...others } = rest;
  const expanded = way.centroids !== undefined && { subtractMeanQuery };
  const computed = await compute(engine, inputs, chosen, { ...others, ...expanded, ...way });
  return { method: chosen, ...way, reason, ...(error && { error }), ...computed };
}

async function attendPacked(
  engine: Engine,
  inputs: PackedInputs,
  options: AttentionOptions,
): Promise<AttentionResult> {
  const { method = 'exact', tolerance: _, rates: __, ...rest } = options;
  if (method !== 'exact' && method !== 'taylor')
    throw new RangeError(
      `method: given ${shown(method)}, expected "exact" or "taylor" with packed sequences`,
    );
  return { method, ...(await computePacked(engine, inputs, method, rest)) };
}

async function attendCache(
  engine: Engine,
  { cache, ...inputs }: CachedInputs,
  options: AttentionOptions & Pick<CachedOptions, 'errorBound'>,
): Promise<AttentionResult & Pick<CachedResult, 'errorBound'>> {
  const { method = 'exact', tolerance: _, rates: __, ...rest } = options;
  if (!(cache instanceof KeyValueCache)) throw new TypeError('cache: expected what createCache made');
  if (!cache.belongsTo(engine)) throw new TypeError('cache: expected a cache of this engine');
  if (method !== 'exact')
    throw new RangeError(`method: given ${shown(method)}, expected "exact" with a cache`);
  checkNames('input', inputs, ['q', 'mask']);
  return Object.assign(await cache.attend(inputs, rest as CachedOptions), { method });
}
