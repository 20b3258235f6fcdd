/**
 * Causal attention by expansions about centroids.
 *
 * The sequence is cut into blocks. A query takes the keys of its own block, up to itself, by exact attention. The keys of the
 * blocks before are in segments of one block, two, four, …: of each pair of adjacent segments of a size, the second attends to
 * the first, by an expansion about centroids of the first alone. So every query meets each earlier key once, what it meets is
 * known when it comes, and nothing that a query gets depends on later tokens. The work grows with L·log L.
 *
 * What a query has gathered so far (output, reference and sum of the softmax) is one more term of the next expansion.
 */
import { FLOAT } from '../runtime/arena.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall } from './call.js';
import { type Expansion, runQueries } from './centroids.js';
import { placeClusters } from './clusters.js';
import { runQueriesInLanes } from './exact.js';
import { causalBlock, causalLevels, type Level } from './expansion-cost.js';
import type { Computed } from './options.js';
import type { Scope } from './placement.js';
import type { RowSample } from './row-sample.js';
import { attendSeen, sampledCall } from './sampled-rows.js';
import { placeDenominators, taylorWarnings } from './taylor.js';

/** Bytes of reference and sum of a row. */
const STATISTICS = 8;

/** Runs an expansion on a causal call that passed `checkExpansion`, with its operands in place. */
export async function runCausalExpansion(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  expansion: Expansion,
): Promise<Pick<Computed, 'warnings'>> {
  const { engine } = scope;
  const { batches, heads, kvHeads, keys: length } = call;
  const block = causalBlock(call, expansion);
  const statistics = scope.allocate(STATISTICS * batches * heads * length);
  const cut = (batch: number, row: number, rows: number): Partial<Params> => ({
    ...cutOperands(operands, batch, row, rows),
    statistics: statistics + STATISTICS * (batch * heads * length + row),
    statisticsBatch: STATISTICS * rows,
    statisticsHead: STATISTICS * length,
  });
  for (let batch = 0; batch < batches; batch++) {
    const whole = Math.floor(length / block);
    const blocks = [
      { first: 0, count: whole, rows: block },
      { first: whole * block, count: 1, rows: length - whole * block },
    ];
    for (const { first, count, rows } of blocks.filter((one) => one.count * one.rows > 0)) {
      const limits = scope.placeInts(Array.from({ length: count }, () => [rows, 0]).flat());
      await runQueriesInLanes(scope, { ...cut(batch, first, rows), batches: count, queries: rows, limits });
    }
    for (const level of causalLevels(length, block)) {
      const { size, first, queries } = level;
      const { k: _, v: __, ...rows } = cut(batch, 2 * size * first + size, 2 * size);
      await scope.nested(async (inner) => {
        const clusters = await clusterLevel(inner, call, operands, batch, level, expansion);
        await runQueries(inner, { ...rows, ...clusters, q: rows.q!, o: rows.o!, queries, near: 0 });
      });
    }
  }
  const { address: denominators, smallest } = placeDenominators(scope, batches * kvHeads);
  await engine.run(
    'findNonFinite',
    scope.placeParams({ ...operands, denominators }),
    batches * kvHeads,
    0,
    0,
  );
  return { warnings: taylorWarnings(2, smallest()) };
}

/** Some rows of what `runCausalExpansion` gives. */
export async function causalExpansionRows(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  expansion: Expansion,
  sample: RowSample,
): Promise<Float32Array> {
  const { batches, heads, kvHeads, keys: length } = call;
  const { perHead, rows } = sample;
  const block = causalBlock(call, expansion);
  const sampled = sampledCall(scope, call, operands, sample);
  const { q, qRow, o, oRow } = sampled.operands as Params;
  const statistics = scope.allocate(STATISTICS * rows.length);
  /** The sampled rows of a head from a row on and before another one, and where they lie. */
  const within = (stratum: number, start: number, end: number) => {
    const own = rows.subarray(stratum * perHead, (stratum + 1) * perHead);
    const found = own.filter((row) => row >= start && row < end);
    const at = stratum * perHead + own.findIndex((row) => row >= start);
    const place = {
      q: q + at * qRow,
      o: o + at * oRow,
      statistics: statistics + at * STATISTICS,
      qRow,
      oRow,
    };
    return { found, place: { ...place, batches: 1, heads: 1, headsPerGroup: 1, queries: found.length } };
  };
  for (let batch = 0; batch < batches; batch++) {
    for (let head = 0; head < heads; head++)
      for (let start = 0; start < length; start += block) {
        const { found, place } = within(batch * heads + head, start, start + block);
        if (found.length === 0) continue;
        const { k, v, kHead, vHead } = cutOperands(operands, batch, start, block) as Params;
        const kvHead = Math.floor((head * kvHeads) / heads);
        const keys = { k: k + kvHead * kHead, v: v + kvHead * vHead };
        await scope.nested((inner) =>
          attendSeen(
            inner,
            { ...operands, ...place, ...keys },
            found.map((row) => row - start + 1),
          ),
        );
      }
    for (const level of causalLevels(length, block))
      await scope.nested(async (inner) => {
        const clusters = await clusterLevel(inner, call, operands, batch, level, expansion);
        for (let at = 0; at < level.pairs * heads; at++) {
          const [pair, head] = [Math.floor(at / heads), at % heads];
          const start = (2 * (level.first + pair) + 1) * level.size;
          const { found, place } = within(batch * heads + head, start, start + level.size);
          if (found.length === 0) continue;
          const index = pair * kvHeads + Math.floor((head * kvHeads) / heads);
          const own = {
            clusters: clusters.clusters! + index * clusters.clustersStride!,
            meanQuery: clusters.meanQuery! + index * FLOAT * call.headDim,
          };
          await scope.nested(async (innermost) => {
            await runQueries(innermost, { ...clusters, ...place, ...own, near: 0 });
          });
        }
      });
  }
  return sampled.output();
}

/** Operands from a row of a batch on, cut into batches of `rows` rows. */
function cutOperands(operands: Partial<Params>, batch: number, row: number, rows: number): Partial<Params> {
  const cut = (['q', 'k', 'v', 'o'] as const).flatMap((name) => [
    [name, operands[name]! + batch * operands[`${name}Batch`]! + row * operands[`${name}Row`]!],
    [`${name}Batch`, rows * operands[`${name}Row`]!],
  ]);
  return { ...operands, ...Object.fromEntries(cut) };
}

/** Clusters of the first segment of each pair of a level, each of them a batch. */
function clusterLevel(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  batch: number,
  { size, first, pairs }: Level,
  expansion: Expansion,
): Promise<Partial<Params>> {
  const limits = Array.from({ length: pairs }, () => ({ keys: size, position: 0 }));
  const before = cutOperands(operands, batch, 2 * size * first, 2 * size);
  const placed = { ...before, batches: pairs, limits: scope.placeInts(limits.flatMap(() => [size, 0])) };
  // The mean query is that of the rows of the keys: those that come later are not known when the first of them asks.
  return placeClusters(
    scope,
    { ...call, batches: pairs, queries: size, keys: size, limits },
    placed,
    expansion,
  );
}
