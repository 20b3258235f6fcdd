import { shownAgainst } from '../goal.js';
import type { BenchReport } from '../report.js';
import { RULES_IN_TABLES } from './plan.js';
import { type RuleRace, ruleTitle } from './problem.js';
import { findRule, type RuleSetting, roofOverNative, shareOfRoof, speedOverNative } from './summary.js';

/** A column of the table: what it says of a race of a rule at some length, and what was to be reached, if anything was. */
interface Column {
  title: string;
  L: number;
  least?: number;
  /** Whether the goal was set for a rule. */
  isAskedOf?(setting: RuleSetting): boolean;
  figure(race: RuleRace | undefined): number | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: 'speed over native, 1 token: at least 1', L: 1, least: 1, figure: speedOverNative },
  { title: '1,024 tokens: at least 3', L: 1024, least: 3, figure: speedOverNative },
  { title: '8,192 tokens: at least 3', L: 8192, least: 3, figure: speedOverNative },
  { title: 'the roof over native, 8,192 tokens', L: 8192, figure: roofOverNative },
  {
    title: 'share of the roof, 8,192 tokens: at least 0.6',
    L: 8192,
    least: 0.6,
    isAskedOf: ({ byKey }) => !byKey,
    figure: shareOfRoof,
  },
];

/**
 * What was to be reached with each rule and what was, four heads of 128 dimensions, on one thread and on two, in Markdown; what falls
 * short is bold.
 */
export function ruleGoals(reports: readonly { name: string; report: BenchReport }[]): string {
  const cell = (
    { L, least, isAskedOf, figure }: Column,
    setting: RuleSetting,
    { rules }: BenchReport,
  ): string => {
    const isMet = (value: number) => least === undefined || isAskedOf?.(setting) === false || value >= least;
    return [1, 2]
      .map((threads) =>
        shownAgainst(isMet, figure(findRule(rules, { ...setting, L, D: 128, heads: 4, threads }))),
      )
      .join(', ');
  };
  const rows = [
    ['1 and 2 threads', ...COLUMNS.map(({ title }) => title)],
    ['---', ...COLUMNS.map(() => '---')],
    ...reports.flatMap(({ name, report }) =>
      RULES_IN_TABLES.map((setting) => [
        `${name}, ${ruleTitle(setting)}`,
        ...COLUMNS.map((column) => cell(column, setting, report)),
      ]),
    ),
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
