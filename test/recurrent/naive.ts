/**
 * The operators LinearAttention and CausalConvWithState in float64, written from the standard's text and from nothing in
 * src: one token after the other. https://onnx.ai/onnx/operators/onnx__LinearAttention.html
 */
import type { LinearAttentionAttributes, LinearAttentionInputs } from '#engine/recurrent/shapes.js';

export interface NaiveResult {
  output: Float64Array;
  state: Float64Array;
}

const numbers = (tensor: { data: unknown } | undefined) => tensor?.data as ArrayLike<number> | undefined;

export function naiveLinearAttention(
  inputs: LinearAttentionInputs,
  attributes: LinearAttentionAttributes,
): NaiveResult {
  const { qNumHeads, kvNumHeads, updateRule = 'gated_delta', scale = 0 } = attributes;
  const [batches, tokens, hidden] = inputs.query.dims as [number, number, number];
  const dk = hidden / qNumHeads;
  const dv = inputs.value.dims[2]! / kvNumHeads;
  const [q, k, v] = [numbers(inputs.query)!, numbers(inputs.key)!, numbers(inputs.value)!];
  const [past, decay, beta] = [numbers(inputs.pastState), numbers(inputs.decay), numbers(inputs.beta)];
  const factor = scale === 0 ? 1 / Math.sqrt(dk) : scale;
  const output = new Float64Array(batches * tokens * qNumHeads * dv);
  const state = new Float64Array(batches * kvNumHeads * dk * dv);
  if (past) state.set(past);
  for (let b = 0; b < batches; b++) {
    for (let h = 0; h < kvNumHeads; h++) {
      const S = state.subarray((b * kvNumHeads + h) * dk * dv, (b * kvNumHeads + h + 1) * dk * dv);
      for (let t = 0; t < tokens; t++) {
        const token = b * tokens + t;
        const key = (d: number) => k[(token * kvNumHeads + h) * dk + d]!;
        if (updateRule === 'gated' || updateRule === 'gated_delta') {
          const width = inputs.decay!.dims[2]! / kvNumHeads;
          for (let d = 0; d < dk; d++) {
            const g = decay![(token * kvNumHeads + h) * width + (width > 1 ? d : 0)]!;
            for (let e = 0; e < dv; e++) S[d * dv + e]! *= Math.exp(g);
          }
        }
        const written = new Float64Array(dv);
        for (let e = 0; e < dv; e++) {
          written[e] = v[(token * kvNumHeads + h) * dv + e]!;
          if (updateRule === 'delta' || updateRule === 'gated_delta') {
            let held = 0;
            for (let d = 0; d < dk; d++) held += S[d * dv + e]! * key(d);
            const rates = inputs.beta!.dims[2]!;
            written[e] = beta![token * rates + (rates > 1 ? h : 0)]! * (written[e]! - held);
          }
        }
        for (let d = 0; d < dk; d++) for (let e = 0; e < dv; e++) S[d * dv + e]! += key(d) * written[e]!;
        const group = qNumHeads / kvNumHeads;
        for (let m = h * group; m < (h + 1) * group; m++) {
          for (let e = 0; e < dv; e++) {
            let sum = 0;
            for (let d = 0; d < dk; d++) sum += q[(token * qNumHeads + m) * dk + d]! * S[d * dv + e]!;
            output[(token * qNumHeads + m) * dv + e] = factor * sum;
          }
        }
      }
    }
  }
  return { output, state };
}
