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

/** Parts of the same queries, merged in the order in which they come, in float64. */
export class Merger {
  readonly #rows: number;
  readonly #dim: number;
  /** Of each row: its outputs and their weights, both times e^(−largest), and the largest logSumExp of a part. */
  readonly #sums: Float64Array;
  readonly #weights: Float64Array;
  readonly #largest: Float64Array;

  constructor(rows: number, dim: number) {
    this.#rows = rows;
    this.#dim = dim;
    this.#sums = new Float64Array(rows * dim);
    this.#weights = new Float64Array(rows);
    this.#largest = new Float64Array(rows).fill(Number.NEGATIVE_INFINITY);
  }

  add({ output, logSumExp }: Partial): void {
    const dim = this.#dim;
    for (let row = 0; row < this.#rows; row++) {
      const present = logSumExp[row]!;
      // Subtracting −∞ from −∞ is no number: such a row has no key in this part.
      if (present === Number.NEGATIVE_INFINITY) continue;
      const largest = Math.max(this.#largest[row]!, present);
      const [fade, weight] = [Math.exp(this.#largest[row]! - largest), Math.exp(present - largest)];
      this.#largest[row] = largest;
      this.#weights[row] = fade * this.#weights[row]! + weight;
      for (let at = row * dim; at < (row + 1) * dim; at++)
        this.#sums[at] = fade * this.#sums[at]! + weight * output[at]!;
    }
  }

  /** Rows to which every key is hidden are zeros. */
  finish(): Partial {
    const output = new Float32Array(this.#sums.length);
    const logSumExp = new Float32Array(this.#rows);
    for (let row = 0; row < this.#rows; row++) {
      const weight = this.#weights[row]!;
      logSumExp[row] = this.#largest[row]! + Math.log(weight);
      if (weight === 0) continue;
      for (let at = row * this.#dim; at < (row + 1) * this.#dim; at++) output[at] = this.#sums[at]! / weight;
    }
    return { output, logSumExp };
  }
}
