import { DataError } from '../../data/error.js';
import { widenFloat16 } from '../../data/ndarray.js';
import type { FloatArray } from '../../data/qkv.js';
import type { Source } from './shards.js';

/**
 * A tensor of a file as a source of shards: [length, dim] or [heads, length, dim], or with a batch of 1 before that.
 * @throws DataError naming the tensor
 */
export function arraySource(name: string, { type, data, dims }: FloatArray): Source {
  const shape = dims.length === 4 && dims[0] === 1 ? dims.slice(1) : dims.length === 2 ? [1, ...dims] : dims;
  const [heads, length, dim] = shape;
  if (shape.length !== 3 || heads === undefined || length === undefined || dim === undefined)
    throw new DataError(
      `${name}: given dims [${dims.join(', ')}], expected [length, dim], [heads, length, dim] or [1, heads, length, dim]`,
    );
  return {
    dims: [heads, length, dim],
    async rows(first, tokens) {
      const rows = new Float32Array(heads * tokens * dim);
      for (let head = 0; head < heads; head++) {
        const from = (head * length + first) * dim;
        const part = data.subarray(from, from + tokens * dim);
        rows.set(type === 'float16' ? widenFloat16(part as Uint16Array) : part, head * tokens * dim);
      }
      return rows;
    },
  };
}
