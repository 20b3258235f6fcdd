import type { DecodingRace } from './decoding/race.js';
import type { Problem } from './problem.js';
import type { Growth } from './questions.js';
import type { Race } from './race.js';
import type { Machine } from './record.js';
import type { RuleRace } from './rules/problem.js';
import type { Tradeoff } from './tradeoff.js';

/** What `hw2 bench --json` prints. */
export interface BenchReport {
  format: 'hw2-bench';
  version: 2;
  machine: Machine;
  races: Race[];
  tradeoffs: Tradeoff[];
  /** Steps of decoding, where these were measured. */
  decoding?: DecodingRace[];
  memory: ({ problem: Problem; contender: string } & Partial<Growth>)[];
  /** Of `hw2 bench --recurrent`. */
  rules?: RuleRace[];
}

/** One line of the scoreboard: what is asked, and its answer in one report; nothing where it was not measured. */
export interface Line {
  title: string;
  answer(report: BenchReport): string | undefined;
}
