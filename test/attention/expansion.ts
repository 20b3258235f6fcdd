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

/** A cluster of keys, and what its expansion gives a query: terms e^exponent·weight of the denominator, e^exponent·values of the numerator. */
interface Cluster {
  keys: number[];
  n: number;
  expand(query: readonly number[]): { exponent: number; h: number; weight: number; values: number[] };
}

const dot = (a: readonly number[], b: readonly number[]) => sum(a.map((x, d) => x * b[d]!));

/** The clusters of some keys, by their labels. Queries are given times the scale. */
function clustersFrom(
  given: Pick<Clustered, 'k' | 'v' | 'D' | 'Dv' | 'labels' | 'scale' | 'order' | 'meanQuery'>,
): Cluster[] {
  const { k, v, D, Dv, labels, scale, order, meanQuery } = given;
  const key = (j: number) => range(D).map((d) => k[j * D + d]!);
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
    return { keys, b, r, n, mu, variance, V, M };
  });
  const shape = range(D).map((d) => sum(clusters.map(({ keys, variance }) => keys.length * variance[d]!)));
  const whole = sum(shape);
  return clusters.map(({ keys, b, r, n, mu, variance, V, M }) => ({
    keys,
    n,
    expand(query) {
      const p = query.map((value, d) => value - mean[d]!);
      const square = whole === 0 ? 0 : sum(p.map((value, d) => (value ** 2 * shape[d]! * D) / whole));
      const h = (0.5 * square * sum(variance)) / D;
      const exponent = dot(p, mu) + r;
      if (order === 2) {
        // The series itself, key by key.
        const weights = keys.map((j, i) => {
          const t = dot(p, key(j)) - dot(p, mu);
          return b[i]! * (1 + t + t ** 2 / 2);
        });
        const values = range(Dv).map((c) => sum(keys.map((j, i) => weights[i]! * v[j * Dv + c]!)));
        return { exponent, h, weight: sum(weights), values };
      }
      const values = range(Dv).map(
        (column) => (1 + h) * V[column]! + (order > 0 ? sum(p.map((x, d) => x * M[d]![column]!)) : 0),
      );
      return { exponent, h, weight: (1 + h) * n, values };
    },
  }));
}

/** [Lq, Dv] */
export function expansionReference(given: Clustered): number[] {
  const { q, k, v, D, Dv, scale, near } = given;
  const query = (i: number) => range(D).map((d) => scale * q[i * D + d]!);
  const key = (j: number) => range(D).map((d) => k[j * D + d]!);
  const clusters = clustersFrom(given);
  const rows = q.length / D;
  const output: number[] = [];
  for (let tile = 0; tile < rows; tile += 16) {
    const queries = range(Math.min(16, rows - tile)).map((i) => query(tile + i));
    const expansions = queries.map((x) => clusters.map((cluster) => cluster.expand(x)));
    // The largest expected errors a key first, as many clusters as fit.
    const errors = clusters.map(({ keys, n }, c) => {
      const shares = expansions.map((all) => {
        const largest = Math.max(...all.map(({ exponent }) => exponent));
        const masses = all.map(
          ({ exponent, h }, i) => Math.exp(exponent - largest) * (1 + h) * clusters[i]!.n,
        );
        return (Math.exp(all[c]!.exponent - largest) * n * all[c]!.h) / sum(masses);
      });
      return { c, keys: keys.length, error: sum(shares) / keys.length };
    });
    const taken = new Set<number>();
    let room = near;
    for (const { c, keys } of errors.filter(({ keys }) => keys <= near).sort((x, y) => y.error - x.error)) {
      if (keys > room) break;
      taken.add(c);
      room -= keys;
    }
    queries.forEach((x, i) => {
      const terms = clusters.flatMap(({ keys }, c) =>
        taken.has(c)
          ? keys.map((j) => ({
              exponent: dot(x, key(j)),
              weight: 1,
              values: range(Dv).map((d) => v[j * Dv + d]!),
            }))
          : [expansions[i]![c]!],
      );
      output.push(...ratioOf(terms));
    });
  }
  return output;
}

/** Σ e^exponent·values over Σ e^exponent·weight. */
function ratioOf(
  terms: readonly { exponent: number; weight: number; values: readonly number[] }[],
): number[] {
  const largest = Math.max(...terms.map(({ exponent }) => exponent));
  const denominator = sum(terms.map(({ exponent, weight }) => Math.exp(exponent - largest) * weight));
  return terms[0]!.values.map(
    (_, d) =>
      sum(terms.map(({ exponent, values }) => Math.exp(exponent - largest) * values[d]!)) / denominator,
  );
}

/** What is expanded in causal attention: the labels of `size` keys from `first` on, the mean query of their rows. */
export interface CausalSegment {
  first: number;
  size: number;
  labels: readonly number[];
  meanQuery: ArrayLike<number>;
}

/** [L, Dv]: each query takes the keys of its block, up to itself, one by one, and of each pair of segments the first by expansion. */
export function causalReference(
  { q, k, v, D, Dv, scale, order }: Omit<Clustered, 'labels' | 'meanQuery' | 'near'>,
  block: number,
  segments: readonly CausalSegment[],
): number[] {
  const expanded = segments.map(({ first, size, labels, meanQuery }) => ({
    ...{ first, size },
    clusters: clustersFrom({
      ...{ D, Dv, scale, order, labels, meanQuery },
      k: range(size * D).map((i) => k[first * D + i]!),
      v: range(size * Dv).map((i) => v[first * Dv + i]!),
    }),
  }));
  return range(q.length / D).flatMap((i) => {
    const query = range(D).map((d) => scale * q[i * D + d]!);
    const own = Math.floor(i / block) * block;
    const terms = range(i - own + 1).map((at) => ({
      exponent: dot(
        query,
        range(D).map((d) => k[(own + at) * D + d]!),
      ),
      weight: 1,
      values: range(Dv).map((d) => v[(own + at) * Dv + d]!),
    }));
    for (const { first, size, clusters } of expanded)
      if (i >= first + size && i < first + 2 * size)
        terms.push(...clusters.map((cluster) => cluster.expand(query)));
    return ratioOf(terms);
  });
}
