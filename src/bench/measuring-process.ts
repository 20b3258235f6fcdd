/** The program of a measuring process. */
import { cores, createEngine, enableTier } from 'hw2-engine';
import { answerQuestions } from '../processes/answer.js';
import type { Contender } from './contender.js';
import type { DecodingContender } from './decoding/contender.js';
import { hw2Decoding } from './decoding/hw2.js';
import { decodingPeers } from './decoding/peers.js';
import { decodingRace } from './decoding/race.js';
import { hw2Contenders } from './hw2.js';
import { createNative, nativePeers, nativeRulePeers } from './peers/native.js';
import { createWeb, webPeers, webRulePeers } from './peers/web.js';
import { randomInputs } from './problem.js';
import type { Growth, MemoryQuestion, Part, Peers, Question } from './questions.js';
import { race } from './race.js';
import { hw2Rules } from './rules/hw2.js';
import { raceRules } from './rules/race.js';
import { timeTradeoff } from './tradeoff.js';

const PEERS: Record<Peers, readonly Contender[]> = { none: [], native: nativePeers, web: webPeers };
const RULE_PEERS = { none: [], native: nativeRulePeers, web: webRulePeers };

const DECODING_PEERS: Record<Peers, readonly DecodingContender[]> = {
  none: [],
  native: decodingPeers('ort', createNative),
  web: decodingPeers('ort-web', createWeb),
};

/** A step is short: many short turns, so that what slows the machine for a moment slows one turn of each. */
const DECODING_TURN_MS = 2;

answerQuestions(async (question: Question, onPart: (part: Part) => void) => {
  const { tier, threads } = question.problem;
  enableTier(tier);
  const engine = await createEngine({ tier, threads: threads === 'default' ? cores() : threads });
  if (question.kind === 'decoding') {
    const { problem, peers, rounds, seconds } = question;
    const contenders = [...hw2Decoding(engine, problem), ...DECODING_PEERS[peers]];
    return decodingRace(engine, contenders, problem, {
      rounds,
      seconds,
      turn: DECODING_TURN_MS,
      onRound: (round) => onPart({ round }),
    });
  }
  if (question.kind === 'tradeoff') return timeTradeoff(engine, question);
  const take = <C extends { name: string }>(all: readonly C[], only: readonly string[] | undefined) =>
    only ? all.filter(({ name }) => only.includes(name)) : all;
  const onRound = (round: number) => onPart({ round });
  if (question.kind === 'rule') {
    const { problem, only, rounds, seconds } = question;
    const all = [hw2Rules(engine), ...RULE_PEERS[question.peers]];
    return raceRules(engine, take(all, only), problem, { rounds, seconds, onRound });
  }
  const contenders = [...hw2Contenders(engine), ...PEERS[question.peers]];
  if (question.kind === 'memory') return growth(contenders, question);
  const { problem, only, rounds, seconds } = question;
  return race(engine, take(contenders, only), problem, { rounds, seconds, onRound });
});

/** Length of the run that loads and compiles what a contender needs, before memory is watched. */
const SMALL = 64;

/** How far the resident memory of this process rises above what it was before the contender got its tensors. */
async function growth(
  contenders: readonly Contender[],
  { problem, contender: name }: MemoryQuestion,
): Promise<Growth> {
  const contender = contenders.find((candidate) => candidate.name === name)!;
  const solve = async (L: number) => {
    const inputs = randomInputs({ ...problem, L });
    const before = process.memoryUsage.rss();
    const solver = await contender.open({ ...problem, L });
    solver.load(inputs);
    await solver.run();
    return before;
  };
  await solve(SMALL);
  const before = await solve(problem.L);
  // The high-water mark of the whole life of the process, in KiB: an upper bound.
  return { bytes: process.resourceUsage().maxRSS * 1024 - before };
}
