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
import type { Params } from '../runtime/params.js';
import { type Expansion, runQueries } from './centroids.js';
import { placeClusters } from './clusters.js';
import { runQueriesInLanes } from './exact.js';
import { causalBlock, causalLevels, type Level } from './expansion-cost.js';
import type { Computed } from './options.js';
import { Scope } from './placement.js';
import type { AttentionCall } from './shapes.js';
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
  /** Operands from a row of a batch on, cut into batches of `rows` rows; statistics as well. */
  const cut = (batch: number, row: number, rows: number): Partial<Params> => ({
    ...operands,
    ...Object.fromEntries(
      (['q', 'k', 'v', 'o'] as const).flatMap((name) => [
        [name, operands[name]! + batch * operands[`${name}Batch`]! + row * operands[`${name}Row`]!],
        [`${name}Batch`, rows * operands[`${name}Row`]!],
      ]),
    ),
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
      const inner = new Scope(engine);
      try {
        await expandLevel(inner, call, cut, batch, level, expansion);
      } finally {
        inner.release();
      }
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

async function expandLevel(
  scope: Scope,
  call: AttentionCall,
  cut: (batch: number, row: number, rows: number) => Partial<Params>,
  batch: number,
  { size, first, pairs, queries }: Level,
  expansion: Expansion,
): Promise<void> {
  const limits = Array.from({ length: pairs }, () => ({ keys: size, position: 0 }));
  const before = cut(batch, 2 * size * first, 2 * size);
  const { q, o, statistics } = cut(batch, 2 * size * first + size, 2 * size);
  const placed = { ...before, batches: pairs, limits: scope.placeInts(limits.flatMap(() => [size, 0])) };
  // The mean query is that of the rows of the keys: those that come later are not known when the first of them asks.
  const earlier = { ...call, batches: pairs, queries: size, keys: size, limits };
  const clusters = await placeClusters(scope, earlier, placed, expansion);
  await runQueries(scope, { ...clusters, q: q!, o: o!, statistics: statistics!, queries, near: 0 });
}
