/** Masks of exact attention of few queries, for rows in lanes and for dimensions in lanes. */
import { LOG2E } from './exp';
import { Part } from './decode-part';
import { Params } from './params';
import { biasInUnits } from './scores';

/** Adds the mask to one row's scores, `step` bytes apart; a hidden key becomes −∞ whatever its score was. */
export function addMaskRow(scores: usize, step: usize, params: Params, part: Part, row: i32, first: i32, count: i32): void {
  const head = part.group * params.headsPerGroup + row / params.queries;
  const query = row % params.queries;
  const key = part.key + first;
  let p = params.mask + <usize>part.batch * params.maskBatch + <usize>head * params.maskHead + <usize>query * params.maskRow;
  const end = scores + <usize>count * step;
  if (params.maskKind == 1) {
    p += <usize>key;
    for (; scores < end; scores += step) {
      if (!load<u8>(p)) store<f32>(scores, -f32.POSITIVE_INFINITY);
      p += 1;
    }
  } else {
    p += <usize>key << 2;
    for (; scores < end; scores += step) {
      const bias = biasInUnits(load<f32>(p), LOG2E);
      store<f32>(scores, bias == -f32.POSITIVE_INFINITY ? bias : load<f32>(scores) + bias);
      p += 4;
    }
  }
}
