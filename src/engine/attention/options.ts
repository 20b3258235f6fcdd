import type { AttentionAttributes } from './call.js';
import type { EngineTensor } from './engine-tensor.js';
import type { MeasuredError } from './error.js';
import type { Float32Tensor } from './tensor.js';

/** How attention is computed: by softmax, or by linear attention with the feature map of its Taylor series. */
export type Method = 'exact' | 'taylor';

/** What `createState` and `loadState` make, as a call reads it. */
export interface InitialState {
  /** @internal Checks it against a call of an engine, and says where it lies. */
  placedFor(engine: object, sizes: object): Promise<{ state: number; stateStride: number }>;
}

export interface ComputeOptions extends AttentionAttributes {
  /**
   * Taylor: order of the series, 1 to 4. Default 2. Odd orders can weigh a key negatively. About centroids: 0 to 2, default 1.
   */
  order?: number | undefined;
  /** Taylor: one series about each of so many centroids of the keys, instead of one about their mean. Default 1. */
  centroids?: number | undefined;
  /** Taylor with centroids, dense: share of the keys that each query takes one by one, where expansions are worst. Default 0. */
  near?: number | undefined;
  /**
   * Taylor with centroids: subtract the mean query from all queries and weigh the keys instead. Default: true.
   */
  subtractMeanQuery?: boolean | undefined;
  /**
   * Taylor: subtract the mean key from all keys, which leaves softmax as it is. Default: true. Causal attention keeps its keys.
   */
  subtractMeanKey?: boolean | undefined;
  /** Taylor, causal: a state of the keys before these, which queries see as well; it stays as it is. */
  initialState?: InitialState | undefined;
  /** Taylor: measure how far the output is from softmax, on sampled rows. Default: false. */
  measureError?: boolean | undefined;
  /** Where to leave the output, instead of in a new array. */
  out?: EngineTensor | undefined;
  /** Return `presentKey` and `presentValue`. Default: whether a past is given. */
  present?: boolean | undefined;
  /** Exact: return the scores, 0 as scaled, 1 after the softcap, 2 after the mask, 3 after the softmax. */
  qkMatmulOutputMode?: 0 | 1 | 2 | 3 | undefined;
  /** Exact: return the logarithm of the sum of the exponentials of each query's scores. Default: false. */
  logSumExp?: boolean | undefined;
}

export interface Computed {
  /** [B, Hq, Lq, Dv], or [B, Lq, Hq·Dv] for three-dimensional inputs. */
  output: Float32Tensor;
  /** [B, Hkv, past + Lk, D] */
  presentKey?: Float32Tensor;
  /** [B, Hkv, past + Lk, Dv] */
  presentValue?: Float32Tensor;
  /** [B, Hq, Lq, past + Lk] */
  qkMatmulOutput?: Float32Tensor;
  /** `[B, Hq, Lq]`: ln Σ exp(score) over the keys that the query sees; −∞ where it sees none. */
  logSumExp?: Float32Tensor;
  /**
   * Taylor: the smallest denominator met, divided by the number of keys. Below 0.1 results lose digits. NaN where the
   * output holds NaN or infinity.
   */
  smallestDenominator?: number;
  /** Taylor, with `measureError`, or chosen by `auto`: the distance to softmax. */
  error?: MeasuredError;
  /** What a careful caller should know about the result. */
  warnings: readonly string[];
}

/** Options of attention to a cache. */
export interface CachedOptions
  extends Omit<
    ComputeOptions,
    'order' | 'subtractMeanKey' | 'centroids' | 'near' | 'subtractMeanQuery' | 'measureError' | 'present'
  > {
  /**
   * Return how far each output can be from that of a cache of float32: in JavaScript, many times as long as the attention
   * itself. Default: false.
   */
  errorBound?: boolean | undefined;
}

/** What attention to a cache gives. */
export interface CachedResult extends Computed {
  /** `[B, Hq, Lq]`: the largest distance of any element of a query's output to that of a cache of float32. */
  errorBound?: Float32Tensor;
}
