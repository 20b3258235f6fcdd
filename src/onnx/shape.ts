import { elementCount } from '../data/dims.js';
import { DYNAMIC, type Value } from './graph.js';

/** A tensor as messages print it: its name and its dimensions, a dynamic one as N. */
export function describe({ name, dims }: Value): string {
  return `${name} [${dims.map((dim) => (dim === DYNAMIC ? 'N' : dim)).join(', ')}]`;
}

/**
 * The number of elements.
 *
 * @throws RangeError when a dimension is dynamic
 */
export function sizeOf(value: Value): number {
  if (value.dims.includes(DYNAMIC)) throw new RangeError(`${describe(value)}: its size must be known here`);
  return elementCount(value.dims);
}

/** The axis counted from the front, for one that may be counted from the end. */
export function frontAxis(value: Value, axis: number): number {
  const front = axis < 0 ? axis + value.dims.length : axis;
  if (!Number.isInteger(front) || front < 0 || front >= value.dims.length)
    throw new RangeError(`axis ${axis} of ${describe(value)}: there is none`);
  return front;
}

/**
 * Dimensions of an element-wise result: aligned at the end, a 1 stretches.
 *
 * @throws RangeError when they do not fit
 */
export function broadcast(a: Value, b: Value, aDims = a.dims, bDims = b.dims): number[] {
  const rank = Math.max(aDims.length, bDims.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = aDims[aDims.length - rank + i] ?? 1;
    const right = bDims[bDims.length - rank + i] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new RangeError(`${describe(a)} and ${describe(b)} cannot be broadcast together`);
    return left === 1 ? right : left;
  });
}

export function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** The numbers of a constant list, as made by {@link Graph.integers}. */
export function integersOf(list: Value): number[] {
  const constant = list.graph.constants.get(list);
  if (constant?.type !== 'int64') throw new TypeError(`${describe(list)}: expected a constant list of int64`);
  return Array.from(constant.data, Number);
}
