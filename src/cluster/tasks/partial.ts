/**
 * Exact attention of some queries to some of the keys, and how such parts become one: each output row is weighted by
 * its share of the softmax's denominator, of which a part keeps the natural logarithm.
 */
export interface Partial {
  /** [heads, queries, valueDim] */
  output: Float32Array;
  /** [heads, queries]: ln Σ exp(score); −∞ where a query saw no key. */
  logSumExp: Float32Array;
}

/** Merges parts of the same queries in the order given. Rows to which every key is hidden are zeros. */
export function combine(parts: readonly Partial[]): Partial {
  const rows = parts[0]!.logSumExp.length;
  const dim = rows === 0 ? 0 : parts[0]!.output.length / rows;
  const output = new Float32Array(rows * dim);
  const logSumExp = new Float32Array(rows);
  const sums = new Float64Array(dim);
  for (let row = 0; row < rows; row++) {
    const largest = parts.reduce(
      (most, part) => Math.max(most, part.logSumExp[row]!),
      Number.NEGATIVE_INFINITY,
    );
    // Subtracting −∞ from −∞ is no number: such a row has no key in any part.
    if (largest === Number.NEGATIVE_INFINITY) {
      logSumExp[row] = largest;
      continue;
    }
    let total = 0;
    sums.fill(0);
    for (const part of parts) {
      const weight = Math.exp(part.logSumExp[row]! - largest);
      total += weight;
      for (let d = 0; d < dim; d++) sums[d]! += weight * part.output[row * dim + d]!;
    }
    for (let d = 0; d < dim; d++) output[row * dim + d] = sums[d]! / total;
    logSumExp[row] = largest + Math.log(total);
  }
  return { output, logSumExp };
}
