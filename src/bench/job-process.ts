import { cores, createEngine, enableTier } from 'hw2-engine';
import { type Accuracy, accuracy } from './accuracy.js';
import type { Contender } from './contender.js';
import { hw2Contenders } from './hw2.js';
import type { Growth, Job, JobMessage, Peers } from './job.js';
import { nativePeers } from './peers/native.js';
import { webPeers } from './peers/web.js';
import { randomInputs } from './problem.js';
import { type Race, race } from './race.js';

/** The program of a measuring process: takes one job from its parent, reports to it, and ends. */

const PEERS: Record<Peers, readonly Contender[]> = { none: [], native: nativePeers, web: webPeers };

// The parent is gone, by Ctrl-C for instance.
process.once('disconnect', () => process.exit());

process.once('message', async (job: Job) => {
  try {
    await send({ result: await run(job) });
  } catch (error) {
    await send({ error: error instanceof Error ? error.message : String(error) });
  }
  process.exit();
});

async function run(job: Job): Promise<Race | Growth | Accuracy> {
  const { tier, threads } = job.problem;
  enableTier(tier);
  const engine = await createEngine({ tier, threads: threads === 'default' ? cores() : threads });
  if (job.kind === 'accuracy') return accuracy(engine, job.problem, job.orders, job.sigmas);
  const contenders = [...hw2Contenders(engine), ...PEERS[job.peers]];
  if (job.kind === 'memory') return growth(contenders, job);
  const { problem, only, rounds, seconds } = job;
  return race(engine, only ? contenders.filter(({ name }) => only.includes(name)) : contenders, problem, {
    rounds,
    seconds,
    onRound: (round) => send({ round }),
  });
}

/** Length of the run that loads and compiles what a contender needs, before memory is watched. */
const SMALL = 64;

/** How far the resident memory of this process rises above what it was before the contender got its tensors. */
async function growth(
  contenders: readonly Contender[],
  { problem, contender: name }: Extract<Job, { kind: 'memory' }>,
): Promise<Growth> {
  const contender = contenders.find((candidate) => candidate.name === name)!;
  const solve = async (L: number) => {
    const inputs = randomInputs({ ...problem, L });
    const before = process.memoryUsage.rss();
    const side = await contender.open({ ...problem, L });
    side.load(inputs);
    await side.run();
    return before;
  };
  await solve(SMALL);
  const before = await solve(problem.L);
  // The high-water mark of the whole life of the process, in KiB: an upper bound.
  return { bytes: process.resourceUsage().maxRSS * 1024 - before };
}

function send(message: JobMessage): Promise<void> {
  return new Promise((resolve) => process.send!(message, () => resolve()));
}
