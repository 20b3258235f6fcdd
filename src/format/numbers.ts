/** Numbers as people read them, in a terminal, in a page and in a document. */
import type { Estimate } from '../statistics/estimates.js';
import type { Interval } from '../statistics/resampling.js';

export { formatBytes } from 'hw2-engine';

/** 0.26, 2.4 or 1,230 of numbers of any size: so many significant digits, and no power of ten where they are many. */
export function formatRough(value: number, digits = 2): string {
  if (value === 0) return '0';
  const text = value.toPrecision(digits);
  return text.includes('e+') ? formatCount(Number(text)) : text;
}

/** 12.3 ms: three significant digits and a unit that fits. */
export function formatSeconds(seconds: number): string {
  if (seconds >= 60) return `${formatRough(seconds / 60, 3)} min`;
  if (seconds === 0) return '0 s';
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  if (seconds >= 1e-3) return `${formatRough(seconds * 1e3, 3)} ms`;
  return `${formatRough(seconds * 1e6, 3)} µs`;
}

/** 2.1e-7, or 0. */
export function formatError(error: number): string {
  return error === 0 ? '0' : error.toExponential(1);
}

/** 1,234 */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** 1 task, 1,234 tasks. @param count of them, or a word in its place */
export function formatCounted(count: number | string, one: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : `${one}s`}`;
}

/** 45.6 GFLOP/s */
export function formatRate(flopsPerSecond: number): string {
  return `${formatRough(flopsPerSecond / 1e9, 3)} GFLOP/s`;
}

/** 93.6 % of a share of 0.936. */
export function formatPercent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** 93.6 % (92.0 to 95.0), of a share and its interval. */
export function formatPercentEstimate(share: number, { low, high }: Interval): string {
  return `${formatPercent(share)} (${formatInterval({ low: 100 * low, high: 100 * high }, 1)})`;
}

/** 1.3 percentage points, of the difference of two shares. */
export function formatPoints(difference: number, digits = 1): string {
  return `${(100 * difference).toFixed(digits)} percentage points`;
}

/** `Linear attention was 2.3 times as fast`. @param ratio the time of exact attention over that of linear */
export function formatFaster(ratio: number): string {
  const times = formatRough(Math.max(ratio, 1 / ratio));
  if (Number(times) === 1) return 'Exact and linear attention took equally long';
  return `${ratio > 1 ? 'Linear' : 'Exact'} attention was ${times} times as fast`;
}

/** 25 % or 12.5 %: a share that somebody chose, with the digits that it has. */
export function formatChosenPercent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** 99 % of what is under way: 100 % is what is done. */
export function formatProgress(done: number, total: number): string {
  return `${Math.floor((100 * done) / total)} %`;
}

/** 6.8 % or 0.068 % of shares of any size: so many significant digits, and 120 % of what is larger than that. */
export function formatRoughPercent(share: number, digits = 2): string {
  return `${formatRough(100 * share, digits)} %`;
}

/** The percentage of a probability: what is not certain is not called 100 %, nor what is possible 0 %. */
export function formatChance(probability: number): string {
  const text = formatPercent(probability);
  if (text === '100.0 %' && probability < 1) return '> 99.9 %';
  return text === '0.0 %' && probability > 0 ? '< 0.1 %' : text;
}

/** +0.012 or −0.012 */
export function formatSigned(value: number, digits = 3): string {
  return `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(digits)}`;
}

/** 0.8123 to 0.8456 */
export function formatInterval({ low, high }: Interval, digits: number): string {
  return `${low.toFixed(digits)} to ${high.toFixed(digits)}`;
}

/** 1.98 (1.97 to 2.00) */
export function formatEstimate(estimate: Estimate, digits = 2): string {
  return `${estimate.value.toFixed(digits)} (${formatInterval(estimate, digits)})`;
}

/** p = 0.031, or p < 0.0005, which is less than 2,000 draws can tell. */
export function formatProbability(p: number): string {
  return p < 0.0005 ? 'p < 0.0005' : `p = ${p.toPrecision(2)}`;
}

/** A number, a space and a unit that these functions or a sentence write. */
const WITH_UNIT =
  /(\d|∞) (?=(?:%|[mµn]?s|min|h|[kMG]?Hz|dB|[kMGT]i?B|GFLOP\/s|GB\/s|pixels|times)(?![\p{L}\d]))/gu;

/** What a number is of, before it, and the sign between: `L 512`, `σ = 0.5`, `p < 0.0005`. */
const NAMED = /((?<![\p{L}\p{N}])\p{L}|[=≈<>≤≥]) (?=[=≈<>≤≥]|[−-]?\d)/gu;

/** Between the ends of an interval, and the sides of a rectangle: `1.77 to 1.97`, `33.2 % to 53.1 %`, `28 × 28`. */
const PAIR = /(?<=\d(?:[ \u00a0]%)?) (to|×) (?=[+−-]?\d)/g;

/**
 * The text as a page shows it: a number, its unit and its name stay on one line, and so do two that belong together. Terminals, files and JSON keep the plain space,
 * by which people and programs search.
 */
export function unbroken(text: string): string {
  return text
    .replaceAll(WITH_UNIT, '$1\u00a0')
    .replaceAll(NAMED, '$1\u00a0')
    .replaceAll(PAIR, '\u00a0$1\u00a0');
}
