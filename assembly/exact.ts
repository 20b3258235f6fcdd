/**
 * Exact attention, softmax(scale·QKᵀ + mask)·V, by blocks with an online softmax (Milakov and Gimelshein 2018,
 * arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135). Scratch memory does not depend on the sequence length.
 *
 * Queries are packed once, transposed, so that each product walks K and V as they lie in memory:
 *   S[key][query]   = K·Qᵀ            (product)
 *   Oᵀ[dim][query]  = α·Oᵀ + Vᵀ·S     (scaleAddTransposedProduct)
 * Nearly all of the time is spent in these two, in assembly/tiles.
 *
 * A task is a block of B = `queryBlock` queries of one head; LANES of them are a panel, one query a lane. The scratch
 * memory of a thread, in this order:
 *
 *   buffer      layout                       bytes           written by                          read by
 *   queries     [panel][headDim][LANES]      4·B·headDim     packQueries, once a task            product
 *   outputs     [panel][valueDim][LANES]     4·B·valueDim    scaleAddTransposedProduct           collect, which zeroes them
 *   totals      [panel][valueDim][LANES]     4·B·valueDim    collect, every SPAN_BLOCKS blocks   unpackPanel, once a task
 *   statistics  [panel], STATISTICS bytes    28·B            softmax, collect                    both, finishStatistics
 *   scores      [KEY_BLOCK][LANES]           1152·LANES      product; softmax in place           scaleAddTransposedProduct
 *   widened     [KEY_BLOCK][dim] keys,       widenedSize     widenBlock, where keys and values   both products
 *               then values                                  are of a small type
 *
 * Scores are formed for one panel and one block of keys at a time, and are weights after `softmax`. Nothing else is written
 * until `unpackPanel` divides the totals by their sums and leaves them in the tensor of outputs, one query a row.
 */
import { padded } from './decode-part';
import { LOG2E } from './exp';
import { endKey, firstKey, FLOAT32, INT8, Params, slotOf } from './params';
import { NO_CENTRE, packPanel, unpackPanel } from './pack';
import { scaleRows, widenRows } from './rows-small';
import { addMask, hideKeys, softcap } from './scores';
import {
  ALPHA, collect, finishStatistics, KEY_BLOCK, saveStatistics, softmax,
  SPAN_BLOCKS, startStatistics, STATISTICS, statisticsOf,
} from './softmax';
import { LANES, LANES_ROW, product, scaleAddTransposedProduct } from './tile';

/** Queries of one task where there are few. */
const QUERY_BLOCK: i32 = 64;
/**
 * Bytes of queries and outputs above which a task has four times as many queries. Tensors of that size do not stay in the
 * caches, so each task reads all keys and values from main memory; four times as many queries share one such read.
 */
const UNCACHED: usize = 4 << 20;

/** Queries of one task. */
export function queryBlock(params: Params): i32 {
  const bytes = <usize>params.queries * <usize>(params.headDim + params.valueDim) * 4;
  return bytes > UNCACHED ? 4 * QUERY_BLOCK : QUERY_BLOCK;
}

// @ts-ignore: decorator
@inline
function queriesSize(params: Params): usize { return <usize>(queryBlock(params) * params.headDim) << 2; }
// @ts-ignore: decorator
@inline
function outputsSize(params: Params): usize { return <usize>(queryBlock(params) * params.valueDim) << 2; }
// @ts-ignore: decorator
@inline
function statisticsSize(params: Params): usize { return <usize>(queryBlock(params) / LANES) * STATISTICS; }

/** Bytes of a block of keys and values as float32, where they are of a small type. */
function widenedSize(params: Params): usize {
  return params.kvType == FLOAT32 ? 0 : <usize>KEY_BLOCK * (padded(params.headDim) + padded(params.valueDim));
}

/** Bytes of scratch memory that one thread needs for `exact` or `logits`. */
export function exactScratch(params: Params): usize {
  return queriesSize(params) + 2 * outputsSize(params) + statisticsSize(params) + <usize>KEY_BLOCK * LANES_ROW + widenedSize(params);
}

/** Blocks of queries of one batch and head. */
// @ts-ignore: decorator
@inline
export function blocksOf(params: Params): i32 { return (params.queries + queryBlock(params) - 1) / queryBlock(params); }

/** How many tasks `exact` and `logits` divide into: one a batch, head and block of queries. */
export function exactTasks(params: Params): i32 {
  return params.batches * params.heads * blocksOf(params);
}

/**
 * One task of several calls. The table has a pair for each call: the address of its params, and how many tasks it divides into;
 * whose task it is is found by counting through them.
 */
export function exactEach(table: usize, task: i32, scratch: usize): void {
  for (; task >= load<i32>(table, 4); table += 8) task -= load<i32>(table, 4);
  exact(changetype<Params>(load<usize>(table)), task, scratch);
}

/** Attention of one block of queries. The last blocks come first: with a causal mask they take longest. */
export function exact(params: Params, task: i32, scratch: usize): void {
  const blocks = blocksOf(params);
  const query = (blocks - 1 - task % blocks) * queryBlock(params);
  const head = (task / blocks) % params.heads;
  const batch = task / blocks / params.heads;
  const count = min(queryBlock(params), params.queries - query);
  const panels = (count + LANES - 1) / LANES;

  const queries = scratch;
  const outputs = queries + queriesSize(params);
  const totals = outputs + outputsSize(params);
  const statistics = totals + outputsSize(params);
  const scores = statistics + statisticsSize(params);
  const widened = scores + <usize>KEY_BLOCK * LANES_ROW;
  packQueries(params, batch, head, query, count, params.scale * LOG2E, queries);
  memory.fill(outputs, 0, 2 * outputsSize(params));
  for (let panel = 0; panel < panels; panel++) startStatistics(statistics + <usize>panel * STATISTICS);

  const end = endKey(params, batch, query + count - 1);
  let block = 0;
  for (let key = firstKey(params, batch, query); key < end; key += KEY_BLOCK) {
    block++;
    if (params.kvType != FLOAT32) widenBlock(params, batch, head / params.headsPerGroup, key, min(KEY_BLOCK, end - key), widened);
    for (let panel = 0; panel < panels; panel++) {
      const output = panelOf(outputs, panel, params.valueDim);
      const statistic = statistics + <usize>panel * STATISTICS;
      attendBlock(params, batch, head, query + panel * LANES, key, panelOf(queries, panel, params.headDim), scores, widened, statistic, output);
      if (block % SPAN_BLOCKS == 0 || key + KEY_BLOCK >= end) collect(output, panelOf(totals, panel, params.valueDim), params.valueDim, statistic);
    }
  }

  const o = params.o + <usize>batch * params.oBatch + <usize>head * params.oHead;
  for (let panel = 0; panel < panels; panel++) {
    const first = panel * LANES;
    const statistic = statistics + <usize>panel * STATISTICS;
    if (params.statistics) {
      saveStatistics(statistic, statisticsOf(params, batch, head, query + first), min(LANES, count - first));
    }
    finishStatistics(statistic);
    unpackPanel(panelOf(totals, panel, params.valueDim), LANES_ROW, statistic + ALPHA,
      o + <usize>(query + first) * params.oRow, params.oRow, min(LANES, count - first), params.valueDim);
  }
}

/** One panel of queries against one block of keys, as far as any of its queries sees them. */
function attendBlock(params: Params, batch: i32, head: i32, query: i32, block: i32, queries: usize, scores: usize, widened: usize, statistics: usize, outputs: usize): void {
  const last = min(query + LANES, params.queries) - 1;
  const key = max(block, firstKey(params, batch, query));
  const keys = min(block + KEY_BLOCK, endKey(params, batch, last)) - key;
  if (keys <= 0) return;
  const group = <usize>(head / params.headsPerGroup);
  let k = params.k + slotOf(params, batch) * params.kBatch + group * params.kHead + <usize>key * params.kRow;
  let v = params.v + slotOf(params, batch) * params.vBatch + group * params.vHead + <usize>key * params.vRow;
  let kRow = params.kRow;
  let vRow = params.vRow;
  if (params.kvType != FLOAT32) {
    kRow = padded(params.headDim);
    vRow = padded(params.valueDim);
    k = widened + <usize>(key - block) * kRow;
    v = widened + <usize>KEY_BLOCK * kRow + <usize>(key - block) * vRow;
  }
  do {
    product(k, kRow, queries, scores, LANES_ROW, keys, params.headDim);
    if (params.softcap > 0) softcap(scores, keys, params.softcap * LOG2E);
    if (params.maskKind) addMask(scores, params, batch, head, query, key, keys, LOG2E);
    if (key < firstKey(params, batch, last) || key + keys > endKey(params, batch, query)) hideKeys(scores, params, batch, query, key, keys);
  } while (!softmax(scores, keys, statistics));
  scaleAddTransposedProduct(v, vRow, scores, outputs, LANES_ROW, statistics + ALPHA, params.valueDim, keys);
}

/** Keys of a small type become float32, once for all panels, and then their values; so do all scales. */
function widenBlock(params: Params, batch: i32, group: i32, key: i32, keys: i32, widened: usize): void {
  const slot = slotOf(params, batch);
  const scales = slot * params.scalesBatch + <usize>group * params.scalesHead + (<usize>key << 2);
  const k = params.k + slot * params.kBatch + <usize>group * params.kHead + <usize>key * params.kRow;
  const v = params.v + slot * params.vBatch + <usize>group * params.vHead + <usize>key * params.vRow;
  const values = widened + <usize>KEY_BLOCK * padded(params.headDim);
  if (params.kvType == INT8) {
    widenRows<i8>(k, <usize>keys * params.kRow, widened);
    widenRows<i8>(v, <usize>keys * params.vRow, values);
    scaleRows(widened, padded(params.headDim), params.kScales + scales, keys);
    scaleRows(values, padded(params.valueDim), params.vScales + scales, keys);
  } else {
    widenRows<u16>(k, <usize>keys * params.kRow, widened);
    widenRows<u16>(v, <usize>keys * params.vRow, values);
  }
}

/** Packs a block of queries into panels, [panel][headDim][LANES], multiplied by `scale`. Idle lanes hold zeros. */
export function packQueries(params: Params, batch: i32, head: i32, query: i32, count: i32, scale: f32, panels: usize): void {
  memory.fill(panels, 0, queriesSize(params));
  const q = params.q + <usize>batch * params.qBatch + <usize>head * params.qHead;
  for (let first = 0; first < count; first += LANES) {
    packPanel(q + <usize>(query + first) * params.qRow, params.qRow, min(LANES, count - first), NO_CENTRE, scale,
      panels + <usize>(first * params.headDim) * 4, LANES_ROW, params.headDim);
  }
}

// @ts-ignore: decorator
@inline
function panelOf(panels: usize, panel: i32, dim: i32): usize {
  return panels + <usize>(panel * dim) * LANES_ROW;
}
