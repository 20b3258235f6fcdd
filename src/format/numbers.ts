/** Numbers as people read them, in a terminal and in a page. */

/** 12.3 ms: three significant digits and a unit that fits. */
export function formatSeconds(seconds: number): string {
  if (seconds >= 60) return `${(seconds / 60).toPrecision(3)} min`;
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${(seconds * 1e6).toPrecision(3)} µs`;
}

/** 2.1e-7, or 0. */
export function formatError(error: number): string {
  return error === 0 ? '0' : error.toExponential(1);
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}
