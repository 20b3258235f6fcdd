import { checkEngine, checkFlag, shown } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import type { Params } from '../runtime/params.js';
import type { AttentionCall, AttentionInputs } from './call.js';
import { causalExpansionRows } from './causal-centroids.js';
import { checkShares, type Expansion, expansionRows } from './centroids.js';
import { FLAGS } from './compute.js';
import { compareRows, type MeasuredError } from './error.js';
import { causalBlock, drawSeconds } from './expansion-cost.js';
import { checkOrder, DEFAULT_ORDER } from './feature-map.js';
import type { ComputeOptions, Method } from './options.js';
import { OutOfTime, operandBytes, placeCall, Scope } from './placement.js';
import { checkRates, type Rates, secondsOfExact } from './rates.js';
import { drawRows, type RowSample, rowsPerHead, scoreDeviation } from './row-sample.js';
import { exactRows, outputRows, sampleBytes, sampledCall } from './sampled-rows.js';
import { checkCall } from './shapes.js';
import { runTaylor } from './taylor.js';
import { isNoMore, nameOf, type Way, waysOf } from './ways.js';

/** What `auto` takes, and why. */
export interface Choice {
  method: Method;
  /** With `taylor`: the options of the call. */
  order?: number;
  centroids?: number;
  near?: number;
  /** Distance to softmax on the rows that were looked at; absent where exact attention was taken. */
  error?: MeasuredError;
  /** What was tried, what was taken and why, in a sentence. */
  reason: string;
}

/** Expected share of the time of exact attention that a search may take: a tenth, less what such expectations are off by. */
const SEARCH = 0.07;
/** Share after which a trial is given up that takes longer than was expected: a tenth, less the step that it is in. */
const END = 0.08;
/** How much stricter the limit of a choice is than that of 95 %. */
const CAUTION = 2;

/** The first order is about three times the square of order 0 off: 0.2 of it at 0.05, 0.5 of it at 0.12. */
const firstOrder = (order0: number) => 3 * order0 ** 2;
const orderZero = (order1: number) => Math.sqrt(order1 / 3);
/** The second order about the mean key, if keys are as those of speech: it is tried where that is cheap, whatever this says. */
const secondOrder = (order0: number) => 25 * order0 ** 2;
/**
 * The limit of what 64 centroids of order 0 are off, in standard deviations of the scores: a guess for the first trial, from the
 * tensors of speech and of text in pictures. Guesses are of limits, about 1.25 times the distances.
 */
const PER_DEVIATION = 0.08;

/**
 * The cheapest way that is expected to be faster than exact attention and whose measured distance to softmax, at the upper
 * limit of its 95 % interval, keeps the tolerance; else exact.
 * @throws TypeError or RangeError as `attention` does.
 *
 * @example
 * const rates = await calibrate(engine);
 * const { method, reason } = await chooseMethod(engine, { q, k, v }, {}, rates, 0.01);
 */
export async function chooseMethod(
  engine: Engine,
  inputs: AttentionInputs,
  options: ComputeOptions,
  rates: Rates,
  tolerance: number,
): Promise<Choice> {
  checkEngine(engine);
  const call = checkCall(inputs, options);
  checkRates(rates);
  checkTolerance(tolerance);
  checkShares(options);
  for (const name of FLAGS) checkFlag(name, options[name]);
  const { order = DEFAULT_ORDER } = options;
  if (order !== 0) checkOrder(order);
  if (options.qkMatmulOutputMode !== undefined)
    return { method: 'exact', reason: 'the scores were asked for' };
  if (options.logSumExp) return { method: 'exact', reason: 'the log-sum-exp was asked for' };
  const ways = waysOf(call, options, rates);
  if ('reason' in ways) return { method: 'exact', reason: ways.reason };
  const exactSeconds = secondsOfExact({ ...call, isCausal: call.after === 0 }, rates.exact);
  const found = ways.filter(({ seconds }) => seconds < exactSeconds);
  if (found.length === 0) {
    const ratio = Math.min(...ways.map(({ seconds }) => seconds)) / exactSeconds;
    return { method: 'exact', reason: `exact attention is expected to be ${times(ratio)} as fast here` };
  }
  // Before anything is placed, for that takes time, too.
  const budget =
    SEARCH * exactSeconds - drawSeconds({ ...call, isCausal: false }) - comparedSeconds(call, exactSeconds);
  if (found.every(({ trial }) => trial > budget))
    return { method: 'exact', reason: `what is expected to be faster ${TOO_LONG}` };
  return engine.exclusive(() => search(engine, call, options, found, exactSeconds, tolerance));
}

/** @throws RangeError */
export function checkTolerance(tolerance: number): void {
  if (typeof tolerance !== 'number' || !(tolerance >= 0))
    throw new RangeError(`tolerance: given ${shown(tolerance)}, expected a number from 0`);
}

const times = (ratio: number) => `${ratio.toPrecision(2)} times`;

/** What is known of a distance, in words. */
function distanceOf({ rms, interval, rows }: MeasuredError, tolerance: number): string {
  if (Number.isNaN(rms)) return 'sampled rows hold NaN or infinity and tell nothing of it';
  if (rms === Number.POSITIVE_INFINITY) return 'on sampled rows softmax is 0, and it is not';
  return `on ${rows} sampled rows it differs from softmax by ${rms.toPrecision(2)}, at most ${interval[1].toPrecision(2)} with 95 % confidence, tolerance ${tolerance}`;
}

const TOO_LONG = 'cannot be tried in a tenth of the time of exact attention';

/** Expected seconds of computing the sampled rows by softmax. */
function comparedSeconds(call: AttentionCall, exactSeconds: number): number {
  // In causal attention rows see half of the keys, as all do, but those of a tile as many as the last of them.
  return ((call.after === 0 ? 2 : 1) * exactSeconds * rowsPerHead(call)) / call.queries;
}

/** Few rows read the keys as often as many do, and may take so many times their share of all rows: no sign of a slow machine. */
const FEW_ROWS = 2;

/**
 * Tries ways, the cheapest of those that are expected to be close enough first, as long as there is time: by the clock, for what
 * trials are expected to take is a guess, too.
 */
async function search(
  engine: Engine,
  call: AttentionCall,
  options: ComputeOptions,
  ways: readonly Way[],
  exactSeconds: number,
  tolerance: number,
): Promise<Choice> {
  const begin = performance.now();
  const elapsed = () => (performance.now() - begin) / 1e3;
  const end = begin + 1e3 * END * exactSeconds;
  engine.arena.require(operandBytes(engine, call, call.past > 0, undefined) + sampleBytes(call));
  const scope = new Scope(engine);
  try {
    const { params } = placeCall(scope, call, call.past > 0, undefined);
    const blocks = ways.flatMap((way) => (way.centroids > 1 ? [causalBlock(call, way)] : []));
    const isExpanded = call.after === 0 && blocks.length > 0;
    const sample = await drawRows(scope, call, params, isExpanded ? Math.min(...blocks) : undefined);
    const deviation = scoreDeviation(scope, call, params, sample);
    const compared = comparedSeconds(call, exactSeconds);
    let softmax: Float32Array | undefined;
    let open = [...ways].sort((a, b) => a.seconds - b.seconds);
    const tried: string[] = [];
    // The limit that a guess of 1 is here, by order. What holds NaN is tried: then the reason says so.
    const units = [Number.isFinite(deviation) ? PER_DEVIATION * deviation : 0, 0];
    const expected = ({ guess, order, centroids }: Way) =>
      centroids === 1
        ? secondOrder(guess * units[0]!)
        : order === 0 || units[1]! > 0
          ? guess * units[order]!
          : firstOrder(guess * units[0]!);
    /** How many times as long as expected what was computed so far took. */
    let slowness = 1;
    for (;;) {
      const left = SEARCH * exactSeconds - elapsed() - (softmax ? 0 : compared);
      const affordable = open.filter(({ trial }) => slowness * trial <= left);
      // The series about the mean key is tried on the chance where that is cheap and leaves time for centroids.
      const cheapest = affordable.reduce(
        (least, { centroids, trial }) => (centroids > 1 && trial < least ? trial : least),
        left,
      );
      const chance = Math.min(left / 3, left - slowness * cheapest);
      const promising = affordable.find(
        (other) => expected(other) <= tolerance || (other.centroids === 1 && other.trial <= chance),
      );
      // Whatever the scores say, keys of few kinds are as near to their centroids as can be.
      const most = affordable.filter(({ order, near }) => order === 0 && near === 0).at(-1);
      const way = promising ?? (tried.length === 0 ? (most ?? affordable[0]) : undefined);
      if (!way) break;
      if (!softmax) {
        const before = elapsed();
        softmax = await exactRows(scope, call, params, sample);
        // Where memory is used for the first time, or the machine is busy, a trial takes longer, too: what can be afforded is asked again.
        slowness = Math.max(slowness, (elapsed() - before) / (FEW_ROWS * compared));
        continue;
      }
      const before = elapsed();
      const error = await tryWay(new Scope(engine, end), call, params, options, way, sample, softmax);
      if (!error) {
        tried.push(`${nameOf(way)} (given up)`);
        break;
      }
      slowness = Math.max(slowness, (elapsed() - before) / way.trial);
      const limit = cautiousLimit(error);
      if (limit <= tolerance) {
        const { order, centroids, near } = way;
        const faster = `expected to be ${times(exactSeconds / way.seconds)} as fast as exact attention`;
        const others = tried.length > 0 ? `; before it were tried ${tried.join(', ')}` : '';
        const reason = `${nameOf(way)}, ${faster}: ${distanceOf(error, tolerance)}${others}`;
        return {
          method: 'taylor',
          order,
          ...(centroids > 1 || near > 0 ? { centroids, near } : {}),
          error,
          reason,
        };
      }
      if (!Number.isFinite(limit))
        return { method: 'exact', reason: `${nameOf(way)}: ${distanceOf(error, tolerance)}` };
      tried.push(`${nameOf(way)} (at most ${limit.toPrecision(2)})`);
      // The series about the mean key says little of what centroids do.
      if (way.centroids > 1) learn(units, way, limit);
      open = open.filter((other) => !isNoMore(other, way));
    }
    const told = tried.length > 0 ? `tried ${tried.join(', ')}; ` : '';
    return {
      method: 'exact',
      reason: `${told}no faster way is expected to be within ${tolerance} of softmax${open.length > 0 ? `, or it ${TOO_LONG}` : ''}`,
    };
  } finally {
    scope.release();
  }
}

/** A limit that is CAUTION times as far from what was measured as that of 95 %: a choice must hold in every call. */
const cautiousLimit = ({ rms, interval: [, limit] }: MeasuredError) =>
  Number.isFinite(rms) ? Math.sqrt(rms ** 2 + CAUTION * (limit ** 2 - rms ** 2)) : limit;

/** What a trial says of the unit of its order, and of the other one where that is a guess. */
function learn(units: number[], { order, guess }: Way, limit: number): void {
  units[order] = limit / guess;
  if (order === 1) units[0] = Math.max(units[0]!, orderZero(limit) / guess);
}

/** What a way gives on the sampled rows; nothing where the time of the scope was over. */
async function tryWay(
  scope: Scope,
  call: AttentionCall,
  operands: Partial<Params>,
  options: ComputeOptions,
  way: Way,
  sample: RowSample,
  softmax: Float32Array,
): Promise<MeasuredError | undefined> {
  try {
    if (way.centroids === 1 && way.near === 0) {
      const { subtractMeanKey } = options;
      if (call.after === 0) {
        await runTaylor(scope, call, operands, { order: way.order });
        return compareRows(outputRows(scope, call, operands, sample), softmax, call.valueDim, sample.chances);
      }
      const sampled = sampledCall(scope, call, operands, sample);
      await runTaylor(scope, sampled.call, sampled.operands, { order: way.order, subtractMeanKey });
      return compareRows(sampled.output(), softmax, call.valueDim, sample.chances);
    }
    const expansion: Expansion = { ...way, subtractMeanQuery: options.subtractMeanQuery ?? true };
    const rowsOf = call.after === 0 ? causalExpansionRows : expansionRows;
    const rows = await rowsOf(scope, call, operands, expansion, sample);
    return compareRows(rows, softmax, call.valueDim, sample.chances);
  } catch (error) {
    if (error instanceof OutOfTime) return undefined;
    throw error;
  } finally {
    scope.release();
  }
}
