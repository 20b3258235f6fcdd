/** Runs one race after the other, as the measuring processes of `hw2 bench` do. */

import { createEngine, type Engine, type Tier } from 'hw2-engine';
import type { Contender } from '#hw2/bench/contender.js';
import { hw2Contenders } from '#hw2/bench/hw2.js';
import { type Race, race } from '#hw2/bench/race.js';
import { answerWith } from '../remote.js';
import type { Question } from './question.js';

const ROUNDS = { rounds: 7, seconds: 0.5 };
/** Every engine's memory is reserved as a whole. */
const MEMORY_LIMIT = 2 ** 30;

const engines = new Map<Tier, Promise<Engine>>();

answerWith(async ({ problem, tiers, peers }: Question, onShare: (share: number) => void): Promise<Race> => {
  const contenders: Contender[] = [];
  for (const tier of tiers) {
    const engine = await engineOf(tier, Number(problem.threads));
    const suffix = tiers.length > 1 ? `, ${tier}` : '';
    for (const contender of hw2Contenders(engine))
      contenders.push({ ...contender, name: contender.name + suffix });
  }
  if (peers) contenders.push(...(await webPeers()));
  const onRound = (round: number) => onShare(Math.min(1, round / ROUNDS.rounds));
  return race(await engines.get(tiers[0]!)!, contenders, problem, { ...ROUNDS, onRound });
});

function engineOf(tier: Tier, threads: number): Promise<Engine> {
  const engine = engines.get(tier) ?? createEngine({ tier, threads, memoryLimit: MEMORY_LIMIT });
  engines.set(tier, engine);
  return engine;
}

/** Loaded where asked for: with ONNX Runtime come the means to write its graphs. */
async function webPeers(): Promise<readonly Contender[]> {
  const [{ onnxPeers }, { Session }] = await Promise.all([
    import('#hw2/bench/peers/onnx-peers.js'),
    import('#hw2/onnx/session.js'),
  ]);
  return onnxPeers('ort-web', (model, { threads }) => Session.create(model, { threads }));
}
