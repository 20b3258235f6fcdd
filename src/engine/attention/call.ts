/** A call of the operator: what is given, and what it is once it has been checked. */
import type { Params } from '../runtime/params.js';
import type { StoredType } from './row-format.js';
import type { CheckedTensor, Tensor } from './tensor.js';

/** Inputs of the ONNX operator Attention, opsets 23 to 25. B batch, Hq and Hkv heads, D headDim, Dv valueDim. */
export interface AttentionInputs {
  /** [B, Hq, Lq, D], or [B, Lq, Hq·D] with `qNumHeads`. */
  q: Tensor;
  /** [B, Hkv, Lk, D], or [B, Lk, Hkv·D] with `kvNumHeads`. Hq must be a multiple of Hkv. */
  k: Tensor;
  /** [B, Hkv, Lk, Dv], or [B, Lk, Hkv·Dv]. */
  v: Tensor;
  /**
   * bool (false hides the key) or float (added to the score). Broadcasts, aligned on the right, to [B, Hq, Lq, total],
   * total = past + Lk, but for its last dimension, which may be shorter than `total`: the keys it lacks are hidden.
   */
  mask?: Tensor | undefined;
  /** [B, Hkv, past, D] */
  pastKey?: Tensor | undefined;
  /** [B, Hkv, past, Dv] */
  pastValue?: Tensor | undefined;
  /** int64 or int32 [B]: how many of the keys are valid in each batch; the rest is padding. */
  nonpadKvSeqlen?: Tensor | undefined;
}

/** Attributes of the ONNX operator Attention. */
export interface AttentionAttributes {
  /** Heads of q and of k and v: needed where these have three dimensions. */
  qNumHeads?: number | undefined;
  kvNumHeads?: number | undefined;
  /** Default 1/√D. */
  scale?: number | undefined;
  /** Scores become softcap·tanh(score/softcap), before the mask. Default 0: none. */
  softcap?: number | undefined;
  /**
   * Query i attends to key j only if j ≤ i + offset; offset is the length of the past, or
   * nonpadKvSeqlen − Lq where that is given, else 0.
   */
  isCausal?: boolean | undefined;
  /** How many keys before and after its own position, i + offset, a query attends to. Default −1: all. */
  leftWindowSize?: number | undefined;
  rightWindowSize?: number | undefined;
}

/** Where a head's rows lie in an array: element strides. */
export interface Layout {
  batch: number;
  head: number;
  row: number;
}

export interface Mask {
  tensor: CheckedTensor;
  /** Element strides; 0 broadcasts. */
  layout: Layout;
  keys: number;
}

/** A checked call. */
export interface AttentionCall {
  q: CheckedTensor;
  k: CheckedTensor;
  v: CheckedTensor;
  pastKey: CheckedTensor | undefined;
  pastValue: CheckedTensor | undefined;
  mask: Mask | undefined;
  batches: number;
  heads: number;
  kvHeads: number;
  queries: number;
  /** Keys of this call, of the past, and both. */
  newKeys: number;
  past: number;
  keys: number;
  headDim: number;
  valueDim: number;
  layouts: { q: Layout; k: Layout; v: Layout; o: Layout };
  outputDims: readonly number[];
  scale: number;
  softcap: number;
  /** Keys before and after a query's position; −1 all. */
  before: number;
  after: number;
  /** For each batch: valid keys, and the position of the first query among them. */
  limits: { keys: number; position: number }[];
  /** @internal Keys and values that lie in a cache, in place of k and v. */
  cached?: CachedKeys;
}

/** Keys and values of a cache, as a call finds them. */
export interface CachedKeys {
  batches: number;
  kvHeads: number;
  headDim: number;
  valueDim: number;
  type: StoredType;
  /** For each batch: how many keys there are, and the position of the first query among them; by default the last one is last. */
  limits: { keys: number; position: number | undefined }[];
  /** In which batch of k and v each batch lies. */
  slots: readonly number[];
  /** Addresses and strides of k and v. */
  params: Partial<Params>;
}
