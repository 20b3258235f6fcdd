import { type Command, Option } from 'commander';
import { crossoverLength, exactFlops, MAX_ORDER, type Sizes } from '../attention/feature-map.js';
import { MAX_HEAD_DIM } from '../attention/shapes.js';
import { checkState } from '../attention/taylor.js';
import { writeArrays } from '../data/write-arrays.js';
import type { Engine } from '../engine/engine.js';
import { formatBytes } from '../engine/memory.js';
import { numberAbove, wholeNumber } from './arguments.js';
import { fileInputs, type Inputs, randomInputs } from './attention-inputs.js';
import { type Measurement, type Method, measure } from './attention-measure.js';
import { addEngineOptions, type EngineArguments, startEngine } from './engine-options.js';
import {
  clearStatus,
  formatCount,
  formatError,
  formatSeconds,
  note,
  print,
  printJson,
  printTable,
  status,
  warn,
} from './output.js';

interface Arguments extends EngineArguments {
  L: number;
  D: number;
  heads: number;
  kvHeads?: number;
  batch: number;
  order: number;
  method: Method | 'both';
  causal?: boolean;
  scale?: number;
  sigma: number;
  seed: number;
  repeat?: number;
  qkv?: string;
  out?: string;
  json?: boolean;
}

/** Exact attention that would take longer than this is announced. */
const LONG_SECONDS = 30;
/** A cautious guess, for the announcement only. */
const GUESSED_FLOPS = 4e10;

export function register(program: Command): void {
  const command = program
    .command('attention')
    .description('Compute exact and linear attention and show time, memory and error.')
    .option('--L <n>', 'sequence length', wholeNumber(1, 2 ** 26), 4096)
    .option('--D <n>', 'head dimension', wholeNumber(1, MAX_HEAD_DIM), 64)
    .option('--heads <n>', 'heads of the query', wholeNumber(1), 1)
    .option('--kv-heads <n>', 'heads of key and value (default: as --heads)', wholeNumber(1))
    .option('--batch <n>', 'batch size', wholeNumber(1), 1)
    .option('--order <k>', 'order of the Maclaurin series', wholeNumber(1, MAX_ORDER), 2)
    .addOption(
      new Option('--method <name>', 'what to compute').choices(['exact', 'taylor', 'both']).default('both'),
    )
    .option('--causal', 'a query sees no later key')
    .option('--scale <x>', 'factor of the scores (default: 1/√D)', numberAbove(Number.NEGATIVE_INFINITY))
    .option('--sigma <x>', 'standard deviation of the random scores', numberAbove(0), 0.5)
    .option('--seed <n>', 'seed of the random tensors', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--repeat <n>', 'timed runs (default: 5, or 1 of over 3 s)', wholeNumber(1, 1000))
    .option('--qkv <file>', 'tensors q, k, v of a .npz, .npy or .safetensors file instead of random ones')
    .option('--out <file>', 'write the outputs to a .npy or .npz file')
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      'Examples:\n  hw2 attention --L 4096\n  hw2 attention --L 65536 --D 32 --method taylor --causal\n  hw2 attention --qkv tensors.npz --out outputs.npz\n',
    );
  addEngineOptions(command).action(run);
}

async function run(options: Arguments): Promise<void> {
  if (options.heads % (options.kvHeads ?? options.heads) !== 0) {
    throw new RangeError(
      `--kv-heads: given ${options.kvHeads}, expected a divisor of --heads ${options.heads}`,
    );
  }
  if (options.out) checkOut(options);
  const engine = await startEngine(options);
  try {
    const { inputs, sizes } = await prepare(engine, options);
    const scale = options.scale ?? 1 / Math.sqrt(sizes.headDim);
    const methods: Method[] = options.method === 'both' ? ['exact', 'taylor'] : [options.method];
    announce(methods, sizes, engine.threads);
    const results: Measurement[] = [];
    for (const method of methods) {
      status(`computing ${method} attention…`);
      results.push(
        await measure(engine, method, inputs, sizes, {
          order: options.order,
          isCausal: sizes.isCausal,
          scale,
          repeat: options.repeat,
        }),
      );
    }
    clearStatus();
    if (options.out) await writeOutputs(options.out, results);
    if (options.json) printResultJson(engine, options, sizes, scale, results);
    else printResult(engine, options, sizes, results);
  } finally {
    await engine.dispose();
  }
}

async function prepare(engine: Engine, options: Arguments): Promise<{ inputs: Inputs; sizes: Sizes }> {
  const isCausal = options.causal ?? false;
  const checkOrder = (count: number, headDim: number, valueDim: number) => {
    if (options.method !== 'exact') checkState(count, headDim, valueDim, options.order);
  };
  status('preparing tensors…');
  if (options.qkv !== undefined) {
    const { inputs, problem } = await fileInputs(engine, options.qkv);
    checkOrder(problem.batches * problem.kvHeads, problem.headDim, problem.valueDim);
    return { inputs, sizes: { ...problem, isCausal } };
  }
  const { L, D, heads, kvHeads = heads, batch } = options;
  checkOrder(batch * kvHeads, D, D);
  const inputs = randomInputs(engine, { ...options, kvHeads });
  return {
    inputs,
    sizes: { batches: batch, heads, kvHeads, queries: L, keys: L, headDim: D, valueDim: D, isCausal },
  };
}

function checkOut({ out, method }: Arguments): void {
  if (!/\.(npy|npz)$/.test(out!))
    throw new RangeError(`--out: given ${out}, expected a name that ends in .npy or .npz`);
  if (method === 'both' && out!.endsWith('.npy')) {
    throw new RangeError('--out: a .npy file holds one array; choose a --method, or a .npz file');
  }
}

function announce(methods: Method[], sizes: Sizes, threads: number): void {
  const seconds = exactFlops(sizes) / (GUESSED_FLOPS * threads);
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

/** One sentence on whether linear attention can stand in for softmax on these tensors. */
function verdict(taylor: Measurement): string {
  const error = taylor.relativeErrorToSoftmax;
  const percent = `${(100 * error).toPrecision(2)} %`;
  if (error < 0.01)
    return `Order ${taylor.order} is usable here: it differs from softmax attention by ${percent}.`;
  if (error < 0.1)
    return `Order ${taylor.order} is a rough approximation here: it differs from softmax attention by ${percent}.`;
  return `Order ${taylor.order} does not approximate softmax attention here: it differs by ${percent}, which makes it another operator.`;
}

function printResult(engine: Engine, options: Arguments, sizes: Sizes, results: Measurement[]): void {
  const { batches, heads, kvHeads, queries, keys, headDim } = sizes;
  const source =
    options.qkv ?? `random tensors, scores of standard deviation ${options.sigma}, seed ${options.seed}`;
  print(
    `${source}: batch ${batches}, heads ${heads}${kvHeads === heads ? '' : `/${kvHeads}`}, L ${formatCount(queries)}${keys === queries ? '' : ` × ${formatCount(keys)}`}, D ${headDim}${sizes.isCausal ? ', causal' : ''}`,
  );
  print(`tier ${engine.tier}, ${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}\n`);
  printTable(
    ['method', 'L', 'D', 'M', 'time', 'GFLOP/s', 'memory', 'error', 'vs softmax'],
    results.map((result) => [
      result.method === 'exact' ? 'exact' : `taylor, order ${result.order}`,
      formatCount(queries),
      `${headDim}`,
      result.features === undefined ? '–' : formatCount(result.features),
      formatSeconds(result.secondsMedian),
      result.gflops.toPrecision(3),
      formatBytes(result.peakMemoryBytes),
      formatError(result.maxAbsError),
      formatError(result.relativeErrorToSoftmax),
    ]),
  );
  print(
    '\ntime: median; error: largest distance to the same formula in float64; vs softmax: relative (RMS).',
  );
  const taylor = results.find(({ method }) => method === 'taylor');
  const exact = results.find(({ method }) => method === 'exact');
  if (taylor) print(verdict(taylor));
  if (taylor && Number.isFinite(taylor.errorBound)) {
    print(
      `Known beforehand from the norms of q and k: no output can be off by more than ${formatError(taylor.errorBound!)} × the largest |v|.`,
    );
  }
  if (taylor && exact) {
    const ratio = exact.secondsMedian / taylor.secondsMedian;
    const crossover = crossoverLength(headDim, taylor.order!, sizes.isCausal);
    print(
      `${ratio >= 1 ? `Linear attention was ${ratio.toPrecision(3)} times as fast` : `Exact attention was ${(1 / ratio).toPrecision(3)} times as fast`}; by count of operations linear pays from L = ${formatCount(crossover)}.`,
    );
  }
  for (const text of new Set(results.flatMap(({ warnings }) => warnings))) warn(text);
}

function printResultJson(
  engine: Engine,
  options: Arguments,
  sizes: Sizes,
  scale: number,
  results: Measurement[],
): void {
  const taylor = results.find(({ method }) => method === 'taylor');
  printJson({
    command: 'attention',
    node: process.version,
    v8: process.versions.v8,
    tier: engine.tier,
    threads: engine.threads,
    source: options.qkv ?? { sigma: options.sigma, seed: options.seed },
    sizes: { ...pick(sizes), scale },
    results: results.map(({ output: _, ...result }) => result),
    ...(taylor && { verdict: verdict(taylor) }),
  });
}

function pick({ batches, heads, kvHeads, queries, keys, headDim, valueDim, isCausal }: Sizes): Sizes {
  return { batches, heads, kvHeads, queries, keys, headDim, valueDim, isCausal };
}
