import {
  type Engine,
  EngineTensor,
  type LinearAttentionInputs,
  linearAttention,
  type UpdateRule,
} from 'hw2-engine';
import { DEFAULT_REPEAT } from '../../bench/method.js';
import {
  type RuleInputs,
  type RuleProblem,
  ruleDims,
  ruleFlops,
  ruleInputs,
  ruleTitle,
} from '../../bench/rules/problem.js';
import { ruleError } from '../../bench/rules/race.js';
import { runtimeName } from '../../bench/runtime.js';
import { elementCount } from '../../data/dims.js';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatError,
  formatRough,
  formatSeconds,
} from '../../format/numbers.js';
import { median } from '../../statistics/estimates.js';
import { clearStatus, print, printJson, status } from '../output.js';
import { printTable } from '../table.js';

export interface RuleArguments {
  L: number;
  D: number;
  heads: number;
  rule: UpdateRule;
  decayByKey?: boolean;
  repeat?: number;
  json?: boolean;
}

/** Options of the command that mean nothing to a rule. */
export const NOT_OF_RULES = [
  'kvHeads',
  'batch',
  'order',
  'method',
  'tolerance',
  'causal',
  'scale',
  'sigma',
  'seed',
  'qkv',
  'out',
];

/** Linear attention by a rule on random tensors: time, memory and distance to the same rule in float64. */
export async function runRule(engine: Engine, options: RuleArguments): Promise<void> {
  const { L, D, heads, rule, decayByKey: byKey = false, repeat = DEFAULT_REPEAT, json } = options;
  const problem: RuleProblem = { L, D, heads, rule, byKey, threads: engine.threads, tier: engine.tier };
  const dims = ruleDims(problem);
  const floats = Object.values(dims).reduce((sum, shape) => sum + (shape ? elementCount(shape) : 0), 0);
  engine.memory.require(4 * (floats + L * heads * D));
  status('preparing tensors…');
  const inputs = ruleInputs(problem);
  const placed = Object.fromEntries(
    Object.entries(inputs).map(([name, data]) => {
      const tensor = new EngineTensor(engine, dims[name as keyof RuleInputs]!);
      tensor.data.set(data);
      return [name, tensor];
    }),
  ) as unknown as LinearAttentionInputs;
  const out = new EngineTensor(engine, [1, L, heads * D]);
  const outState = new EngineTensor(engine, dims.pastState!);
  status(`computing ${rule}…`);
  engine.memory.resetPeak();
  const run = async () => {
    const start = performance.now();
    await linearAttention(engine, placed, {
      qNumHeads: heads,
      kvNumHeads: heads,
      updateRule: rule,
      out,
      outState,
    });
    return (performance.now() - start) / 1e3;
  };
  // The first call compiles the kernels' hot loops.
  await run();
  const seconds = [];
  while (seconds.length < repeat) seconds.push(await run());
  const peakMemoryBytes = engine.memory.peak;
  status('comparing with float64…');
  const maxAbsError = ruleError(out.data as Float32Array, problem, inputs);
  const stateBytes = 4 * elementCount(dims.pastState!);
  clearStatus();
  const secondsMedian = median(seconds);
  const gflops = ruleFlops(problem) / secondsMedian / 1e9;
  const result = {
    rule,
    decayByKey: byKey,
    secondsMedian,
    seconds,
    gflops,
    stateBytes,
    peakMemoryBytes,
    maxAbsError,
  };
  if (json) {
    printJson('attention', {
      ...{ runtime: runtimeName(), node: process.version, v8: process.versions.v8 },
      ...{ tier: engine.tier, threads: engine.threads },
      sizes: { tokens: L, heads, keyDim: D, valueDim: D },
      results: [result],
    });
    return;
  }
  print(
    `random tensors, keys of length 1: ${formatCounted(L, 'token')}, ${formatCounted(heads, 'head')}, D ${D}`,
  );
  print(`tier ${engine.tier}, ${formatCounted(engine.threads, 'thread')}\n`);
  printTable(
    ['rule', 'tokens', 'D', 'state', 'time', 'a token', 'GFLOP/s', 'memory', 'error'],
    [
      [
        ruleTitle(problem),
        formatCount(L),
        `${D}`,
        formatBytes(stateBytes),
        formatSeconds(secondsMedian),
        formatSeconds(secondsMedian / L),
        formatRough(gflops, 3),
        formatBytes(peakMemoryBytes),
        formatError(maxAbsError),
      ],
    ],
  );
  print(
    '\ntime: median; error: largest distance to the same rule in float64, token by token; state: of all heads.',
  );
}
