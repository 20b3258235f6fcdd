/**
 * Exact attention, softmax(scale·QKᵀ + mask)·V, by blocks with an online softmax (Milakov and Gimelshein 2018,
 * arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135). Scratch memory does not depend on the sequence length.
 *
 * Queries are packed once, transposed, so that each product walks K and V as they lie in memory:
 *   S[key][query]   = K·Qᵀ            (product)
 *   Oᵀ[dim][query]  = α·Oᵀ + Vᵀ·S     (scaleAddTransposedProduct)
 */
import { LOG2E } from './exp';
import { endKey, firstKey, Job } from './job';
import { packPanel, unpackPanel } from './pack';
import {
  addMask, ALPHA, collect, finishStatistics, hideKeys, ROW, softcap, softmax, startStatistics, STATISTICS,
} from './softmax';
import { LANES, product, scaleAddTransposedProduct } from './tile';

/** Queries of one task where there are few. */
const QUERY_BLOCK: i32 = 64;
/** Bytes of queries and outputs above which a task has four times as many: keys and values come from afar then, once a task. */
const FAR: usize = 4 << 20;
/** Keys between two updates of the statistics: whole tiles of six, and whole strips of the softmax. */
const KEY_BLOCK: i32 = 288;
/** Blocks of keys between two calls of `collect`. */
const SPAN: i32 = 4;

/** No mean to subtract: 256 zeros, the largest head dimension. */
export const NO_CENTRE: usize = memory.data(1024, 16);

/** Queries of one task. */
export function queryBlock(job: Job): i32 {
  const bytes = <usize>job.queries * <usize>(job.headDim + job.valueDim) * 4;
  return bytes > FAR ? 4 * QUERY_BLOCK : QUERY_BLOCK;
}

// Scratch: queries [panel][headDim][LANES], outputs and totals [panel][valueDim][LANES], statistics, a tile of scores.
// @ts-ignore: decorator
@inline
function queriesSize(job: Job): usize { return <usize>(queryBlock(job) * job.headDim) << 2; }
// @ts-ignore: decorator
@inline
function outputsSize(job: Job): usize { return <usize>(queryBlock(job) * job.valueDim) << 2; }
// @ts-ignore: decorator
@inline
function statisticsSize(job: Job): usize { return <usize>(queryBlock(job) / LANES) * STATISTICS; }

/** Bytes of scratch memory that one thread needs for `exact` or `logits`. */
export function exactScratch(job: Job): usize {
  return queriesSize(job) + 2 * outputsSize(job) + statisticsSize(job) + <usize>KEY_BLOCK * ROW;
}

/** Blocks of queries of one batch and head. */
// @ts-ignore: decorator
@inline
export function blocksOf(job: Job): i32 { return (job.queries + queryBlock(job) - 1) / queryBlock(job); }

/** How many tasks `exact` and `logits` divide into: one a batch, head and block of queries. */
export function exactTasks(job: Job): i32 {
  return job.batches * job.heads * blocksOf(job);
}

/** Attention of one block of queries. The last blocks come first: with a causal mask they take longest. */
export function exact(job: Job, task: i32, scratch: usize): void {
  const blocks = blocksOf(job);
  const query = (blocks - 1 - task % blocks) * queryBlock(job);
  const head = (task / blocks) % job.heads;
  const batch = task / blocks / job.heads;
  const count = min(queryBlock(job), job.queries - query);
  const panels = (count + LANES - 1) / LANES;

  const queries = scratch;
  const outputs = queries + queriesSize(job);
  const totals = outputs + outputsSize(job);
  const statistics = totals + outputsSize(job);
  const scores = statistics + statisticsSize(job);
  packQueries(job, batch, head, query, count, job.scale * LOG2E, queries);
  memory.fill(outputs, 0, 2 * outputsSize(job));
  for (let panel = 0; panel < panels; panel++) startStatistics(statistics + <usize>panel * STATISTICS);

  const end = endKey(job, batch, query + count - 1);
  let block = 0;
  for (let key = firstKey(job, batch, query); key < end; key += KEY_BLOCK) {
    block++;
    for (let panel = 0; panel < panels; panel++) {
      const output = panelOf(outputs, panel, job.valueDim);
      const statistic = statistics + <usize>panel * STATISTICS;
      attendBlock(job, batch, head, query + panel * LANES, key, panelOf(queries, panel, job.headDim), scores, statistic, output);
      if (block % SPAN == 0 || key + KEY_BLOCK >= end) collect(output, panelOf(totals, panel, job.valueDim), job.valueDim, statistic);
    }
  }

  const o = job.o + <usize>batch * job.oBatch + <usize>head * job.oHead;
  for (let panel = 0; panel < panels; panel++) {
    const first = panel * LANES;
    finishStatistics(statistics + <usize>panel * STATISTICS);
    unpackPanel(panelOf(totals, panel, job.valueDim), ROW, statistics + <usize>panel * STATISTICS + ALPHA,
      o + <usize>(query + first) * job.oRow, job.oRow, min(LANES, count - first), job.valueDim);
  }
}

/** One panel of queries against one block of keys, as far as any of its queries sees them. */
function attendBlock(job: Job, batch: i32, head: i32, query: i32, block: i32, queries: usize, scores: usize, statistics: usize, outputs: usize): void {
  const last = min(query + LANES, job.queries) - 1;
  const key = max(block, firstKey(job, batch, query));
  const keys = min(block + KEY_BLOCK, endKey(job, batch, last)) - key;
  if (keys <= 0) return;
  const group = <usize>(head / job.headsPerGroup);
  const k = job.k + <usize>batch * job.kBatch + group * job.kHead + <usize>key * job.kRow;
  const v = job.v + <usize>batch * job.vBatch + group * job.vHead + <usize>key * job.vRow;
  do {
    product(k, job.kRow, queries, scores, ROW, keys, job.headDim);
    if (job.softcap > 0) softcap(scores, keys, job.softcap * LOG2E);
    if (job.maskKind) addMask(scores, job, batch, head, query, key, keys, LOG2E);
    if (key < firstKey(job, batch, last) || key + keys > endKey(job, batch, query)) hideKeys(scores, job, batch, query, key, keys);
  } while (!softmax(scores, keys, statistics));
  scaleAddTransposedProduct(v, job.vRow, scores, outputs, ROW, statistics + ALPHA, job.valueDim, keys);
}

/** Packs a block of queries into panels, [panel][headDim][LANES], multiplied by `scale`. Idle lanes hold zeros. */
export function packQueries(job: Job, batch: i32, head: i32, query: i32, count: i32, scale: f32, panels: usize): void {
  memory.fill(panels, 0, queriesSize(job));
  const q = job.q + <usize>batch * job.qBatch + <usize>head * job.qHead;
  for (let first = 0; first < count; first += LANES) {
    packPanel(q + <usize>(query + first) * job.qRow, job.qRow, min(LANES, count - first), NO_CENTRE, scale,
      panels + <usize>(first * job.headDim) * 4, ROW, job.headDim);
  }
}

// @ts-ignore: decorator
@inline
function panelOf(panels: usize, panel: i32, dim: i32): usize {
  return panels + <usize>(panel * dim) * ROW;
}
