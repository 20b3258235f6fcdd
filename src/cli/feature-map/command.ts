import type { Command } from 'commander';
import {
  crossoverLength,
  DEFAULT_ORDER,
  featureDim,
  MAX_HEAD_DIM,
  MAX_ORDER,
  monomialsOfDegree,
  monomialWeight,
  stateBytes,
} from 'hw2-engine';
import { formatBytes, formatCount } from '../../format/numbers.js';
import { wholeNumber } from '../arguments.js';
import { print, printJson } from '../output.js';
import { printTable } from '../table.js';

/** Monomials shown of each degree. */
const SHOWN = 4;

export function define(command: Command): void {
  command
    .option('--D <n>', 'head dimension', wholeNumber(1, MAX_HEAD_DIM), 64)
    .option('--order <k>', 'order of the series', wholeNumber(1, MAX_ORDER), DEFAULT_ORDER)
    .option('--json', 'print JSON')
    .addHelpText('before', 'Examples:\n  hw2 feature-map --D 64 --order 3\n  hw2 feature-map --D 16 --json\n')
    .action(({ D, order, json }: { D: number; order: number; json?: boolean }) => {
      const orders = Array.from({ length: MAX_ORDER }, (_, i) => i + 1).map((k) => ({
        order: k,
        features: featureDim(D, k),
        stateBytes: stateBytes(D, D, k),
        crossoverLength: crossoverLength(D, k),
        causalCrossoverLength: crossoverLength(D, k, true),
      }));
      const first = Array.from({ length: order + 1 }, (_, degree) =>
        [...take(monomialsOfDegree(D, degree), SHOWN)].map((monomial) => ({
          degree,
          monomial: formatMonomial(monomial),
          weight: monomialWeight(monomial),
        })),
      ).flat();
      if (json) return printJson('feature-map', { headDim: D, order, orders, firstMonomials: first });
      print(`Feature map of exp for vectors of ${D} elements: M = C(D + K, K) monomials of degree 0 to K.\n`);
      printTable(
        ['order K', 'features M', 'state a head', 'pays from L', 'causal from L'],
        orders.map((row) => [
          `${row.order}${row.order === order ? ' ←' : ''}`,
          formatCount(row.features),
          formatBytes(row.stateBytes),
          formatCount(row.crossoverLength),
          formatCount(row.causalCrossoverLength),
        ]),
      );
      print('\nL counts operations: from there on linear attention needs fewer than exact attention.');
      print('The scale of the scores, 1/√D, goes into the query before its features are made.');
      print(`\nThe first monomials of each degree; φ(x) holds each times the root of its weight:\n`);
      printTable(
        ['monomial', 'degree', 'weight'],
        first.map(({ monomial, degree, weight }) => [monomial, `${degree}`, formatWeight(weight)]),
      );
    });
}

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  for (const item of items) {
    if (count-- <= 0) return;
    yield item;
  }
}

/** (0, 3, 3) is x3². */
function formatMonomial(monomial: readonly number[]): string {
  const powers = new Map<number, number>();
  for (const variable of monomial) if (variable > 0) powers.set(variable, (powers.get(variable) ?? 0) + 1);
  if (powers.size === 0) return '1';
  return [...powers].map(([variable, power]) => `x${variable}${['', '', '²', '³', '⁴'][power]}`).join(' ');
}

const formatWeight = (weight: number) => (weight === 1 ? '1' : `1/${Math.round(1 / weight)}`);
