/** Keys and values into the state of linear attention; assembly/taylor.ts says what the state is, and draws the buffers. */
import { CHUNK, CHUNK_ROW, FEATURES, keyFeatures, packVariables } from './features';
import { NO_CENTRE } from './pack';
import { batchOf, groupOf, groupsOf, Params, partOf } from './params';
import { addRows, addRowsToSums, addToSums } from './sums';
import { FEATURES_SIZE, KEY_DEPTH, packedKeys, stateRow, stateSize, termsSize, valuesSize, variablesSize } from './taylor';
import { LANES_ROW, product } from './tile';

/**
 * Adds keys and values to the states of all heads of the key. A task is one of `parts` ranges of features of one head:
 * each sum is formed by one thread in the order of the keys, so the result does not depend on the number of threads.
 */
export function taylorState(params: Params, task: i32, scratch: usize): void {
  const part = partOf(params, task);
  const group = groupOf(params, task);
  const batch = batchOf(params, task);
  const firstBlock = params.blocks * part / params.parts;
  const endBlock = params.blocks * (part + 1) / params.parts;
  const index = <usize>(batch * groupsOf(params) + group);
  const k = params.k + <usize>batch * params.kBatch + <usize>group * params.kHead;
  const v = params.v + <usize>batch * params.vBatch + <usize>group * params.vHead;
  const centre = params.centre ? params.centre + index * (<usize>params.headDim << 2) : NO_CENTRE;
  const state = params.state + index * params.stateStride;
  const keys = load<i32>(params.limits + (<usize>batch << 3));
  const step = packedKeys(params);
  for (let key = 0; key < keys; key += step) {
    appendKeys(params, k + <usize>key * params.kRow, params.kRow, v + <usize>key * params.vRow, params.vRow, min(step, keys - key), centre, 1, 0,
      state, params.valueDim, firstBlock, endBlock, scratch);
  }
}

/**
 * Adds at most `packedKeys` keys, and `columns` columns of their values, to the blocks [firstBlock, endBlock) of a state: keys less
 * the centre, times `scale`. `factors` as in packVariables, or 0.
 * Scratch: features, terms, sums of one block [panel][FEATURES][LANES] and of its features alone [FEATURES], products of
 * prefixes, and the packed chunks.
 */
export function appendKeys(params: Params, k: usize, kRow: usize, v: usize, vRow: usize, count: i32, centre: usize, scale: f32, factors: usize, state: usize, columns: i32, firstBlock: i32, endBlock: i32, scratch: usize): void {
  const features = scratch;
  const terms = features + FEATURES_SIZE;
  const blockSums = terms + termsSize(params);
  const featureSums = blockSums + <usize>FEATURES * (<usize>stateRow(params.valueDim) << 2);
  const prefix = featureSums + <usize>(FEATURES << 2);
  const packed = prefix + CHUNK_ROW;
  const packedSize = variablesSize(params) + valuesSize(params);
  const rest = stateSize(params, columns);
  const rowSize = <usize>stateRow(columns) << 2;
  for (let first = 0, chunk = packed; first < count; first += CHUNK, chunk += packedSize) {
    const keys = min(CHUNK, count - first);
    packVariables(k + <usize>first * kRow, kRow, keys, centre, scale, factors ? factors + (<usize>first << 2) : 0, chunk, params.headDim);
    packValues(v + <usize>first * vRow, vRow, keys, columns, chunk + variablesSize(params));
  }
  const sums = state + <usize>params.features * rowSize;
  for (let block = firstBlock; block < endBlock; block++) {
    const first = block * FEATURES;
    const rows = min(FEATURES, params.features - first);
    memory.fill(featureSums, 0, <usize>(FEATURES << 2));
    for (let key = 0, chunk = packed; key < count; key += CHUNK, chunk += packedSize) {
      const keys = min(CHUNK, count - key);
      keyFeatures(params, block, chunk, keys, features, featureSums, prefix);
      let values = chunk + variablesSize(params);
      let panel = blockSums;
      for (let column: usize = 0; column < rowSize; column += LANES_ROW) {
        for (let t = 0; t < keys; t += KEY_DEPTH) {
          const count = min(KEY_DEPTH, keys - t);
          product(features + (<usize>t << 2), CHUNK_ROW, values, key + t ? terms : panel, LANES_ROW, rows, count);
          if (key + t) addRows(terms, panel, rows);
          values += <usize>count * LANES_ROW;
        }
        panel += <usize>FEATURES * LANES_ROW;
      }
    }
    let panel = blockSums;
    for (let column: usize = 0; column < rowSize; column += LANES_ROW) {
      addRowsToSums(panel, state + <usize>first * rowSize + column, rowSize, rest, rows);
      panel += <usize>FEATURES * LANES_ROW;
    }
    const target = sums + (<usize>first << 2);
    for (let i: usize = 0; i < <usize>rows << 2; i += 16) addToSums(target + i, rest, v128.load(featureSums + i));
  }
}

/** Values in panels, [panel][token][LANES]; columns beyond the last are 0. */
function packValues(v: usize, rowStride: usize, count: i32, columns: i32, values: usize): void {
  const size = <usize>columns << 2;
  const padded = <usize>stateRow(columns) << 2;
  for (let column: usize = 0; column < padded; column += LANES_ROW) {
    const width = min(LANES_ROW, size - min(size, column));
    let row = v + column;
    for (let t = 0; t < count; t++) {
      if (width == LANES_ROW) for (let i: usize = 0; i < LANES_ROW; i += 16) v128.store(values + i, v128.load(row + i));
      else {
        memory.copy(values, row, width);
        memory.fill(values + width, 0, LANES_ROW - width);
      }
      values += LANES_ROW;
      row += rowStride;
    }
  }
}
