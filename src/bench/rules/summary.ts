import { ratioEstimate } from '../../statistics/estimates.js';
import { isOurs, raceRows, strongestPeer } from '../summary.js';
import type { RULES_IN_TABLES } from './plan.js';
import type { RuleProblem, RuleRace } from './problem.js';

export type RuleSetting = (typeof RULES_IN_TABLES)[number];

/** The first race whose problem is as wanted, where there is one. */
export function findRule(
  races: readonly RuleRace[] = [],
  wanted: RuleSetting & Partial<RuleProblem>,
): RuleRace | undefined {
  return races.find(({ problem }) =>
    (Object.keys(wanted) as (keyof typeof wanted)[]).every((key) => problem[key] === wanted[key]),
  );
}

/** How many times as fast as the fastest operator of ONNX Runtime ours is. */
export function speedOverNative(race: RuleRace | undefined): number | undefined {
  const peer = race && strongestPeer(race, race.problem.rule);
  const ours = race?.entries.find(isOurs);
  return peer && ours && ratioEstimate(peer.seconds, ours.seconds).value;
}

/** Our speed of the roof's. */
export function shareOfRoof(race: RuleRace | undefined): number | undefined {
  return race && raceRows(race).find(isOurs)?.roofShare;
}

/**
 * How many times as fast as the fastest operator of ONNX Runtime the roof is: what a kernel would reach that did the multiply-adds
 * of the rule and nothing else, all of them in registers.
 */
export function roofOverNative(race: RuleRace | undefined): number | undefined {
  const peer = race && strongestPeer(race, race.problem.rule);
  const row = race && raceRows(race).find(({ contender }) => contender === peer?.contender);
  return row && 1 / row.roofShare;
}
