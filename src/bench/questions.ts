import { askOnce } from '../processes/remote.js';
import type { DecodingProblem } from './decoding/problem.js';
import type { DecodingRace } from './decoding/race.js';
import type { Problem } from './problem.js';
import type { Race } from './race.js';
import type { RuleProblem, RuleRace } from './rules/problem.js';
import type { Tradeoff, TradeoffOptions } from './tradeoff.js';

/** Contenders beside this project's own: none, native ones, or those in WebAssembly. */
export type Peers = 'none' | 'native' | 'web';

export interface RaceQuestion {
  kind: 'race';
  problem: Problem;
  peers: Peers;
  /** Names of the contenders that take part; all if not given. */
  only?: readonly string[];
  rounds: number;
  seconds: number;
}

export interface TradeoffQuestion extends TradeoffOptions {
  kind: 'tradeoff';
}

export interface MemoryQuestion {
  kind: 'memory';
  problem: Problem;
  peers: Peers;
  contender: string;
}

export interface DecodingQuestion {
  kind: 'decoding';
  problem: DecodingProblem;
  peers: Peers;
  rounds: number;
  seconds: number;
}

export interface RuleQuestion {
  kind: 'rule';
  problem: RuleProblem;
  peers: Peers;
  only?: readonly string[];
  rounds: number;
  seconds: number;
}

/** What one process measures. */
export type Question = DecodingQuestion | RaceQuestion | TradeoffQuestion | MemoryQuestion | RuleQuestion;

/** Bytes that a process grew by: tensors, output and whatever the contender needs beside them. */
export interface Growth {
  bytes: number;
}

/** What comes before the answer: the number of the round that begins. */
export type Part = { round: number };

/** @throws Error that the process reports */
export function measureRace(question: RaceQuestion, onRound: (round: number) => void): Promise<Race> {
  return measure(question, ({ round }) => onRound(round));
}

/** @throws Error that the process reports */
export function measureDecoding(
  question: DecodingQuestion,
  onRound: (round: number) => void,
): Promise<DecodingRace> {
  return measure(question, ({ round }) => onRound(round));
}

/** @throws Error that the process reports */
export function measureRule(question: RuleQuestion, onRound: (round: number) => void): Promise<RuleRace> {
  return measure(question, ({ round }) => onRound(round));
}

/** @throws Error that the process reports */
export function measureGrowth(question: MemoryQuestion): Promise<Growth> {
  return measure(question);
}

/** @throws Error that the process reports */
export function measureTradeoff(question: TradeoffQuestion): Promise<Tradeoff> {
  return measure(question);
}

/** In a process of its own: V8's flags of one tier, and the memory of one measurement, do not touch the next. */
function measure<Answer>(question: Question, onPart?: (part: Part) => void): Promise<Answer> {
  const program = new URL('./measuring-process.js', import.meta.url);
  return askOnce({ program, name: 'a measuring process' }, question, onPart);
}
