/**
 * A part of the keys with rows in lanes, as assembly/exact.ts has them: for as many rows as fill a panel. Scores lie
 * [key][LANES], a panel of rows after the other. Where a key has six rows or more, it is bound by arithmetic: 4,096 keys, 8/1 heads, D 64,
 * take 0.86 of the time of assembly/decode-rows.ts. Keys and values of a small type become float32 a step at a time, once for all
 * panels.
 */
import { addMaskOfPart } from './decode-mask';
import { endOf, firstOf, isLong, OUTPUTS, padded, Part, PART, queryRow, touch } from './decode-part';
import { LOG2E } from './exp';
import { NO_CENTRE, packPanel, unpackPanel } from './pack';
import { FLOAT32, INT8, Params } from './params';
import { scaleRows, widenRows } from './rows-small';
import { softcap } from './scores';
import { softmax, startStatistics, STATISTICS, SUM } from './softmax';
import { LANES, LANES_ROW, ONES, product, scaleAddTransposedProduct } from './tile';

/** Keys and values between two steps: whole tiles of six. What all panels read fits the first-level cache. */
const STEP: i32 = 96;

// @ts-ignore: decorator
@inline
function panelsOf(rows: i32): i32 { return (rows + LANES - 1) / LANES; }
// @ts-ignore: decorator
@inline
function scoresSize(): usize { return <usize>PART * LANES_ROW; }

/** Bytes of scratch memory for so many rows: queries, outputs and scores of each panel, statistics of one, and a step. */
export function lanesScratch(params: Params, rows: i32): usize {
  const panel = <usize>(params.headDim + params.valueDim + PART) * LANES_ROW;
  return <usize>panelsOf(rows) * panel + STATISTICS + <usize>STEP * max(padded(params.headDim), padded(params.valueDim));
}

export function attendLanes(params: Params, part: Part): void {
  const panels = panelsOf(part.rows);
  const queriesSize = <usize>params.headDim * LANES_ROW;
  const outputsSize = <usize>params.valueDim * LANES_ROW;
  const queries = part.scratch;
  const outputs = queries + <usize>panels * queriesSize;
  const scores = outputs + <usize>panels * outputsSize;
  const statistics = scores + <usize>panels * scoresSize();
  const room = statistics + STATISTICS;
  memory.fill(queries, 0, <usize>panels * (queriesSize + outputsSize));
  for (let panel = 0; panel < panels; panel++) {
    const first = panel * LANES;
    packPanel(part.queries + <usize>first * queryRow(params), queryRow(params), min(LANES, part.rows - first), NO_CENTRE, 1,
      queries + <usize>panel * queriesSize, LANES_ROW, params.headDim);
  }
  for (let key = 0; key < part.keys; key += STEP) {
    const count = min(STEP, part.keys - key);
    const k = bring(params, part.k + <usize>key * params.kRow, params.kRow, params.headDim, count, room);
    const row = params.kvType == FLOAT32 ? params.kRow : padded(params.headDim);
    for (let panel = 0; panel < panels; panel++) {
      product(k, row, queries + <usize>panel * queriesSize, scores + <usize>panel * scoresSize() + <usize>key * LANES_ROW, LANES_ROW, count, params.headDim);
    }
  }
  for (let panel = 0; panel < panels; panel++) weighPanel(params, part, panel * LANES, scores + <usize>panel * scoresSize(), statistics);
  for (let key = 0; key < part.keys; key += STEP) {
    const count = min(STEP, part.keys - key);
    const v = bring(params, part.v + <usize>key * params.vRow, params.vRow, params.valueDim, count, room);
    const row = params.kvType == FLOAT32 ? params.vRow : padded(params.valueDim);
    for (let panel = 0; panel < panels; panel++) {
      scaleAddTransposedProduct(v, row, scores + <usize>panel * scoresSize() + <usize>key * LANES_ROW, outputs + <usize>panel * outputsSize, LANES_ROW, ONES, params.valueDim, count);
    }
  }
  for (let panel = 0; panel < panels; panel++) {
    const first = panel * LANES;
    unpackPanel(outputs + <usize>panel * outputsSize, LANES_ROW, ONES, part.partials + OUTPUTS + <usize>first * part.partialsStep, part.partialsStep,
      min(LANES, part.rows - first), params.valueDim);
  }
}

/** Where some keys or values lie as float32: where they are, or in the room, widened. */
function bring(params: Params, from: usize, row: usize, dim: i32, count: i32, room: usize): usize {
  if (params.kvType == FLOAT32) {
    if (isLong(row, dim)) touch(from, <usize>count * row);
    return from;
  }
  if (params.kvType == INT8) widenRows<i8>(from, <usize>count * row, room);
  else widenRows<u16>(from, <usize>count * row, room);
  return room;
}

/** Softcap, mask and softmax of a panel; reference and sum of each row are left in its partial. */
function weighPanel(params: Params, part: Part, first: i32, scores: usize, statistics: usize): void {
  const rows = min(LANES, part.rows - first);
  if (params.kvType == INT8) scaleRows(scores, LANES_ROW, part.kScales, part.keys);
  if (params.softcap > 0) softcap(scores, part.keys, params.softcap * LOG2E);
  for (let lane = 0; lane < rows; lane++) {
    const column = scores + (<usize>lane << 2);
    const row = part.row + first + lane;
    if (params.maskKind) addMaskOfPart(column, LANES_ROW, params, part, row, 0, part.keys);
    hide(column, 0, firstOf(params, part, row % params.queries));
    hide(column, max(0, endOf(params, part, row % params.queries)), part.keys);
  }
  startStatistics(statistics);
  softmax(scores, part.keys, statistics);
  for (let lane = 0; lane < rows; lane++) {
    const partial = part.partials + <usize>(first + lane) * part.partialsStep;
    store<f32>(partial, load<f32>(statistics + (<usize>lane << 2)));
    store<f32>(partial, load<f32>(statistics + (<usize>lane << 2), SUM), 4);
  }
  if (params.kvType == INT8) scaleRows(scores, LANES_ROW, part.vScales, part.keys);
}

/** Hides the keys [from, to) from one row. */
function hide(column: usize, from: i32, to: i32): void {
  for (let key = from; key < to; key++) store<f32>(column + <usize>key * LANES_ROW, -f32.POSITIVE_INFINITY);
}
