/** How many elements a tensor of these dims has: 1 for none, a scalar's. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
