/** The mask of exact attention of few queries, for rows in lanes and for dimensions in lanes. */
import { LOG2E } from './exp';
import { Part } from './decode-part';
import { Params } from './params';
import { addMaskRow } from './scores';

/** Adds the mask to `count` scores of one row of a part, `step` bytes apart, from its key `first` on. */
export function addMaskOfPart(scores: usize, step: usize, params: Params, part: Part, row: i32, first: i32, count: i32): void {
  const head = part.group * params.headsPerGroup + row / params.queries;
  addMaskRow(scores, step, params, part.batch, head, row % params.queries, part.key + first, count, LOG2E);
}
