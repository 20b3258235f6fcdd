import { type AttentionCall, referenceRow, relativeDistance, sampleRows } from 'hw2-engine';

/** How far an output of attention is from the formula in float64, on sampled rows. */
export interface Comparison {
  /** Largest distance to the method's own formula; NaN of a NaN. */
  maxAbsError: number;
  /** Distance to softmax attention, root mean square over that of softmax attention; see `relativeDistance`. */
  relativeErrorToSoftmax: number;
  /** The same of the method's own formula in float64: what the output has beyond it is the rounding of float32. */
  formulaErrorToSoftmax: number;
  maxAbsErrorToSoftmax: number;
  rowsCompared: number;
}

export interface ComparisonOptions {
  /** Of linear attention; absent, the output is that of softmax attention. */
  order?: number | undefined;
  /** Linear attention: whether the mean key was subtracted where attention is not causal. Default: true. */
  centred?: boolean;
  /** Multiplications that the reference may take: it decides how many rows are compared. */
  work: number;
}

/** @param output [batches, heads, queries, valueDim] */
export function compareToFloat64(
  call: AttentionCall,
  output: ArrayLike<number>,
  { order, centred = true, work }: ComparisonOptions,
): Comparison {
  const { heads, queries, valueDim, scale } = call;
  let [own, toSoftmax, squares, formulaSquares, squaresOfSoftmax, rowsCompared] = [0, 0, 0, 0, 0, 0];
  for (const { batch, head, query, q, k, v, visible, centre } of sampleRows(call, centred, work)) {
    const row = (batch * heads + head) * queries + query;
    const softmax = referenceRow(q, k, v, valueDim, { scale, keys: visible });
    const linear = { scale, keys: visible, order: order!, ...(centre && { centre }) };
    const formula = order === undefined ? softmax : referenceRow(q, k, v, valueDim, linear);
    for (let d = 0; d < valueDim; d++) {
      const value = output[row * valueDim + d]!;
      own = Math.max(own, Math.abs(value - formula[d]!));
      toSoftmax = Math.max(toSoftmax, Math.abs(value - softmax[d]!));
      squares += (value - softmax[d]!) ** 2;
      formulaSquares += (formula[d]! - softmax[d]!) ** 2;
      squaresOfSoftmax += softmax[d]! ** 2;
    }
    rowsCompared++;
  }
  return {
    maxAbsError: own,
    maxAbsErrorToSoftmax: toSoftmax,
    relativeErrorToSoftmax: relativeDistance(squares, squaresOfSoftmax),
    formulaErrorToSoftmax: relativeDistance(formulaSquares, squaresOfSoftmax),
    rowsCompared,
  };
}
