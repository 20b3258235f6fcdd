/** Attention by expansions about centroids in float64, one row at a time, straight from the formula of docs/approximation.md. */

export interface Clustered {
  /** Rows of D, and of Dv, numbers. */
  q: ArrayLike<number>;
  k: ArrayLike<number>;
  v: ArrayLike<number>;
  D: number;
  Dv: number;
  /** Cluster of each key. */
  labels: readonly number[];
  scale: number;
  order: number;
  /** Subtracted from every query. */
  meanQuery: ArrayLike<number>;
  /** Keys that 16 adjacent queries may take one by one. */
  near: number;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** [Lq, Dv] */
export function expansionReference(given: Clustered): number[] {
  const { q, k, v, D, Dv, labels, scale, order, meanQuery, near } = given;
  const query = (i: number) => range(D).map((d) => scale * q[i * D + d]!);
  const key = (j: number) => range(D).map((d) => k[j * D + d]!);
  const dot = (a: readonly number[], b: readonly number[]) => sum(a.map((x, d) => x * b[d]!));
  const mean = range(D).map((d) => scale * meanQuery[d]!);

  const clusters = [...new Set(labels)].map((label) => {
    const keys = range(labels.length).filter((j) => labels[j] === label);
    const logWeights = keys.map((j) => dot(mean, key(j)));
    const r = logWeights.reduce((a, b) => Math.max(a, b));
    const b = logWeights.map((x) => Math.exp(x - r));
    const n = sum(b);
    const mu = range(D).map((d) => sum(keys.map((j, i) => b[i]! * key(j)[d]!)) / n);
    const variance = range(D).map((d) => sum(keys.map((j, i) => b[i]! * (key(j)[d]! - mu[d]!) ** 2)) / n);
    const V = range(Dv).map((c) => sum(keys.map((j, i) => b[i]! * v[j * Dv + c]!)));
    const M = range(D).map((d) =>
      range(Dv).map((c) => sum(keys.map((j, i) => b[i]! * (k[j * D + d]! - mu[d]!) * v[j * Dv + c]!))),
    );
    return { keys, r, n, mu, variance, V, M };
  });
  const shape = range(D).map((d) => sum(clusters.map(({ keys, variance }) => keys.length * variance[d]!)));
  const whole = sum(shape);
  const spread = ({ variance }: (typeof clusters)[number]) => sum(variance) / D;

  const rows = q.length / D;
  const output: number[] = [];
  for (let tile = 0; tile < rows; tile += 16) {
    const queries = range(Math.min(16, rows - tile)).map((i) => query(tile + i));
    const expansions = queries.map((x) => {
      const p = x.map((value, d) => value - mean[d]!);
      const square = whole === 0 ? 0 : sum(p.map((value, d) => (value ** 2 * shape[d]! * D) / whole));
      return clusters.map((cluster) => ({
        p,
        exponent: dot(p, cluster.mu) + cluster.r,
        h: 0.5 * square * spread(cluster),
      }));
    });
    // The largest expected errors a key first, as many clusters as fit.
    const errors = clusters.map((cluster, c) => {
      const shares = expansions.map((all) => {
        const largest = Math.max(...all.map(({ exponent }) => exponent));
        const masses = all.map(
          ({ exponent, h }, i) => Math.exp(exponent - largest) * clusters[i]!.n * (1 + h),
        );
        return (Math.exp(all[c]!.exponent - largest) * cluster.n * all[c]!.h) / sum(masses);
      });
      return { c, keys: cluster.keys.length, error: sum(shares) / cluster.keys.length };
    });
    const taken = new Set<number>();
    let room = near;
    for (const { c, keys } of errors.filter(({ keys }) => keys <= near).sort((x, y) => y.error - x.error)) {
      if (keys > room) break;
      taken.add(c);
      room -= keys;
    }
    queries.forEach((x, i) => {
      const scores = clusters.flatMap(({ keys }, c) => (taken.has(c) ? keys.map((j) => dot(x, key(j))) : []));
      const far = expansions[i]!;
      const largest = Math.max(...scores, ...far.map(({ exponent }) => exponent));
      let denominator = 0;
      const numerator = new Array<number>(Dv).fill(0);
      clusters.forEach(({ keys, n, V, M }, c) => {
        if (taken.has(c)) {
          for (const j of keys) {
            const weight = Math.exp(dot(x, key(j)) - largest);
            denominator += weight;
            for (const column of range(Dv)) numerator[column]! += weight * v[j * Dv + column]!;
          }
          return;
        }
        const { p, h, exponent } = far[c]!;
        const weight = Math.exp(exponent - largest);
        denominator += weight * (1 + h) * n;
        for (const column of range(Dv)) {
          let value = (1 + h) * V[column]!;
          if (order > 0) for (const d of range(D)) value += p[d]! * M[d]![column]!;
          numerator[column]! += weight * value;
        }
      });
      output.push(...numerator.map((value) => value / denominator));
    });
  }
  return output;
}
