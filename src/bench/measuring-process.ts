import { cores, createEngine, enableTier } from 'hw2-engine';
import { answerQuestions } from '../processes/answer.js';
import type { Contender } from './contender.js';
import { hw2Contenders } from './hw2.js';
import { nativePeers } from './peers/native.js';
import { webPeers } from './peers/web.js';
import { randomInputs } from './problem.js';
import type { Growth, MemoryQuestion, Part, Peers, Question } from './questions.js';
import { race } from './race.js';
import { timeTradeoff } from './tradeoff.js';

/** The program of a measuring process. */

const PEERS: Record<Peers, readonly Contender[]> = { none: [], native: nativePeers, web: webPeers };

answerQuestions(async (question: Question, onPart: (part: Part) => void) => {
  const { tier, threads } = question.problem;
  enableTier(tier);
  const engine = await createEngine({ tier, threads: threads === 'default' ? cores() : threads });
  if (question.kind === 'tradeoff') return timeTradeoff(engine, question);
  const contenders = [...hw2Contenders(engine), ...PEERS[question.peers]];
  if (question.kind === 'memory') return growth(contenders, question);
  const { problem, only, rounds, seconds } = question;
  return race(engine, only ? contenders.filter(({ name }) => only.includes(name)) : contenders, problem, {
    rounds,
    seconds,
    onRound: (round) => onPart({ round }),
  });
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
