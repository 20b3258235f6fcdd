import { createEngine, featureDim, type Tier } from 'hw2-engine';
import { type Findings, measurePlan } from '../../bench/measure.js';
import { NATIVE, OURS } from '../../bench/names.js';
import type { Plan } from '../../bench/plan.js';
import type { Problem } from '../../bench/problem.js';
import type { Peers } from '../../bench/questions.js';
import { BASE, EXPANSIONS, SIGMAS } from '../../bench/settings.js';
import { type Frontier, tokenFrontier } from './frontier.js';
import { type Matrices, soundMatrices } from './matrices.js';
import { type WeightErrors, weightErrors } from './weights.js';

/** Question 1, measured. */
export interface AttentionFindings extends Findings {
  weights: WeightErrors;
  matrices: Matrices;
  frontier: Frontier;
}

/** What the sections speak of. */
export const HEAD_DIMS = [16, 32, 64];
export const HEAD_DIM = 64;
export const ORDERS = [1, 2, 3, 4];
/** At 80 mel bins the state of order 4 would take more than a gigabyte. */
const MATRIX_ORDERS = [1, 2, 3];

/** Rounds of a race, and seconds of them, at least. */
const QUICK = { rounds: 8, seconds: 0.3 };
const WHOLE = { rounds: 10, seconds: 2 };
/** Keeps the whole matrix of scores, and at greater lengths more of them than small machines can. */
const MATERIALISING = NATIVE.decomposed;
const USUAL = { ...BASE, D: HEAD_DIM, threads: 1 } as const;

export async function measureAttention(
  options: { tier: Tier; threads: number; quick: boolean; sentences: string },
  progress: (text: string) => void,
): Promise<AttentionFindings> {
  const findings = await measurePlan(attentionPlan(options), progress);
  progress('attention matrices of a sentence');
  const engine = await createEngine({ tier: options.tier });
  const matrices = await soundMatrices(engine, options.sentences, MATRIX_ORDERS);
  progress('time against distance to softmax');
  const frontier = await tokenFrontier(engine);
  await engine.dispose();
  const weights = weightErrors({ L: 1024, D: HEAD_DIM }, ORDERS, SIGMAS);
  return { ...findings, weights, matrices, frontier };
}

/**
 * Races with native contenders at one head dimension; of our own around the expected crossover of each; memory; tradeoffs.
 */
function attentionPlan({ tier, threads, quick }: { tier: Tier; threads: number; quick: boolean }): Plan {
  const race = (problem: Partial<Problem> & { L: number }, peers: Peers): Plan['races'][0] => ({
    ...{ kind: 'race', problem: { ...USUAL, tier, ...problem }, peers },
    ...(quick ? QUICK : WHOLE),
  });
  const lengths = quick ? [512, 1024, 2048, 4096] : [256, 512, 1024, 2048, 4096, 8192];
  const around = quick ? [1 / 2, 1, 2] : [1 / 4, 1 / 2, 1, 2, 4];
  const crossings = HEAD_DIMS.flatMap((D) =>
    [false, true].flatMap((isCausal) => {
      if (D === HEAD_DIM && !isCausal) return [];
      const expected = (isCausal ? 2 : 1) * featureDim(D, BASE.order);
      return around.map((factor) => ({ D, isCausal, L: 16 * Math.round((expected * factor) / 16) }));
    }),
  );
  // The length at which growth in the size of the state is looked at.
  const others = HEAD_DIMS.filter((D) => D !== HEAD_DIM).map((D) => ({ D, L: 2048 }));
  const memory = [OURS.exact, OURS.taylor, NATIVE.fused, MATERIALISING].flatMap((contender) =>
    (quick ? [2048, 4096, 8192] : [2048, 4096, 8192, 16384])
      .filter((L) => contender !== MATERIALISING || L <= 8192)
      .map((L): Plan['memory'][0] => ({
        ...{ kind: 'memory', problem: { ...USUAL, L, tier }, peers: 'native', contender },
      })),
  );
  return {
    races: [
      ...lengths.map((L) => race({ L }, 'native')),
      race({ L: 2048, isCausal: true }, 'native'),
      ...(threads > 1 ? [race({ L: 2048, threads }, 'native')] : []),
      ...[...crossings, ...others].map((problem) => race(problem, 'none')),
    ],
    tradeoffs: [
      {
        ...{ kind: 'tradeoff', problem: { ...USUAL, L: 1024, tier }, sigmas: SIGMAS, expansions: EXPANSIONS },
        orders: quick ? ORDERS.slice(0, 3) : ORDERS,
      },
    ],
    memory,
  };
}
