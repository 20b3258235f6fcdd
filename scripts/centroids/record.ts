/** The record of scripts/measure-centroids.ts, and what docs/approximation.md says of it. */
import type { Machine } from '#hw2/bench/record.js';
import { median } from '#hw2/statistics/estimates.js';
import { between } from '../markers.js';
import {
  type Chosen,
  closestWithin,
  fastestWithin,
  type HeadResult,
  type Measured,
  type Way,
} from './measure.js';
import type { LimitsKept, ToleranceKept } from './promises.js';
import type { StreamResult } from './stream.js';

export interface CentroidsRecord {
  machine: Machine;
  /** Noise of the continued tensors, in standard deviations of each dimension. */
  jitter: number;
  speech: HeadResult[];
  long: HeadResult[];
  causal: HeadResult[];
  encoder: HeadResult[];
  files: HeadResult[];
  auto: Chosen[];
  autoCausal: Chosen[];
  limits: LimitsKept[];
  kept: ToleranceKept[];
  second: HeadResult[];
  stream: StreamResult[];
}

const digits = (value: number) => (value === 0 ? '0' : Number(value.toPrecision(2)).toString());
const share = (value: number) => value.toFixed(2);
const range = (values: readonly number[]) =>
  `${digits(Math.min(...values))} to ${digits(Math.max(...values))}`;

/** `64 of order 0, 1/16 near` */
function nameOf({ order, centroids, near = 0 }: Partial<Way>): string {
  if (centroids === undefined) return `order ${order}, no centroids`;
  return `${centroids} of order ${order}${near ? `, 1/${Math.round(1 / near)} near` : ''}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

const told = (way: Measured | undefined) =>
  way ? `${nameOf(way)}: ${digits(way.distance)} in ${share(way.time)}` : 'none';

/** Time and distance of the series, of the closest that is no slower, and of the fastest within 5 %. */
const trades = (results: readonly HeadResult[]) =>
  table(
    ['head', 'L', 'σ', 'order 2', 'the closest in no more time', 'the fastest within .05'],
    results.map(({ head, L, sigma, ways }) => [
      head,
      L.toLocaleString('en'),
      share(sigma),
      told(ways[0]),
      told(closestWithin(ways.slice(1), ways[0]!.time)),
      told(fastestWithin(ways, 0.05)),
    ]),
  );

const sizeOf = (sigma: number) =>
  sigma < 0.5 ? 'σ below 0.5' : sigma < 1.5 ? 'σ 0.5 to 1.5' : 'σ above 1.5';

/** Distances of each way over heads, apart by how large their scores are. */
function spreads(results: readonly HeadResult[]): string {
  const names = results[0]?.ways.map(nameOf) ?? [];
  const groups = [...new Set(results.map(({ sigma }) => sizeOf(sigma)))].sort();
  return table(
    ['heads', 'L', ...names],
    groups.map((group) => {
      const own = results.filter(({ sigma }) => sizeOf(sigma) === group);
      const lengths = own.map(({ L }) => L);
      return [
        `${own.length} of ${group}`,
        Math.min(...lengths) === Math.max(...lengths)
          ? `${lengths[0]}`
          : `${Math.min(...lengths)} to ${Math.max(...lengths)}`,
        ...names.map((_, i) => {
          const distances = own.map(({ ways }) => ways[i]!.distance);
          return distances.length === 1
            ? digits(distances[0]!)
            : `${range(distances)}, median ${digits(median(distances))}`;
        }),
      ];
    }),
  );
}

function choices(chosen: readonly Chosen[]): string {
  const kept = chosen.filter(({ distance, tolerance }) => distance <= tolerance).length;
  const searches = chosen.map(({ search }) => search);
  const single = chosen.flatMap((choice) => choice.searches);
  const long = single.filter((search) => search > 0.1).length;
  const heads = [...new Set(chosen.map(({ head, L, sigma }) => `${head}|${L}|${sigma}`))];
  const tolerances = [...new Set(chosen.map(({ tolerance }) => tolerance))];
  const rows = heads.map((key) => {
    const own = chosen.filter(({ head, L, sigma }) => `${head}|${L}|${sigma}` === key);
    const [first] = own;
    return [
      first!.head,
      first!.L.toLocaleString('en'),
      share(first!.sigma),
      ...own.map(({ method, distance, time, ...way }) =>
        method === 'exact'
          ? `exact in ${share(time)}`
          : `${nameOf(way)}: ${digits(distance)} in ${share(time)}`,
      ),
      digits(Math.max(...own.map(({ search }) => search))),
    ];
  });
  return `The tolerance was kept in ${kept} of ${chosen.length} calls, by the distance of all rows. The search took ${digits(median(searches))} of the time of exact attention in the median, ${digits(Math.max(...searches))} at most, each the median of ${chosen[0]!.searches.length}; of all ${single.length.toLocaleString('en')} single ones ${long === 0 ? 'none' : long} took more than a tenth${long === 0 ? '' : `, ${digits(Math.max(...single))} at most`}.\n\n${table(['tensors', 'L', 'σ', ...tolerances.map((tolerance) => `within ${tolerance}`), 'search, at most'], rows)}`;
}

const limits = (found: readonly LimitsKept[]) =>
  table(
    ['random calls', 'of how many', 'limits that were passed', 'limit over distance, on average'],
    found.map(({ calls, count, passed, tightness }) => [
      ...[calls, count.toLocaleString('en'), `${passed}`, digits(tightness)],
    ]),
  );

function tolerances(found: readonly ToleranceKept[]): string {
  const sum = (of: 'count' | 'kept' | 'linear') => found.reduce((total, row) => total + row[of], 0);
  const rows = found.map(({ tensors, count, linear, kept, worst }) => [
    ...[tensors, count.toLocaleString('en'), linear.toLocaleString('en'), kept.toLocaleString('en')],
    digits(worst),
  ]);
  return `Of ${sum('count').toLocaleString('en')} calls ${sum('linear').toLocaleString('en')} took linear attention, and ${sum('kept').toLocaleString('en')} kept the tolerance:\n\n${table(['tensors', 'calls', 'linear', 'kept', 'largest distance, of the tolerance'], rows)}`;
}

/** Order 2 about several centroids, where it takes less than exact attention, and what is closest in no more time, over heads. */
function seconds(results: readonly HeadResult[]): string {
  const groups = new Map<string, { cells: string[]; way: Measured; other: Measured }[]>();
  for (const { head, L, D, ways } of results)
    for (const way of ways.filter(({ order, time }) => order === 2 && time < 1)) {
      const others = ways.filter(({ order }) => order < 2);
      const other = closestWithin(others, way.time);
      const cells = [head.split(',')[0]!, `${D}`, L.toLocaleString('en'), nameOf(way)];
      const name = cells.join();
      if (other) groups.set(name, [...(groups.get(name) ?? []), { cells, way, other }]);
    }
  return table(
    [
      'heads of',
      'D',
      'L',
      'order 2',
      'time',
      'distance',
      'the closest of orders 0 and 1 in no more time',
      'order 2 closer',
    ],
    [...groups.values()].map((pairs) => [
      ...pairs[0]!.cells,
      ...[share(median(pairs.map(({ way }) => way.time))), range(pairs.map(({ way }) => way.distance))],
      range(pairs.map(({ other }) => other.distance)),
      `in ${pairs.filter(({ way, other }) => way.distance < other.distance).length} of ${pairs.length}`,
    ]),
  );
}

/** What a stream keeps, a column a head. */
function streams(results: readonly StreamResult[]): string {
  const [{ ways, L }] = results as [StreamResult];
  return table(
    [
      'what a stream keeps',
      `memory at ${L.toLocaleString('en')} tokens`,
      'a token',
      ...results.map(({ head, sigma }) => `${head}, σ ${share(sigma)}`),
    ],
    ways.map(({ name, bytes }, i) => [
      name,
      `${digits(bytes / 2 ** 20)} MiB`,
      `${digits(1e6 * median(results.map((result) => result.ways[i]!.seconds)))} µs`,
      ...results.map((result) => digits(result.ways[i]!.distance)),
    ]),
  );
}

/** What subtracting the mean query is worth to order 1. */
function meanQueries(results: readonly HeadResult[]): string {
  const found = results.flatMap(({ head, sigma, ways }) => {
    const without = ways.find(({ subtractMeanQuery }) => subtractMeanQuery === false)!;
    const own = ways.find(
      (way) => way.order === without.order && way.centroids === without.centroids && way !== without,
    )!;
    return [
      `${head}, σ ${share(sigma)}: ${digits(without.distance)} without, ${digits(own.distance)} with it`,
    ];
  });
  return `Order 1 about 32 centroids of the speech tensors (${found.join('; ')}).`;
}

/** What the page says of each part that was measured, by the names of their markers. */
export function centroidTables(record: Partial<CentroidsRecord>): Record<string, string> {
  const { machine, speech, long = [], causal, encoder = [], files = [], jitter } = record;
  const { auto, autoCausal, limits: passed, kept, second, stream } = record;
  const where = `${machine!.cpu}, Node ${machine!.node.slice(1)}, \`relaxed\`, one thread, ${machine!.date.slice(0, 10)}; \`docs/benchmarks/centroids.json\`, by \`scripts/measure-centroids\``;
  const networks = [...encoder, ...files];
  return {
    ...(speech && {
      speech: `On two heads of a speech model, at their scores, twice and three times these:\n\n${trades([...speech, ...long])}\n\nTimes are shares of exact attention’s, medians of rounds by turns; distances are over all rows.${long.length > 0 ? ` Longer sequences are continued by their own rows over again, with noise of ${jitter} standard deviations of each dimension.` : ''} ${where}.`,
      'mean query': meanQueries(speech),
    }),
    ...(causal && {
      causal: `On the heads of a speech model, with the first tokens continued as above:\n\n${trades(causal)}`,
    }),
    ...(networks.length > 0 && {
      networks: [
        ...(encoder.length > 0
          ? [`The recognizer’s encoder, distance to softmax:\n\n${spreads(encoder)}`]
          : []),
        ...(files.length > 0 ? [`${files[0]!.head.split(',')[0]}:\n\n${spreads(files)}`] : []),
      ].join('\n\n'),
    }),
    ...(auto && { auto: choices(auto) }),
    ...(autoCausal && { 'auto, causal': choices(autoCausal) }),
    ...(passed && { limits: limits(passed) }),
    ...(kept && { kept: tolerances(kept) }),
    ...(stream && {
      stream: `One head, its first tokens continued as above; distances on 64 rows of the second half:\n\n${streams(stream)}`,
    }),
    ...(second && {
      second: `Heads at their scores, and those of speech at twice these, too; times are medians, as shares of exact attention’s:\n\n${seconds(second)}`,
    }),
  };
}

/** A page with its tables between `<!-- centroids NAME -->` and `<!-- /centroids -->`; nothing else changes. */
export function insertTables(page: string, record: Partial<CentroidsRecord>): string {
  const tables = Object.entries(centroidTables(record));
  return tables.reduce(
    (written, [name, text]) => between(written, `centroids ${name}`, text, 'docs/approximation.md'),
    page,
  );
}
