import { type Command, Option } from 'commander';
import {
  type AttentionCall,
  type Choice,
  calibrate,
  checkCall,
  checkExpansion,
  checkState,
  checkTaylor,
  chooseMethod,
  type Engine,
  exactFlops,
  expansionOf,
  hasDecay,
  MAX_CENTROIDS,
  MAX_HEAD_DIM,
  MAX_ORDER,
  type Method,
  UPDATE_RULES,
  type UpdateRule,
} from 'hw2-engine';
import { type Measurement, measureMethod } from '../../bench/method.js';
import type { PlacedInputs } from '../../bench/placed.js';
import { checkWritable } from '../../data/write.js';
import { writeArrays } from '../../data/write-arrays.js';
import { formatSeconds } from '../../format/numbers.js';
import { numberAbove, wholeNumber } from '../arguments.js';
import { addEngineOptions, type EngineArguments, startEngine } from '../engine-options.js';
import { checked, UsageError } from '../misuse.js';
import { clearStatus, note, status } from '../output.js';
import { showCaches } from './cache.js';
import { showFrontier } from './frontier.js';
import { fileInputs, randomTensors } from './inputs.js';
import { printReport, printReportJson } from './print.js';
import { NOT_OF_RULES, runRule } from './rule.js';

interface Arguments extends EngineArguments {
  L: number;
  D: number;
  heads: number;
  kvHeads?: number;
  batch: number;
  order?: number;
  centroids?: number;
  near?: number;
  frontier?: boolean;
  method: Method | 'auto' | 'both';
  tolerance: number;
  causal?: boolean;
  scale?: number;
  sigma: number;
  seed: number;
  repeat?: number;
  cache?: number;
  qkv?: string;
  out?: string;
  json?: boolean;
  rule?: UpdateRule;
  decayByKey?: boolean;
}

/** Exact attention that would take longer than this is announced. */
const LONG_SECONDS = 30;
/** A cautious guess, for the announcement only. */
const GUESSED_FLOPS = 4e10;

export function define(command: Command): void {
  command
    .option('--L <n>', 'sequence length', wholeNumber(1, 2 ** 26), 4096)
    .option('--D <n>', 'head dimension', wholeNumber(1, MAX_HEAD_DIM), 64)
    .option('--heads <n>', 'heads of the query', wholeNumber(1), 1)
    .option('--kv-heads <n>', 'heads of key and value (default: as --heads)', wholeNumber(1))
    .option('--batch <n>', 'batch size', wholeNumber(1), 1)
    .option(
      '--order <k>',
      'order of the Taylor series (default: 2, with centroids 1)',
      wholeNumber(0, MAX_ORDER),
    )
    .option(
      '--centroids <n>',
      'centroids of the keys, each with a series of order 0 to 2',
      wholeNumber(1, MAX_CENTROIDS),
    )
    .option(
      '--near <share>',
      'share of the keys that a query takes one by one',
      numberAbove(-Number.MIN_VALUE, 1),
    )
    .addOption(
      new Option('--method <name>', 'what to compute')
        .choices(['exact', 'taylor', 'auto', 'both'])
        .default('both'),
    )
    .addOption(
      new Option('--frontier', 'time against distance to softmax, of every way').conflicts([
        'order',
        'centroids',
        'near',
        'method',
        'tolerance',
        'causal',
        'out',
      ]),
    )
    .option('--tolerance <x>', 'auto: largest relative distance to softmax', numberAbove(0), 0.01)
    .option('--causal', 'a query sees no later key')
    .option('--scale <x>', 'factor of the scores (default: 1/√D)', numberAbove(Number.NEGATIVE_INFINITY))
    .option('--sigma <x>', 'standard deviation of the random scores', numberAbove(0), 0.5)
    .option('--seed <n>', 'seed of the random tensors', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--repeat <n>', 'timed runs (default: 5, or 1 of over 3 s)', wholeNumber(1, 1000))
    .addOption(
      new Option('--cache <n>', 'one step of decoding against so many keys in a cache, of each type')
        .argParser(wholeNumber(2, 2 ** 24))
        .conflicts([
          'L',
          'qkv',
          'out',
          'order',
          'centroids',
          'near',
          'method',
          'batch',
          'tolerance',
          'causal',
          'scale',
          'sigma',
          'seed',
        ]),
    )
    .option('--qkv <file>', 'tensors q, k, v of a .npz, .npy or .safetensors file instead of random ones')
    .option('--out <file>', 'write the outputs to a .npy or .npz file')
    .addOption(
      new Option('--rule <name>', 'linear attention whose state changes by a rule, instead')
        .choices(UPDATE_RULES)
        .conflicts(NOT_OF_RULES),
    )
    .addOption(new Option('--decay-by-key', 'rules with decay: one for each dimension of the key'))
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      'Examples:\n  hw2 attention --L 4096\n  hw2 attention --L 16384 --D 16 --sigma 0.1 --method auto\n  hw2 attention --L 65536 --D 32 --method taylor --causal\n  hw2 attention --qkv tensors.npz --centroids 32 --order 1\n  hw2 attention --qkv tensors.npz --method auto --tolerance 0.02\n  hw2 attention --qkv tensors.npz --frontier\n  hw2 attention --cache 4096 --heads 32 --kv-heads 8 --D 128\n  hw2 attention --qkv tensors.npz --out outputs.npz\n  hw2 attention --rule gated_delta --L 8192 --D 128 --heads 4\n',
    );
  addEngineOptions(command).action(run);
}

async function run(options: Arguments, command: Command): Promise<void> {
  checkOptions(options, command);
  if (options.out !== undefined) await checkWritable(options.out);
  const engine = await startEngine(options);
  try {
    if (options.rule !== undefined) return await runRule(engine, { ...options, rule: options.rule });
    if (options.cache !== undefined) {
      status('taking steps…');
      const { D, heads, kvHeads = heads, cache: keys } = options;
      const { tier, threads } = engine;
      await showCaches(engine, { keys, heads, kvHeads, D, threads, tier }, options);
      return;
    }
    const { inputs, call } = await prepare(engine, options);
    if (options.frontier) return await showFrontier(engine, inputs, call, options.json);
    const choice = options.method === 'auto' ? await choose(engine, inputs, options) : undefined;
    const methods: Method[] =
      options.method === 'both' ? ['exact', 'taylor'] : [choice?.method ?? (options.method as Method)];
    const { centroids = 1, near = 0, order = orderOf(options) } = choice ?? options;
    announce(methods, call, engine.threads);
    const results: Measurement[] = [];
    for (const method of methods) {
      status(`computing ${method} attention…`);
      results.push(
        await measureMethod(engine, method, inputs, call, { order, centroids, near, repeat: options.repeat }),
      );
    }
    clearStatus();
    if (options.out) await writeOutputs(options.out, results);
    const source = options.qkv ?? { sigma: options.sigma, seed: options.seed };
    const report = { engine, source, call, results, ...(choice && { choice }) };
    if (options.json) printReportJson(report);
    else printReport(report);
  } finally {
    await engine.dispose();
  }
}

/** Options that shape random tensors mean nothing for those of a file. */
const RANDOM = ['L', 'D', 'heads', 'kvHeads', 'batch', 'sigma', 'seed'];

function checkOptions(
  { heads, kvHeads, out, method, qkv, rule, decayByKey }: Arguments,
  command: Command,
): void {
  if (decayByKey && (rule === undefined || !hasDecay(rule))) {
    throw new UsageError(`--decay-by-key: needs --rule gated or gated_delta, ${rule ?? 'none'} was given`);
  }
  const given = RANDOM.find((name) => command.getOptionValueSource(name) === 'cli');
  if (qkv !== undefined && given) {
    throw new UsageError(
      `--${given === 'kvHeads' ? 'kv-heads' : given}: the tensors of --qkv have their own`,
    );
  }
  if (heads % (kvHeads ?? heads) !== 0) {
    throw new UsageError(`--kv-heads: given ${kvHeads}, expected a divisor of --heads ${heads}`);
  }
  if (out === undefined) return;
  if (!/\.(npy|npz)$/.test(out)) {
    throw new UsageError(`--out: given ${out}, expected a name that ends in .npy or .npz`);
  }
  if (method === 'both' && out.endsWith('.npy')) {
    throw new UsageError('--out: a .npy file holds one array; choose a --method, or a .npz file');
  }
}

/** Order 2 about the mean key, order 1 about centroids, unless one was asked for. */
function orderOf({ order, centroids = 1, near = 0 }: Arguments): number {
  return order ?? (centroids > 1 || near > 0 ? 1 : 2);
}

async function prepare(
  engine: Engine,
  options: Arguments,
): Promise<{ inputs: PlacedInputs; call: AttentionCall }> {
  const { L, D, heads, kvHeads = heads, batch, causal: isCausal, scale, centroids, near, method } = options;
  const order = orderOf(options);
  const expansion = method === 'exact' ? undefined : checked(() => expansionOf({ order, centroids, near }));
  status('preparing tensors…');
  if (options.qkv === undefined && method !== 'exact' && !expansion)
    checked(() => checkState(batch * kvHeads, D, D, order));
  const inputs =
    options.qkv === undefined
      ? randomTensors(engine, { L, D, heads, kvHeads, batch, sigma: options.sigma, seed: options.seed })
      : await fileInputs(engine, options.qkv);
  const call = checked(() => checkCall(inputs, { isCausal, scale }));
  if (expansion) checked(() => checkExpansion(call, expansion));
  else if (method !== 'exact' && method !== 'auto') checked(() => checkTaylor(call, { order }));
  return { inputs, call };
}

/**
 * A short search that found nothing is made again: the first of a process run code that V8 has yet to compile and use memory for the first
 * time, and try less in a tenth of the time of exact attention. Methods are timed when they are warm, too. Whatever is tried again
 * differs from softmax by the same, for rows and centroids are the same.
 */
const SEARCHES = 12;
/** Milliseconds. */
const LONG_SEARCH = 100;

async function choose(
  engine: Engine,
  inputs: PlacedInputs,
  { causal, scale, order, centroids, near, tolerance }: Arguments,
): Promise<Choice> {
  status('choosing a method…');
  const rates = await calibrate(engine);
  const options = { isCausal: causal, scale, order, centroids, near };
  for (let search = 1; ; search++) {
    const start = performance.now();
    const choice = await chooseMethod(engine, inputs, options, rates, tolerance);
    const isLast = search === SEARCHES || performance.now() - start > LONG_SEARCH;
    if (isLast || choice.method !== 'exact') return choice;
  }
}

function announce(methods: Method[], call: AttentionCall, threads: number): void {
  const seconds = exactFlops({ ...call, isCausal: call.after === 0 }) / (GUESSED_FLOPS * threads);
  if (methods.includes('exact') && seconds > LONG_SECONDS) {
    clearStatus();
    note(
      `Exact attention of this length takes about ${formatSeconds(seconds)}; --method taylor leaves it out.`,
    );
  }
}

async function writeOutputs(path: string, results: Measurement[]): Promise<void> {
  const arrays = results.map(({ method, output }) => [method, output] as const);
  await writeArrays(path, new Map(arrays));
  note(
    `Wrote ${path}: ${results.map(({ method, output }) => `${method} [${output.dims.join(', ')}]`).join(', ')}`,
  );
}
