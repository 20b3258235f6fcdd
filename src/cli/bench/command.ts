import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { cores, MAX_HEAD_DIM, MAX_ORDER, TIERS, type Tier } from 'hw2-engine';
import { groupRaces, timeChart, tradeoffChart } from '../../bench/charts.js';
import { decodingPlan } from '../../bench/decoding/plan.js';
import { decodingMarkdown } from '../../bench/decoding/summary.js';
import { describe, racesToCsv, racesToMarkdown } from '../../bench/formats.js';
import { type Findings, measurePlan, measureRules } from '../../bench/measure.js';
import { fullPlan, type Plan, quickPlan, sweepPlan } from '../../bench/plan.js';
import type { Peers } from '../../bench/questions.js';
import { describeMachine, type Machine, readRaces, saveRecords } from '../../bench/record.js';
import { rulesToMarkdown } from '../../bench/rules/formats.js';
import { rulePlan } from '../../bench/rules/plan.js';
import { withRatios } from '../../bench/summary.js';
import { parseSweep } from '../../bench/sweep.js';
import { checkWritable, writeSet } from '../../data/write.js';
import { formatCounted } from '../../format/numbers.js';
import { outputPath } from '../arguments.js';
import { bestTier } from '../engine-options.js';
import { clearStatus, note, print, printJson, status } from '../output.js';

/** What is measured; see planFor. */
export interface PlanArguments {
  L?: number[];
  D?: number[];
  heads?: number[];
  order?: number[];
  threads?: (number | 'default')[];
  tier?: Tier[];
  causal?: boolean;
  peers: Peers;
  full?: boolean;
  decode?: boolean;
}

interface Arguments extends PlanArguments {
  recurrent?: boolean;
  json?: boolean;
  csv?: boolean;
  markdown?: boolean;
  save?: string;
  baseline?: string;
  plot?: string;
}

export function define(command: Command): void {
  addPlanOptions(command)
    .addOption(
      new Option(
        '--recurrent',
        'linear attention by the rules of the ONNX operator LinearAttention',
      ).conflicts(['order', 'causal', 'full', 'csv', 'save', 'baseline', 'plot']),
    )
    .addOption(new Option('--json', 'print JSON').conflicts(['csv', 'markdown']))
    .addOption(new Option('--csv', 'print CSV').conflicts('markdown'))
    .option('--markdown', 'print a table for a document')
    .option('--save <folder>', 'write a record of each comparison', outputPath)
    .option('--baseline <file>', 'compare with what --json or --save wrote before')
    .option('--plot <folder>', 'write charts as SVG', outputPath)
    .addHelpText(
      'before',
      `Examples:
  hw2 bench                             a first look, in under two minutes
  hw2 bench --L 256-16384*2 --D 32,64 --causal
  hw2 bench --threads 1,2,default --tier simd,relaxed --csv
  hw2 bench --peers web --L 1024
  hw2 bench --recurrent --L 1,1024      rules of linear attention
  hw2 bench --decode                    a step of generation
`,
    )
    .action(run);
}

/** What is measured: the same here and by workers of a cluster. */
export function addPlanOptions(command: Command): Command {
  return command
    .option('--L <list>', 'sequence lengths, such as 256,1024 or 256-16384*2', sweep(2 ** 26))
    .option('--D <list>', 'head dimensions', sweep(MAX_HEAD_DIM))
    .option('--heads <list>', 'heads', sweep(1024))
    .option('--order <list>', 'orders of linear attention', sweep(MAX_ORDER))
    .option('--threads <list>', 'threads of every contender, or default: as each comes', threads)
    .option('--tier <list>', 'simd, relaxed, wide (default: the fastest here)', tiers)
    .option('--causal', 'a query sees no later key')
    .addOption(
      new Option('--peers <which>', 'who else runs').choices(['native', 'web', 'none']).default('native'),
    )
    .addOption(
      new Option('--full', 'measure everything, for the record').conflicts(['L', 'D', 'heads', 'order']),
    )
    .addOption(
      new Option(
        '--decode',
        'one query a head against caches of several lengths, on one thread and two',
      ).conflicts([
        ...['L', 'D', 'heads', 'order', 'causal', 'full', 'recurrent', 'csv', 'save', 'baseline', 'plot'],
      ]),
    );
}

async function run(args: Arguments): Promise<void> {
  if (args.recurrent) return runRules(args);
  const baseline = args.baseline === undefined ? [] : await readRaces(args.baseline);
  for (const folder of [args.save, args.plot])
    if (folder !== undefined) await checkWritable(join(folder, 'record.json'));
  const machine = await describeMachine();
  const findings = await measurePlan(planFor(args), status);
  clearStatus();
  const { races, tradeoffs, decoding } = findings;
  if (args.save !== undefined) {
    const files = await saveRecords(args.save, machine, races);
    note(`Wrote ${formatCounted(files.length, 'record')} to ${args.save}`);
  }
  if (args.plot !== undefined) await writeCharts(args.plot, machine, findings);
  if (args.json)
    printJson(
      'bench',
      {
        machine,
        races: races.map(withRatios),
        tradeoffs,
        memory: findings.memory,
        ...(decoding && { decoding }),
      },
      2,
    );
  else if (args.csv) process.stdout.write(racesToCsv(races));
  else if (args.markdown && args.decode) print(`${describe(machine)}\n\n${decodingMarkdown(decoding ?? [])}`);
  else if (args.markdown) print(racesToMarkdown(machine, races));
  else {
    print(describe(machine));
    print(
      `Contenders run by turns on the same tensors; idle threads of ONNX Runtime do not spin, unless at defaults.
${args.decode ? 'of reading: speed over that of a loop that reads as many bytes; hw2 exact is: how many times as fast.' : 'of roof: speed over that of multiply-adds on registers alone in the tier of hw2, above which native code with wider vectors can be; hw2 is: how many times as fast, at the same attention.'}${baseline.length > 0 ? '\nof before: time as a multiple of that in the baseline, on whatever machine that was.' : ''}`,
    );
    const { printFindings } = await import('./print.js');
    printFindings(findings, baseline);
  }
}

async function runRules({ tier, peers, json, markdown, ...settings }: Arguments): Promise<void> {
  const machine = await describeMachine();
  const plan = (tier ?? [bestTier()]).flatMap((one) => rulePlan(one, cores(), peers, settings));
  const rules = await measureRules(plan, status);
  clearStatus();
  if (json) printJson('bench', { machine, races: [], tradeoffs: [], memory: [], rules }, 2);
  else if (markdown) print(rulesToMarkdown(machine, rules));
  else {
    print(describe(machine));
    print(
      `Contenders run by turns on the same tensors; idle threads of ONNX Runtime do not spin, unless at defaults.
GFLOP/s and of roof count the operations of the rule itself; hw2 is: how many times as fast.`,
    );
    const { printRules } = await import('./print-rules.js');
    printRules(rules);
  }
}

export function planFor(args: PlanArguments): Plan {
  const { L, D, heads, order, threads: counts, tier, causal = false, peers } = args;
  const best = bestTier();
  if (args.decode) {
    const threadCounts = (counts ?? [1, 2]).map((count) => (count === 'default' ? cores() : count));
    const decoding = (tier ?? [best]).flatMap((one) => decodingPlan(one, threadCounts, peers));
    return { races: [], decoding, tradeoffs: [], memory: [] };
  }
  if (args.full) return joinPlans((tier ?? [best]).map((one) => fullPlan(one, cores(), peers)));
  if (!L && !D && !heads && !order && !counts && !causal) {
    return joinPlans((tier ?? [best]).map((one) => quickPlan(one, cores(), peers)));
  }
  const all = { L: L ?? [4096], D: D ?? [64], heads: heads ?? [1], order: order ?? [2] };
  return sweepPlan({ tier: tier ?? [best], threads: counts ?? [1], isCausal: [causal], ...all }, peers);
}

function joinPlans(plans: readonly Plan[]): Plan {
  return {
    races: plans.flatMap(({ races }) => races),
    tradeoffs: plans.flatMap(({ tradeoffs }) => tradeoffs),
    memory: plans.flatMap(({ memory }) => memory),
  };
}

async function writeCharts(folder: string, machine: Machine, { races, tradeoffs }: Findings): Promise<void> {
  // The packages that draw take longer to load than all the rest, so they are loaded when there is something to draw.
  const { chartSvg } = await import('../../charts/svg.js');
  const charts = [
    ...[...groupRaces(races)]
      .filter(([, group]) => group.length > 1)
      .map(([name, group]) => timeChart(name, group)),
    ...tradeoffs.map(tradeoffChart),
  ];
  const files = charts.map((chart) => ({
    path: join(folder, `${chart.title!.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.svg`),
    contents: chartSvg({ ...chart, source: `hw2 bench on ${describe(machine)}` }),
  }));
  await writeSet(files);
  for (const { path } of files) note(`Wrote ${path}`);
}

function sweep(most: number): (text: string) => number[] {
  return (text) => {
    let numbers: number[];
    try {
      numbers = parseSweep(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
    if (numbers.at(-1)! > most) throw new InvalidArgumentError(`Expected numbers up to ${most}.`);
    return numbers;
  };
}

function threads(text: string): (number | 'default')[] {
  const names = text.split(',').map((name) => name.trim());
  const numbers = names.filter((name) => name !== 'default');
  const counts = numbers.length === 0 ? [] : sweep(256)(numbers.join(','));
  return names.includes('default') ? [...counts, 'default'] : counts;
}

function tiers(text: string): Tier[] {
  const names = text.split(',').map((name) => name.trim() as Tier);
  if (!names.every((name) => TIERS.includes(name))) {
    throw new InvalidArgumentError(`Expected a list of ${TIERS.join(', ')}.`);
  }
  return names;
}
