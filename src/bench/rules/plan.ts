import type { Tier, UpdateRule } from 'hw2-engine';
import type { Peers, RuleQuestion } from '../questions.js';
import { OUR_RULES } from './hw2.js';
import { ruleOperators } from './onnx.js';
import type { RuleProblem } from './problem.js';

const ROUNDS = { rounds: 8, seconds: 0.3 };
/** Dimension of keys and values in the models that have this operator. */
const DIM = 128;
const LENGTHS = [1, 64, 1024, 8192];
const HEADS = [4, 16];
/** Up to this length the operator of the standard, which is ten times as slow as the other, takes part. */
const LONGEST_STANDARD = 64;

const VARIANTS: readonly Pick<RuleProblem, 'rule' | 'byKey'>[] = [
  ...(['linear', 'gated', 'delta', 'gated_delta'] as const).map((rule) => ({ rule, byKey: false })),
  ...(['gated', 'gated_delta'] as const).map((rule) => ({ rule, byKey: true })),
];

export interface RuleSettings {
  L?: readonly number[] | undefined;
  D?: readonly number[] | undefined;
  heads?: readonly number[] | undefined;
  threads?: readonly (number | 'default')[] | undefined;
}

/**
 * Every rule at the lengths of decoding, of short and of long prompts, on one thread; with all of them, four heads of a token
 * and of long prompts too, unless the settings say otherwise.
 */
export function rulePlan(tier: Tier, cores: number, peers: Peers, settings: RuleSettings): RuleQuestion[] {
  const { L = LENGTHS, D = [DIM], heads = HEADS, threads } = settings;
  const problems = (lengths: readonly number[], counts: readonly number[], thread: number | 'default') =>
    lengths.flatMap((length) =>
      D.flatMap((dim) =>
        counts.flatMap((count) =>
          VARIANTS.map((variant) => ({ L: length, D: dim, heads: count, ...variant, threads: thread, tier })),
        ),
      ),
    );
  const all =
    threads === undefined
      ? [
          ...problems(L, heads, 1),
          ...(cores > 1
            ? problems(
                L.filter((length) => length === 1 || length > LONGEST_STANDARD),
                heads.slice(0, 1),
                cores,
              )
            : []),
        ]
      : threads.flatMap((thread) => problems(L, heads, thread));
  return all.map((problem) => ({
    kind: 'rule',
    problem,
    peers,
    ...withoutStandard(problem.L, peers),
    ...ROUNDS,
  }));
}

function withoutStandard(length: number, peers: Peers): { only?: string[] } {
  if (peers === 'none' || length <= LONGEST_STANDARD) return {};
  return { only: [OUR_RULES, ruleOperators(peers === 'native' ? 'ort' : 'ort-web').contributed] };
}

export const RULES_IN_TABLES: readonly { rule: UpdateRule; byKey: boolean }[] = VARIANTS;
