import { elementCount } from '../../data/dims.js';
import { DYNAMIC, type Value } from '../graph.js';
import { broadcast, describe, frontAxis, sameDims, sizeOf } from '../shape.js';

/** The same elements in other dimensions. One of them may be dynamic, and then one of x's is. */
export function reshape(x: Value, dims: readonly number[]): Value {
  if (sameDims(x.dims, dims)) return x;
  const dynamic = x.dims.includes(DYNAMIC) && dims.filter((dim) => dim === DYNAMIC).length === 1;
  if (!dynamic && sizeOf(x) !== elementCount(dims))
    throw new RangeError(`reshape of ${describe(x)} to [${dims.join(', ')}]: other number of elements`);
  return x.graph.apply('Reshape', [x, x.graph.integers(dims)], dims);
}

/** Joins all axes after the first; the first may be dynamic. */
export function flatten(x: Value): Value {
  const [first = 1, ...rest] = x.dims;
  if (rest.includes(DYNAMIC))
    throw new RangeError(`flatten of ${describe(x)}: only the first axis may be dynamic`);
  return x.graph.apply('Flatten', [x], [first, elementCount(rest)], { axis: 1 });
}

/** Axis i of the result is axis `permutation[i]` of x. */
export function transpose(x: Value, permutation: readonly number[]): Value {
  if (!sameDims([...permutation].sort(), [...x.dims.keys()]))
    throw new RangeError(
      `transpose of ${describe(x)} by [${permutation.join(', ')}]: not a permutation of its axes`,
    );
  const dims = permutation.map((axis) => x.dims[axis]!);
  return x.graph.apply('Transpose', [x], dims, { perm: permutation });
}

/** Repeats dimensions of 1 until the tensor has the dimensions `dims`. */
export function expand(x: Value, dims: readonly number[]): Value {
  if (!sameDims(broadcast(x, x, x.dims, dims), dims))
    throw new RangeError(`expand of ${describe(x)} to [${dims.join(', ')}]: does not fit`);
  return x.graph.apply('Expand', [x, x.graph.integers(dims)], dims);
}

export function concat(parts: readonly Value[], axis: number): Value {
  const first = parts[0]!;
  const along = frontAxis(first, axis);
  const others = (value: Value) => value.dims.with(along, 0);
  for (const part of parts)
    if (!sameDims(others(part), others(first)))
      throw new RangeError(
        `concat of ${parts.map(describe).join(', ')} along axis ${along}: other axes differ`,
      );
  const lengths = parts.map((part) => part.dims[along]!);
  const length = lengths.includes(DYNAMIC) ? DYNAMIC : lengths.reduce((sum, part) => sum + part, 0);
  return first.graph.apply('Concat', parts, first.dims.with(along, length), { axis: along });
}

/** Elements `start` up to, not with, `end` of one axis. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const along = frontAxis(x, axis);
  if (!(0 <= start && start < end && end <= x.dims[along]!))
    throw new RangeError(`slice ${start} to ${end} of ${describe(x)} along axis ${along}: outside`);
  const bounds = [[start], [end], [along]].map((list) => x.graph.integers(list));
  return x.graph.apply('Slice', [x, ...bounds], x.dims.with(along, end - start));
}

/** Cuts one axis into parts of the given lengths. */
export function split(x: Value, lengths: readonly number[], axis: number): readonly Value[] {
  const along = frontAxis(x, axis);
  if (lengths.reduce((sum, length) => sum + length, 0) !== x.dims[along])
    throw new RangeError(
      `split of ${describe(x)} along axis ${along} into ${lengths.join(' + ')}: other length`,
    );
  const results = lengths.map((length) => ({ dims: x.dims.with(along, length), type: x.type }));
  return x.graph.applyMany('Split', [x, x.graph.integers(lengths)], results, { axis: along });
}

/** Zeros before and after one axis; a negative number takes as many elements away. */
export function pad(x: Value, axis: number, before: number, after: number): Value {
  const along = frontAxis(x, axis);
  const length = x.dims[along]!;
  if (length === DYNAMIC && before + after !== 0)
    throw new RangeError(`pad of ${describe(x)} by ${before} and ${after}: the dynamic length would change`);
  const pads = x.graph.integers([before, after]);
  const inputs = [x, pads, x.graph.scalar(0), x.graph.integers([along])];
  return x.graph.apply('Pad', inputs, x.dims.with(along, length + before + after));
}

/** The first rows of a constant or parameter [rows, width]: as many as x is long along `axis`, which may be dynamic. */
export function firstRows(table: Value, x: Value, axis: number): Value {
  const { graph } = x;
  const along = frontAxis(x, axis);
  const length = x.dims[along]!;
  if (length !== DYNAMIC) return slice(table, 0, 0, length);
  const end = graph.apply('Shape', [x], [1], { start: along, end: along + 1 }, 'int64');
  const inputs = [table, graph.integers([0]), end, graph.integers([0])];
  return graph.apply('Slice', inputs, table.dims.with(0, DYNAMIC));
}

/** Rows of a table [rows, width] at int64 indices of any shape: an embedding. */
export function gather(table: Value, indices: Value): Value {
  if (table.dims.length !== 2 || indices.type !== 'int64')
    throw new RangeError(
      `gather from ${describe(table)} at ${describe(indices)}: expected a matrix and int64 indices`,
    );
  return table.graph.apply('Gather', [table, indices], [...indices.dims, table.dims[1]!], { axis: 0 });
}

/** 1 at each index and 0 elsewhere, along a new last axis of length `depth`; indices are int64. */
export function oneHot(indices: Value, depth: number): Value {
  const { graph, dims } = indices;
  const values = graph.constant({ type: 'float32', data: Float32Array.of(0, 1), dims: [2] });
  return graph.apply(
    'OneHot',
    [indices, graph.integers([depth]), values],
    [...dims, depth],
    { axis: -1 },
    'float32',
  );
}
