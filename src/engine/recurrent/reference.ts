import { type CheckedTensor, copyFloats } from '../attention/tensor.js';
import {
  checkLinearAttention,
  hasDelta,
  type LinearAttentionAttributes,
  type LinearAttentionInputs,
} from './shapes.js';

/**
 * Outputs of one head of the query in float64, token by token as the standard has it, for some columns of the values: they
 * do not depend on each other. For comparisons.
 *
 * @returns [tokens, columns.length]
 *
 * @example
 * const [inputs, attributes] = [{ query, key, value, decay, beta }, { qNumHeads: 16, kvNumHeads: 4 }];
 * linearAttentionReference(inputs, attributes, { batch: 0, head: 0, columns: [0, 1] }).length; // → 18
 */
export function linearAttentionReference(
  inputs: LinearAttentionInputs,
  attributes: LinearAttentionAttributes,
  { batch, head, columns }: { batch: number; head: number; columns: readonly number[] },
): Float64Array {
  const call = checkLinearAttention(inputs, attributes);
  const { tokens, heads, kvHeads, keyDim, valueDim, decayDim, betaHeads, scale } = call;
  const group = Math.floor(head / (heads / kvHeads));
  const row = (tensor: CheckedTensor, token: number, at: number, length: number) => {
    const floats = new Float32Array(length);
    copyFloats(tensor, (batch * tokens + token) * tensor.dims[2]! + at, floats);
    return floats;
  };
  const output = new Float64Array(tokens * columns.length);
  for (const [c, column] of columns.entries()) {
    const state = new Float64Array(keyDim);
    if (call.pastState) {
      const past = new Float32Array(keyDim * valueDim);
      copyFloats(call.pastState, (batch * kvHeads + group) * keyDim * valueDim, past);
      for (let d = 0; d < keyDim; d++) state[d] = past[d * valueDim + column]!;
    }
    for (let t = 0; t < tokens; t++) {
      const key = row(call.key, t, group * keyDim, keyDim);
      const query = row(call.query, t, head * keyDim, keyDim);
      const decay = call.decay && row(call.decay, t, group * decayDim, decayDim);
      let [held, answer] = [0, 0];
      for (let d = 0; d < keyDim; d++) {
        if (decay) state[d]! *= Math.exp(decay[decayDim > 1 ? d : 0]!);
        held += state[d]! * key[d]!;
      }
      let written = row(call.value, t, group * valueDim + column, 1)[0]!;
      if (hasDelta(call.rule)) {
        written = row(call.beta!, t, betaHeads > 1 ? group : 0, 1)[0]! * (written - held);
      }
      for (let d = 0; d < keyDim; d++) {
        state[d]! += key[d]! * written;
        answer += state[d]! * query[d]!;
      }
      output[t * columns.length + c] = scale * answer;
    }
  }
  return output;
}
