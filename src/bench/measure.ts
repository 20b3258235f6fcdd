import type { Accuracy } from './accuracy.js';
import { measureAccuracy, measureGrowth, runRace } from './job.js';
import type { Plan } from './plan.js';
import type { Problem } from './problem.js';
import type { Race } from './race.js';

/** What carrying out a plan found. */
export interface Findings {
  races: Race[];
  accuracy: Accuracy[];
  memory: { problem: Problem; contender: string; bytes?: number; reason?: string }[];
}

/** Measures what a plan asks for, one thing after the other. @param progress told what is being measured */
export async function measure(plan: Plan, progress: (text: string) => void): Promise<Findings> {
  const findings: Findings = { races: [], accuracy: [], memory: [] };
  const total = plan.races.length + plan.accuracy.length + plan.memory.length;
  let done = 0;
  const report = (text: string) => progress(`${done} of ${total} measured; ${text}`);
  for (const job of plan.races) {
    const { L, D, tier, threads: count, isCausal } = job.problem;
    const name = `L ${L}, D ${D}, ${isCausal ? 'causal' : 'dense'}, threads ${count}, ${tier}`;
    report(name);
    findings.races.push(await runRace(job, (round) => report(`${name}, round ${round + 1}`)));
    done++;
  }
  for (const job of plan.accuracy) {
    report('distance to softmax');
    findings.accuracy.push(await measureAccuracy(job));
    done++;
  }
  for (const job of plan.memory) {
    const { problem, contender } = job;
    report(`memory of ${contender}`);
    const outcome = await measureGrowth(job).catch((error: Error) => ({ reason: error.message }));
    findings.memory.push({ problem, contender, ...outcome });
    done++;
  }
  return findings;
}
