import type { Estimate } from '../../statistics/estimates.js';

/** 93.6 % */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

/** 1.98 (1.97 to 2.00) */
export function estimate({ value, low, high }: Estimate, digits = 2): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

/** p = 0.031, or p < 0.0005. */
export function probability(p: number): string {
  return p < 0.0005 ? 'p < 0.0005' : `p = ${p.toPrecision(2)}`;
}

/** +0.012 or −0.012 */
export const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(3)}`;
