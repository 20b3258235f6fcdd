/** The explorer's computations, beside the page so that it never stands still. */
import {
  type AttentionOptions,
  attention,
  checkCall,
  clusterKeys,
  createEngine,
  crossoverLength,
  type Engine,
  exactFlops,
  expansionFlops,
  featureDim,
  relativeDistance,
  type Sizes,
  stateBytes,
  type Tensor,
  taylorFlops,
} from 'hw2-engine';
import { compareToFloat64 } from '#hw2/bench/float64.js';
import { type PlacedInputs, withPlaced } from '#hw2/bench/placed.js';
import { timeByTurns } from '#hw2/bench/rounds.js';
import { randomTokens, type TokenTensors } from '#hw2/bench/tokens.js';
import { formatCount } from '#hw2/format/numbers.js';
import { median, ratioEstimate, spread } from '#hw2/statistics/estimates.js';
import { answerWith } from '../remote.js';
import { type Clusters, isExpansion, type Numbers, type Part, type Setting } from './question.js';

/** Largest side of a matrix that is shown. */
const CELLS = 128;
/** What a movement of a slider may cost: a second or two. */
const MAX_FLOPS = 5e10;
/** What the engine may take, reserved as a whole: enough for the above. */
const MEMORY_LIMIT = 2 ** 30;
/** Turns long enough that the browser’s own work does not weigh much: half a second for a setting. */
const TIMING = { rounds: 9, seconds: 0, warmUp: 100, turn: 20 };
/** Multiplications of the float64 reference. */
const REFERENCE_WORK = 4e6;

let kept: { key: string; engine: Promise<Engine> } | undefined;
let keptTokens: { key: string; tokens: TokenTensors } | undefined;

answerWith(async (setting: Setting, onPart: (part: Part) => void): Promise<Numbers> => {
  checkCost(setting);
  const { L, D, order, centroids, near, sigma, isCausal } = setting;
  const engine = await engineOf(setting);
  const { q, k, v } = tokensOf(setting);
  return withPlaced(engine, { L, D, q: q.map((x) => sigma * x), k, v }, async (inputs, out) => {
    const exact: AttentionOptions = { isCausal };
    const isExpanded = isExpansion(setting);
    const expansion = isExpanded && { centroids, near };
    const linear: AttentionOptions = { isCausal, method: 'taylor', order, ...expansion };
    // Of the steps that are about equally long: two outputs, two matrices, the rounds of their timing, two references.
    let done = 0;
    const step = <T>(result: T): T => {
      done++;
      onPart({ share: done / (6 + TIMING.rounds) });
      return result;
    };
    await attention(engine, inputs, { ...exact, out });
    const softmax = step(out.data.slice());
    const { warnings } = await attention(engine, inputs, { ...linear, out });
    const approximation = step(out.data.slice());
    const error = distanceBetween(approximation, softmax);
    // Causal attention clusters the keys of each earlier segment anew.
    const clusters = isExpanded && !isCausal && (await clustersOf(engine, inputs.k, centroids));
    const keys = clusters ? clusters.keys : Int32Array.from({ length: L }, (_, key) => key);
    const matrices = {
      cells: Math.min(L, CELLS),
      exact: step(await matrix(engine, inputs, keys, exact)),
      linear: step(await matrix(engine, inputs, keys, linear)),
      ...(clusters && { clusters }),
    };
    onPart({ matrices, error });

    const runs = [exact, linear].map((options) => async () => {
      await attention(engine, inputs, { ...options, out });
    });
    const [exactSeconds, linearSeconds] = (await timeByTurns(runs, {
      ...TIMING,
      onRound: () => step(undefined),
    })) as [number[], number[]];
    const sizes = sizesOf(setting);
    return {
      exact: {
        seconds: median(exactSeconds),
        flops: exactFlops(sizes),
        maxAbsError: step(distanceToFloat64(inputs, softmax, exact)),
      },
      linear: {
        seconds: median(linearSeconds),
        flops: linearFlops(setting, sizes),
        ...(!isExpanded && { maxAbsError: distanceToFloat64(inputs, approximation, linear) }),
      },
      ratio: ratioEstimate(exactSeconds, linearSeconds),
      scatter: Math.max(spread(exactSeconds), spread(linearSeconds)),
      error,
      ...(!isExpanded && {
        series: {
          features: featureDim(D, order),
          stateBytes: stateBytes(D, D, order),
          crossover: crossoverLength(D, order, isCausal),
        },
      }),
      warnings,
      threads: engine.threads,
    };
  });
});

function sizesOf({ L, D, isCausal }: Setting): Sizes {
  return { batches: 1, heads: 1, kvHeads: 1, queries: L, keys: L, headDim: D, valueDim: D, isCausal };
}

function linearFlops(setting: Setting, sizes: Sizes): number {
  return isExpansion(setting) ? expansionFlops(sizes, setting).all : taylorFlops(sizes, setting.order);
}

/** @throws RangeError for what would take many seconds; expansions never do */
function checkCost(setting: Setting): void {
  const { D, order } = setting;
  if (isExpansion(setting)) return;
  const flops = taylorFlops({ ...sizesOf(setting), valueDim: CELLS }, order);
  if (flops > MAX_FLOPS)
    throw new RangeError(
      `Order ${order} of ${D} dimensions has ${formatCount(featureDim(D, order))} features: ${formatCount(Math.round(flops / 1e9))} billion operations, too many to compute while you wait. Choose a lower order, D or L.`,
    );
}

async function engineOf({ tier, threads }: Setting): Promise<Engine> {
  const key = `${tier} ${threads}`;
  if (kept?.key !== key) {
    const previous = await kept?.engine.catch(() => undefined);
    await previous?.dispose();
    kept = { key, engine: createEngine({ tier, threads, memoryLimit: MEMORY_LIMIT }) };
  }
  return kept.engine;
}

function tokensOf({ L, D, tokens }: Setting): TokenTensors {
  const key = `${L} ${D} ${tokens}`;
  if (keptTokens?.key !== key) keptTokens = { key, tokens: randomTokens({ L, D, tokens }) };
  return keptTokens.tokens;
}

/** The clusters that the engine makes, in the order of where their keys lie on average, so that the diagonal stays one. */
async function clustersOf(engine: Engine, k: Tensor, centroids: number): Promise<Clusters> {
  const { data } = await clusterKeys(engine, k, centroids);
  const members: number[][] = Array.from({ length: centroids }, () => []);
  for (const [key, cluster] of data.entries()) members[cluster]!.push(key);
  const place = (keys: number[]) => keys.reduce((a, b) => a + b) / keys.length;
  const clusters = members.filter(({ length }) => length > 0).sort((a, b) => place(a) - place(b));
  const borders = [0];
  for (const { length } of clusters) borders.push(borders.at(-1)! + length);
  return { keys: Int32Array.from(clusters.flat()), borders };
}

/**
 * The matrix of attention, from the operator itself: with values that say to which block a key belongs, the output is
 * what each query gives to each block.
 *
 * @param keys in the order of the columns
 */
async function matrix(
  engine: Engine,
  { q, k }: PlacedInputs,
  keys: Int32Array,
  options: AttentionOptions,
): Promise<Float32Array> {
  const L = q.dims[2]!;
  const cells = Math.min(L, CELLS);
  const block = (position: number) => Math.floor((position * cells) / L);
  const membership = new Float32Array(L * cells);
  for (const [position, key] of keys.entries()) membership[key * cells + block(position)] = 1;
  const v = { data: membership, dims: [1, 1, L, cells] };
  const { output } = await attention(engine, { q, k, v }, options);
  const sums = new Float32Array(cells * cells);
  for (let query = 0; query < L; query++)
    for (let cell = 0; cell < cells; cell++)
      sums[block(query) * cells + cell]! += output.data[query * cells + cell]!;
  const queriesPerBlock = L / cells;
  return sums.map((sum) => (sum / queriesPerBlock) * cells);
}

function distanceToFloat64(inputs: PlacedInputs, output: Float32Array, options: AttentionOptions): number {
  const { isCausal, method, order } = options;
  const call = checkCall(inputs, { isCausal });
  const linear = method === 'taylor' ? order : undefined;
  return compareToFloat64(call, output, { order: linear, work: REFERENCE_WORK }).maxAbsError;
}

function distanceBetween(output: Float32Array, expected: Float32Array): number {
  let [squares, total] = [0, 0];
  for (const [i, value] of expected.entries()) {
    squares += (output[i]! - value) ** 2;
    total += value ** 2;
  }
  return relativeDistance(squares, total);
}
