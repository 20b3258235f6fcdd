import type { Plan } from '../../bench/plan.js';
import type { Stage } from '../task.js';
import { numbered } from './parts.js';

/** Measurements, one task each: machines that take them do nothing else meanwhile. */
export interface BenchRun {
  plan: Plan;
}

export function benchStages({ plan }: BenchRun, folder: string): Stage[] {
  const nothing: Plan = { races: [], tradeoffs: [], memory: [] };
  const plans = [
    ...plan.races.map((race) => ({ ...nothing, races: [race] })),
    ...(plan.decoding ?? []).map((question) => ({ ...nothing, decoding: [question] })),
    ...plan.tradeoffs.map((question) => ({ ...nothing, tradeoffs: [question] })),
    ...plan.memory.map((question) => ({ ...nothing, memory: [question] })),
  ];
  return [
    plans.map((part, i) => ({
      name: `bench-${numbered(i)}`,
      input: { kind: 'bench', plan: part },
      output: `${folder}/output/${numbered(i)}.json`,
      children: [],
    })),
  ];
}
