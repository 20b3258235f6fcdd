import { formatCount, formatPercent } from '../../format/numbers.js';
import type { Line } from '../report.js';
import { RULES_IN_TABLES } from './plan.js';
import { ruleTitle } from './problem.js';
import { findRule, type RuleSetting, shareOfRoof, speedOverNative } from './summary.js';

/** What the scoreboard has of rules. */
export const RULE_LINES: readonly Line[] = [
  ...RULES_IN_TABLES.map((setting) => ruleLine(setting, 8192, 4, [1, 2])),
  ruleLine({ rule: 'gated_delta', byKey: false }, 1024, 16, [1]),
  ...[4, 16].map((heads) => tokenLine(heads)),
];

/** A token by each of the rules, on one thread. */
function tokenLine(heads: number): Line {
  return {
    title: `rules, a token, ${heads} heads, D 128: ${RULES_IN_TABLES.map(ruleTitle).join('; ')}`,
    answer({ rules }) {
      const speeds = RULES_IN_TABLES.map((setting) =>
        times(speedOverNative(findRule(rules, { ...setting, L: 1, D: 128, heads, threads: 1 }))),
      );
      return speeds.every((speed) => speed !== undefined) ? speeds.join('; ') : undefined;
    },
  };
}

/** A rule at some length, and its share of the roof on one thread. */
function ruleLine(setting: RuleSetting, L: number, heads: number, threads: readonly number[]): Line {
  const counted = threads.length > 1 ? `, ${threads.join(' and ')} threads` : '';
  return {
    title: `rule ${ruleTitle(setting)}, ${formatCount(L)} tokens, ${heads} heads, D 128${counted}`,
    answer({ rules }) {
      const raceOn = (count: number) => findRule(rules, { ...setting, L, D: 128, heads, threads: count });
      const share = shareOfRoof(raceOn(1));
      const speeds = threads.map((count) => times(speedOverNative(raceOn(count))));
      if (share === undefined || speeds[0] === undefined) return undefined;
      return [...speeds.map((speed) => speed ?? '–'), `${formatPercent(share, 0)} of the roof`].join(', ');
    },
  };
}

function times(speed: number | undefined): string | undefined {
  return speed === undefined ? undefined : `${speed.toFixed(2)}×`;
}
