import { openArrays } from './arrays.js';
import { DataError } from './error.js';
import type { NdArray } from './ndarray.js';

export type TensorName = 'q' | 'k' | 'v';
/** bfloat16 has been widened to float32. */
export type FloatArray = NdArray<'float16' | 'float32' | 'float64'>;

/** Names under which files keep the three tensors. */
const NAMES: Record<TensorName, readonly string[]> = {
  q: ['q', 'query'],
  k: ['k', 'key'],
  v: ['v', 'value'],
};

/**
 * The tensors q, k and v of a .npz or .safetensors file, or of a file with one array that stacks them, [3, …]. What else the
 * file holds is not looked at.
 *
 * @param maxBytes limit of the file, and of what it holds once inflated
 * @throws DataError naming the file, and the tensor that is missing or no float
 */
export async function readQkv(path: string, maxBytes: number): Promise<Record<TensorName, FloatArray>> {
  const file = await openArrays(path, { maxBytes });
  const stacked = file.names.length === 1 ? unstack(file.read(file.names[0]!)) : undefined;
  const named = (name: TensorName, index: number): FloatArray => {
    if (stacked) return floats(path, name, stacked[index]!);
    const entry =
      NAMES[name].find((known) => file.names.includes(known)) ??
      file.names.find((candidate) => NAMES[name].includes(candidate.toLowerCase()));
    if (entry === undefined)
      throw new DataError(`${path}: no tensor "${name}" among ${file.names.join(', ') || 'none'}`);
    return floats(path, name, file.read(entry));
  };
  return { q: named('q', 0), k: named('k', 1), v: named('v', 2) };
}

/** The three parts of a stack [3, …], or nothing where it is none. */
function unstack({ type, data, dims }: NdArray): NdArray[] | undefined {
  if (dims[0] !== 3 || dims.length < 3) return undefined;
  const size = data.length / 3;
  return [0, 1, 2].map((i) => ({
    type,
    dims: dims.slice(1),
    data: data.subarray(i * size, (i + 1) * size),
  }));
}

function floats(path: string, name: string, array: NdArray): FloatArray {
  const { type } = array;
  if (type !== 'float64' && type !== 'float32' && type !== 'float16')
    throw new DataError(`${path}: ${name} is ${type}; expected float32, float16, bfloat16 or float64`);
  return array as FloatArray;
}
