import { type RuleRace, ruleTitle } from '../../bench/rules/problem.js';
import { raceRows, raceSpread, strongestPeer } from '../../bench/summary.js';
import { formatCount, formatCounted, formatPercent, formatSeconds } from '../../format/numbers.js';
import { ratioEstimate } from '../../statistics/estimates.js';
import { print } from '../output.js';
import { printTable } from '../table.js';
import { printAbsent, warnOfNoise } from './remarks.js';

/** What all rows of a table have in common. */
const sizeOf = ({ problem: { L, heads, threads, tier } }: RuleRace): string =>
  `${formatCounted(L, 'token')}, ${formatCounted(heads, 'head')}, ${tier}, ${formatCounted(threads, 'thread')}`;

/** One table for each length, number of heads and number of threads, and what they come to. */
export function printRules(races: readonly RuleRace[]): void {
  for (const size of new Set(races.map(sizeOf))) {
    print(`\nLinear attention by rules, ${size}\n`);
    printTable(
      ['rule', '', 'time', 'GFLOP/s', 'of roof', 'hw2 is'],
      races
        .filter((race) => sizeOf(race) === size)
        .flatMap((race) =>
          raceRows(race).map((row, i) => [
            i === 0 ? ruleTitle(race.problem) : '',
            row.contender,
            formatSeconds(row.time.value),
            row.gflops.toPrecision(3),
            formatPercent(row.roofShare, 0),
            row.hw2Speed ? `${row.hw2Speed.value.toFixed(2)}×` : '',
          ]),
        ),
    );
  }
  printAbsent(races.flatMap((race) => race.absent.map(({ contender, reason }) => `${contender}: ${reason}`)));
  warnOfNoise(races.map(raceSpread));
  const line = conclusion(races);
  if (line) print(`\n${line}`);
}

/** How the slowest and the fastest rule compare at the longest length. */
function conclusion(races: readonly RuleRace[]): string | undefined {
  const longest = Math.max(...races.map(({ problem }) => problem.L));
  const ratios = races
    .filter(({ problem }) => problem.L === longest)
    .flatMap((race) => {
      const peer = strongestPeer(race, race.problem.rule);
      const ours = race.entries.find(({ contender }) => contender.startsWith('hw2 '));
      return peer && ours ? [ratioEstimate(peer.seconds, ours.seconds).value] : [];
    });
  if (ratios.length === 0) return undefined;
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
  return `At ${formatCount(longest)} tokens hw2 is ${low} to ${high} times as fast as the fastest peer, by rule and number of heads.`;
}
