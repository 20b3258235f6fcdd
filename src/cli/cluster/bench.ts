import type { Command } from 'commander';
import { describe } from '../../bench/formats.js';
import type { Findings } from '../../bench/measure.js';
import type { Machine } from '../../bench/record.js';
import { readResult } from '../../cluster/tasks/objects.js';
import { addPlanOptions, type PlanArguments, planFor } from '../bench/command.js';
import { print } from '../output.js';
import { addRunOptions, carryOut, printSummary, type RunArguments } from './run.js';

export function register(run: Command): void {
  const command = run
    .command('bench')
    .description('The measurements of hw2 bench, by workers with --bench, or here one at a time.');
  addRunOptions(addPlanOptions(command))
    .addHelpText(
      'before',
      'Examples:\n  hw2 cluster run bench --full --queue redis://host --store /shared/bench\n',
    )
    .action(bench);
}

async function bench(args: PlanArguments & RunArguments): Promise<void> {
  // Measurements share a machine with nothing, least of all with one another.
  const { store, summary } = await carryOut(
    { ...args, concurrency: 1 },
    { kind: 'bench', plan: planFor(args) },
  );
  const parts: { machine: Machine; findings: Findings }[] = [];
  for (const name of summary.outputs) parts.push(await readResult(store, name));
  if (!args.json) {
    const { printFindings } = await import('../bench/print.js');
    for (const [machine, findings] of byMachine(parts)) {
      print(`\n${machine}`);
      printFindings(findings, []);
    }
  }
  printSummary(summary, args.json, { parts });
}

/** What was found on each machine: times of one say nothing of another's. */
function byMachine(parts: readonly { machine: Machine; findings: Findings }[]): Map<string, Findings> {
  const machines = new Map<string, Findings>();
  for (const { machine, findings } of parts) {
    const name = describe(machine);
    const all = machines.get(name);
    if (!all) machines.set(name, findings);
    else {
      all.races.push(...findings.races);
      all.tradeoffs.push(...findings.tradeoffs);
      all.memory.push(...findings.memory);
      if (findings.decoding) all.decoding = [...(all.decoding ?? []), ...findings.decoding];
    }
  }
  return machines;
}
