import { DataError } from '../../data/error.js';
import { elementBytes, type NdArray } from '../../data/ndarray.js';
import type { Source } from './shards.js';

/**
 * A tensor of a file as a source of shards: [length, dim] or [heads, length, dim], or with a batch of 1 before that.
 * @throws DataError naming the tensor
 */
export function arraySource(name: string, { type, data, dims }: NdArray): Source {
  const shape = dims.length === 4 && dims[0] === 1 ? dims.slice(1) : dims.length === 2 ? [1, ...dims] : dims;
  const [heads, length, dim] = shape;
  if (shape.length !== 3 || heads === undefined || length === undefined || dim === undefined)
    throw new DataError(
      `${name}: given dims [${dims.join(', ')}], expected [length, dim], [heads, length, dim] or [1, heads, length, dim]`,
    );
  if (type !== 'float32' && type !== 'float64')
    throw new DataError(`${name}: given ${type} (${elementBytes(type)} bytes), expected float32 or float64`);
  const numbers = data as Float32Array | Float64Array;
  return {
    dims: [heads, length, dim],
    async rows(first, tokens) {
      const rows = new Float32Array(heads * tokens * dim);
      for (let head = 0; head < heads; head++) {
        const from = (head * length + first) * dim;
        rows.set(numbers.subarray(from, from + tokens * dim), head * tokens * dim);
      }
      return rows;
    },
  };
}
