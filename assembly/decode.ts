/**
 * Exact attention of few queries to many keys, as in decoding, where one token attends to all before it. Queries in lanes
 * (assembly/exact.ts) would leave most lanes idle, and one task a head. Here one read of keys and values serves all rows that
 * share them, every query of every head of a group, with dimensions in lanes (assembly/decode-rows.ts), or rows, where these
 * fill a panel (assembly/decode-lanes.ts).
 *
 * Keys are divided into parts of PART, each a task of its own, so that one head keeps all threads busy. A part leaves
 * a reference, a sum and outputs for each row; `decodeMerge` adds these up in the order of the parts. Neither depends on
 * the number of threads, and outputs are sums of sums, as in assembly/exact.ts.
 */
import { attendLanes, lanesScratch } from './decode-lanes';
import { OUTPUTS, Part, PART, partialSize, queryRow, ROWS } from './decode-part';
import { attendRows, SCORES_ROW } from './decode-rows';
import { exp2, LOG2E } from './exp';
import { batchOf, endKey, firstKey, groupOf, groupsOf, Params, partOf, slotOf } from './params';
import { LOWEST } from './softmax';

/** Rows that share keys and values: [head of the group][query]. */
// @ts-ignore: decorator
@inline
function rowsOf(params: Params): i32 { return params.headsPerGroup * params.queries; }

/**
 * Whether rows lie in lanes: a single query of so many heads that most lanes are full, or more than six queries, up to sixteen of
 * which small types bring here. The tiers that fuse choose alike, for their bits are the same. A few queries have dimensions in lanes
 * whatever the group: each may see other keys, and is the same sum beside others and alone.
 */
function hasLanes(params: Params): bool {
  if (params.queries > 6) return true;
  return params.queries == 1 && params.headsPerGroup >= (ASC_FEATURE_RELAXED_SIMD ? 6 : 12);
}

/** Bytes of a part's description, whole lines. */
const PART_SIZE: usize = (offsetof<Part>() + 63) & ~63;

/** Into how many parts so many keys are divided: the field `parts` of the parameters of `decode`. */
export function decodeParts(keys: i32): i32 { return (keys + PART - 1) / PART; }

/** Bytes of scratch memory that one thread needs for `decode`. */
export function decodeScratch(params: Params): usize {
  const rows = min(ROWS, rowsOf(params));
  const room = hasLanes(params) ? lanesScratch(params, rows) : <usize>rows * SCORES_ROW;
  return PART_SIZE + <usize>rows * queryRow(params) + room;
}

// @ts-ignore: decorator
@inline
function partialOf(params: Params, row: i32, part: i32): usize {
  return params.partials + <usize>(row * params.parts + part) * partialSize(params);
}

/** One task of several calls, as `exactEach`: a thousand sequences of 4 tokens take 0.7 of the time of one call after the other. */
export function decodeEach(table: usize, task: i32, scratch: usize): void {
  for (; task >= load<i32>(table, 4); table += 8) task -= load<i32>(table, 4);
  decode(changetype<Params>(load<usize>(table)), task, scratch);
}

/** Attention of all rows of one group to one part of its keys. The tasks are batches × groups × parts. */
export function decode(params: Params, task: i32, scratch: usize): void {
  const index = partOf(params, task);
  const group = groupOf(params, task);
  const batch = batchOf(params, task);
  const rows = rowsOf(params);
  const partials = partialOf(params, (batch * groupsOf(params) + group) * rows, index);
  const step = <usize>params.parts * partialSize(params);
  for (let row = 0; row < rows; row++) {
    const partial = partials + <usize>row * step;
    memory.fill(partial, 0, partialSize(params));
    store<f32>(partial, LOWEST);
  }
  const key = max(index * PART, firstKey(params, batch, 0));
  const keys = min((index + 1) * PART, endKey(params, batch, params.queries - 1)) - key;
  if (keys <= 0) return;

  const part = changetype<Part>(scratch);
  const scales = slotOf(params, batch) * params.scalesBatch + <usize>group * params.scalesHead + (<usize>key << 2);
  part.batch = batch;
  part.group = group;
  part.key = key;
  part.keys = keys;
  part.k = params.k + slotOf(params, batch) * params.kBatch + <usize>group * params.kHead + <usize>key * params.kRow;
  part.v = params.v + slotOf(params, batch) * params.vBatch + <usize>group * params.vHead + <usize>key * params.vRow;
  part.kScales = params.kScales + scales;
  part.vScales = params.vScales + scales;
  part.queries = scratch + PART_SIZE;
  part.partialsStep = step;
  for (let row = 0; row < rows; row += ROWS) {
    part.row = row;
    part.rows = min(ROWS, rows - row);
    part.scratch = part.queries + <usize>part.rows * queryRow(params);
    part.partials = partials + <usize>row * step;
    packRows(params, part);
    if (hasLanes(params)) attendLanes(params, part);
    else attendRows(params, part);
  }
}

/** Packs the queries of the part's rows, multiplied by scale·log₂ e. */
function packRows(params: Params, part: Part): void {
  const scale = params.scale * LOG2E;
  const q = params.q + <usize>part.batch * params.qBatch + <usize>(part.group * params.headsPerGroup) * params.qHead;
  const size = <usize>params.headDim << 2;
  let queries = part.queries;
  memory.fill(queries, 0, <usize>part.rows * queryRow(params));
  for (let row = part.row; row < part.row + part.rows; row++) {
    const source = q + <usize>(row / params.queries) * params.qHead + <usize>(row % params.queries) * params.qRow;
    let d: usize = 0;
    for (; d + 16 <= size; d += 16) v128.store(queries + d, f32x4.mul(v128.load(source + d), f32x4.splat(scale)));
    for (; d < size; d += 4) store<f32>(queries + d, load<f32>(source + d) * scale);
    queries += queryRow(params);
  }
}

/**
 * Adds up the parts of all rows of a call, in their order and in float64, and writes the outputs; zeros where a query sees no key.
 * Reference and sum of each row are left at `statistics`, where the call asks for them.
 */
export function decodeMerge(params: Params): void {
  for (let batch = 0; batch < params.batches; batch++) {
    for (let head = 0; head < params.heads; head++) {
      for (let query = 0; query < params.queries; query++) {
        const row = (batch * params.heads + head) * params.queries + query;
        const o = params.o + <usize>batch * params.oBatch + <usize>head * params.oHead + <usize>query * params.oRow;
        mergeRow(params, partialOf(params, row, 0), o, params.statistics ? params.statistics + (<usize>row << 3) : 0);
      }
    }
  }
}

function mergeRow(params: Params, partials: usize, o: usize, statistics: usize): void {
  const size = partialSize(params);
  const end = partials + <usize>params.parts * size;
  let reference: f32 = LOWEST;
  for (let p = partials; p < end; p += size) if (load<f32>(p) > reference) reference = load<f32>(p);
  let sum: f64 = 0;
  for (let p = partials; p < end; p += size) {
    const factor = f32x4.extract_lane(exp2(f32x4.splat(load<f32>(p) - reference)), 0);
    // Where a part saw no key it has nothing to add.
    store<f32>(p, load<f32>(p, 4) == 0 ? 0 : factor, 8);
    sum += <f64>load<f32>(p, 4) * <f64>load<f32>(p, 8);
  }
  if (statistics) {
    store<f32>(statistics, reference);
    store<f32>(statistics, <f32>sum, 4);
  }
  const inverse = f64x2.splat(sum == 0 ? 0 : 1 / sum);
  for (let d = 0; d < params.valueDim; d += 4) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let p = partials; p < end; p += size) {
      if (load<f32>(p, 8) == 0) continue;
      const x = f32x4.mul(v128.load(p + OUTPUTS + (<usize>d << 2)), v128.load32_splat(p, 8));
      low = f64x2.add(low, f64x2.promote_low_f32x4(x));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)));
    }
    const x = v128.shuffle<f64>(
      f32x4.demote_f64x2_zero(f64x2.mul(low, inverse)),
      f32x4.demote_f64x2_zero(f64x2.mul(high, inverse)),
      0, 2,
    );
    storeSome(o + (<usize>d << 2), x, params.valueDim - d);
  }
}

/** The first `count` floats of a vector, or all four. */
function storeSome(p: usize, x: v128, count: i32): void {
  if (count >= 4) v128.store(p, x);
  else {
    store<f32>(p, f32x4.extract_lane(x, 0));
    if (count > 1) store<f32>(p, f32x4.extract_lane(x, 1), 4);
    if (count > 2) store<f32>(p, f32x4.extract_lane(x, 2), 8);
  }
}
