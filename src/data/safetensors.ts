import { DataError } from './error.js';
import { type ElementType, fromBytes, type NdArray } from './ndarray.js';

/** The limit that the format's own implementation sets. */
const MAX_HEADER_BYTES = 100_000_000;

const types: Record<string, ElementType> = {
  F16: 'float16',
  F32: 'float32',
  F64: 'float64',
  I8: 'int8',
  U8: 'uint8',
  I16: 'int16',
  U16: 'uint16',
  I32: 'int32',
  U32: 'uint32',
  I64: 'int64',
  U64: 'uint64',
  BOOL: 'bool',
};

interface Description {
  dtype: string;
  shape: number[];
  data_offsets: [begin: number, end: number];
}

/**
 * Reads every tensor of a .safetensors file, by name, as views of `bytes` where their address allows it.
 * As the format demands, the tensors must cover the data section without gap or overlap.
 *
 * Format: https://github.com/huggingface/safetensors#format
 *
 * @throws DataError
 */
export function parseSafetensors(bytes: Uint8Array, source: string): Map<string, NdArray> {
  const { tensors, dataStart } = readHeader(bytes, source);
  const arrays = new Map<string, NdArray>();
  let covered = 0;
  for (const [name, { dtype, shape, data_offsets }] of tensors) {
    const [begin, end] = data_offsets;
    if (begin !== covered || end < begin)
      throw new DataError(
        `${source}: ${name} lies at bytes ${begin} to ${end}; expected a beginning at ${covered}`,
      );
    const type = Object.hasOwn(types, dtype) ? types[dtype]! : undefined;
    if (!type)
      throw new DataError(
        `${source}: ${name} has type ${dtype}; use one of ${Object.keys(types).join(', ')}`,
      );
    arrays.set(
      name,
      fromBytes(bytes.subarray(dataStart + begin, dataStart + end), type, shape, `${source}: ${name}`),
    );
    covered = end;
  }
  if (dataStart + covered !== bytes.length)
    throw new DataError(
      `${source}: ${bytes.length - dataStart} bytes of data, but the header describes ${covered}`,
    );
  return arrays;
}

/** The described tensors in the order in which their data lies. */
function readHeader(
  bytes: Uint8Array,
  source: string,
): { tensors: [string, Description][]; dataStart: number } {
  if (bytes.length < 8) throw new DataError(`${source}: not a .safetensors file (shorter than 8 bytes)`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || 8 + length > bytes.length)
    throw new DataError(`${source}: header of ${length} bytes in a file of ${bytes.length}`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch {
    throw new DataError(`${source}: the .safetensors header is not valid JSON`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new DataError(`${source}: the .safetensors header is not a JSON object`);
  const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__');
  for (const [name, description] of tensors)
    if (!isDescription(description))
      throw new DataError(`${source}: ${name} is not described by dtype, shape and data_offsets`);
  tensors.sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  return { tensors, dataStart: 8 + length };
}

function isDescription(value: unknown): value is Description {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<Description>;
  const sizes = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((size) => Number.isSafeInteger(size) && size >= 0);
  return typeof dtype === 'string' && sizes(shape) && sizes(offsets) && offsets.length === 2;
}
