/** How keys and values are held. */
export const FLOAT32: i32 = 0;
export const BFLOAT16: i32 = 1;
export const INT8: i32 = 2;

/**
 * What a call asks for, written into memory by src/engine/runtime/params.ts and read by every thread. The order of the fields
 * is the format. Addresses and strides are in bytes; a stride of 0 broadcasts.
 */
@unmanaged
export class Params {
  batches: i32;
  /** Heads of the query, and how many of them share a head of key and value. */
  heads: i32;
  headsPerGroup: i32;
  queries: i32;
  headDim: i32;
  valueDim: i32;

  q: usize;
  qBatch: usize;
  qHead: usize;
  qRow: usize;
  k: usize;
  kBatch: usize;
  kHead: usize;
  kRow: usize;
  v: usize;
  vBatch: usize;
  vHead: usize;
  vRow: usize;
  o: usize;
  oBatch: usize;
  oHead: usize;
  oRow: usize;

  scale: f32;
  /** Largest magnitude of a score; 0 for none. */
  softcap: f32;

  /** Two int32 a batch: how many keys are valid, and the position of the first query among them. */
  limits: usize;
  /** How many keys before and after a query's own position it attends to; −1 for all. */
  before: i32;
  after: i32;

  /** [batch][head][query][key], keys adjacent. */
  mask: usize;
  maskBatch: usize;
  maskHead: usize;
  maskRow: usize;
  /** 0: no mask. 1: bytes, 0 hides the key. 2: float32, added to the score. */
  maskKind: i32;

  /** Output of the scores, [batch][head][query][logitsKeys], taken after step `logitsStage` of assembly/logits.ts. */
  logits: usize;
  logitsKeys: i32;
  logitsStage: i32;

  /** Taylor: see assembly/taylor.ts. */
  order: i32;
  features: i32;
  blocks: i32;
  runs: usize;
  blockStarts: usize;
  weights: usize;
  state: usize;
  stateStride: usize;
  /** Mean key of each batch and head of the key, or 0. */
  centre: usize;
  /** Into how many tasks the work of one head, or of one group of heads, is divided. */
  parts: i32;
  /** Smallest denominator per key seen, one float32 a task. */
  denominators: usize;

  /**
   * Reference and sum of the softmax of each row, two float32, queries adjacent; or 0. Exact attention leaves them there; an
   * expansion goes on from them.
   */
  statistics: usize;
  statisticsBatch: usize;
  statisticsHead: usize;
  /** An int32 a batch: in which batch of k and v its keys and values lie; or 0, its own. */
  slots: usize;
  /** How keys and values are held: FLOAT32, BFLOAT16 or INT8; and the scales of int8, [slot][head][row]. */
  kvType: i32;
  kScales: usize;
  vScales: usize;
  scalesBatch: usize;
  scalesHead: usize;
  /** Few queries: what the parts leave, see assembly/decode.ts. */
  partials: usize;

  /** Expansions about centroids: see assembly/clusters.ts and assembly/expansion.ts. */
  centroids: i32;
  /** Rows of keys that each head has room for. */
  keys: i32;
  /** Centroids [index][C][headDim], then half their squared norms [index][C]. */
  centroidRows: usize;
  /** Cluster of each key, [index][keys] int32; in its place, later, the weight of each key in its new place. */
  labels: usize;
  /** The keys in the order of their clusters [index][keys], and where each cluster begins among them [index][C + 1]. */
  keyOrder: usize;
  clusterStarts: usize;
  sortedKeys: usize;
  sortedValues: usize;
  /** What is subtracted from all queries [index][headDim]. */
  meanQuery: usize;
  clusters: usize;
  clustersStride: usize;
  /** How many keys a query may take one by one. */
  near: i32;
  /** Queries of a task, or 0; and the tasks that are wanted, or 0. */
  queriesPerTask: i32;
  taskList: usize;
}

// Where a task is one of `parts` shares of what the heads do in one batch that share a head of the key, tasks are counted as
// [batch][group][part].
// @ts-ignore: decorator
@inline
export function groupsOf(params: Params): i32 { return params.heads / params.headsPerGroup; }

// @ts-ignore: decorator
@inline
export function partOf(params: Params, task: i32): i32 { return task % params.parts; }

// @ts-ignore: decorator
@inline
export function groupOf(params: Params, task: i32): i32 { return (task / params.parts) % groupsOf(params); }

// @ts-ignore: decorator
@inline
export function batchOf(params: Params, task: i32): i32 { return task / params.parts / groupsOf(params); }

/** The batch of k and v in which the keys and values of a batch lie. */
// @ts-ignore: decorator
@inline
export function slotOf(params: Params, batch: i32): usize {
  return params.slots ? <usize>load<i32>(params.slots + (<usize>batch << 2)) : <usize>batch;
}

/** The keys that one query may attend to: [first, end). Both bounds grow with the query's index. */
// @ts-ignore: decorator
@inline
export function firstKey(params: Params, batch: i32, query: i32): i32 {
  if (params.before < 0) return 0;
  return max(0, load<i32>(params.limits + (<usize>batch << 3), 4) + query - params.before);
}

// @ts-ignore: decorator
@inline
export function endKey(params: Params, batch: i32, query: i32): i32 {
  const limits = params.limits + (<usize>batch << 3);
  const keys = load<i32>(limits);
  if (params.after < 0) return keys;
  return min(keys, load<i32>(limits, 4) + query + params.after + 1);
}
