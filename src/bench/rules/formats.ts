import { formatPercent } from '../../format/numbers.js';
import { describe } from '../formats.js';
import type { Machine } from '../record.js';
import { raceRows } from '../summary.js';
import { type RuleRace, ruleTitle } from './problem.js';

/** A table of races of rules for a document, with the machine above it. */
export function rulesToMarkdown(machine: Machine, races: readonly RuleRace[]): string {
  const lines = races.flatMap((race) => {
    const { L, D, heads, threads, tier } = race.problem;
    return raceRows(race).map((row) =>
      [
        row.contender,
        ruleTitle(race.problem),
        L,
        `${heads} × ${D}`,
        `${tier}, ${threads}`,
        (row.time.value * 1e3).toPrecision(3),
        row.gflops.toPrecision(3),
        formatPercent(row.roofShare, 0),
        row.hw2Speed ? `${row.hw2Speed.value.toFixed(2)}×` : '',
      ].join(' | '),
    );
  });
  return [
    describe(machine),
    '',
    '| | rule | tokens | heads × dimension | tier, threads | time, ms | GFLOP/s | of the roof | hw2 against it |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines.map((line) => `| ${line} |`),
    '',
  ].join('\n');
}
