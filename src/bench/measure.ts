import { formatCount, formatCounted } from '../format/numbers.js';
import type { DecodingRace } from './decoding/race.js';
import { describeCache } from './decoding/summary.js';
import type { Plan } from './plan.js';
import type { Problem } from './problem.js';
import {
  measureDecoding,
  measureGrowth,
  measureRace,
  measureRule,
  measureTradeoff,
  type RuleQuestion,
} from './questions.js';
import type { Race } from './race.js';
import { type RuleRace, ruleTitle } from './rules/problem.js';
import type { Tradeoff } from './tradeoff.js';

/** What carrying out a plan found. */
export interface Findings {
  decoding?: DecodingRace[];
  races: Race[];
  tradeoffs: Tradeoff[];
  memory: { problem: Problem; contender: string; bytes?: number; reason?: string }[];
}

/** Measures what a plan asks for, one thing after the other. @param progress told what is being measured */
export async function measurePlan(plan: Plan, progress: (text: string) => void): Promise<Findings> {
  const findings: Findings = { races: [], ...(plan.decoding && { decoding: [] }), tradeoffs: [], memory: [] };
  const total = plan.races.length + (plan.decoding?.length ?? 0) + plan.tradeoffs.length + plan.memory.length;
  let done = 0;
  const report = (text: string) => progress(`${done} of ${total} measured; ${text}`);
  for (const question of plan.races) {
    const { L, D, tier, threads: count, isCausal } = question.problem;
    const name = `L ${formatCount(L)}, D ${D}, ${isCausal ? 'causal' : 'dense'}, ${formatCounted(count, 'thread')}, ${tier}`;
    report(name);
    findings.races.push(await measureRace(question, (round) => report(`${name}, round ${round + 1}`)));
    done++;
  }
  for (const question of plan.decoding ?? []) {
    const { threads: count, tier, ...cache } = question.problem;
    const name = `decoding, ${describeCache(cache)}, ${formatCounted(count, 'thread')}, ${tier}`;
    report(name);
    findings.decoding!.push(
      await measureDecoding(question, (round) => report(`${name}, round ${round + 1}`)),
    );
    done++;
  }
  for (const question of plan.tradeoffs) {
    report('distance to softmax');
    findings.tradeoffs.push(await measureTradeoff(question));
    done++;
  }
  for (const question of plan.memory) {
    const { problem, contender } = question;
    report(`memory of ${contender}`);
    const outcome = await measureGrowth(question).catch((error: Error) => ({ reason: error.message }));
    findings.memory.push({ problem, contender, ...outcome });
    done++;
  }
  return findings;
}

/** Measures races of rules, one after the other. @param progress told what is being measured */
export async function measureRules(
  questions: readonly RuleQuestion[],
  progress: (text: string) => void,
): Promise<RuleRace[]> {
  const races: RuleRace[] = [];
  for (const question of questions) {
    const { L, heads, threads } = question.problem;
    const name = `${ruleTitle(question.problem)}, ${formatCount(L)} tokens, ${heads} heads, ${formatCounted(threads, 'thread')}`;
    const report = (text: string) => progress(`${races.length} of ${questions.length} measured; ${text}`);
    report(name);
    races.push(await measureRule(question, (round) => report(`${name}, round ${round + 1}`)));
  }
  return races;
}
