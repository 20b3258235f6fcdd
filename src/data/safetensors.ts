import { DataError } from './error.js';
import { type ArrayFile, type ElementType, fromBytes, type NdArray, widenBfloat16 } from './ndarray.js';
import { beyondLimit } from './size-limit.js';

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

/** What a .safetensors file holds. */
export interface Safetensors {
  tensors: Map<string, NdArray>;
  /** Texts under `__metadata__`. */
  metadata: Record<string, string>;
}

/**
 * Reads every tensor of a .safetensors file, by name.
 *
 * @throws DataError when the file is damaged, or a tensor is of a type that is not read
 */
export function parseSafetensors(bytes: Uint8Array, source: string): Safetensors {
  const file = openSafetensors(bytes, source);
  return { tensors: new Map(file.names.map((name) => [name, file.read(name)])), metadata: file.metadata };
}

/**
 * Opens a .safetensors file. A tensor is looked at when it is asked for, and is a view of `bytes` where its address allows
 * it; bfloat16 is widened to float32. As the format demands, the tensors must cover the data section without gap or
 * overlap.
 *
 * Format: https://github.com/huggingface/safetensors#format
 *
 * @throws DataError
 */
export function openSafetensors(
  bytes: Uint8Array,
  source: string,
): ArrayFile & Pick<Safetensors, 'metadata'> {
  const { tensors, metadata, dataStart } = readHeader(bytes, source);
  let covered = 0;
  for (const { name, data_offsets } of tensors) {
    const [begin, end] = data_offsets;
    if (begin !== covered || end < begin)
      throw new DataError(
        `${source}: ${name} lies at bytes ${begin} to ${end}; expected a beginning at ${covered}`,
      );
    covered = end;
  }
  if (dataStart + covered !== bytes.length)
    throw new DataError(
      `${source}: ${bytes.length - dataStart} bytes of data, but the header describes ${covered}`,
    );
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return {
    metadata,
    names: tensors.map(({ name }) => name),
    read: (name) => {
      const tensor = byName.get(name);
      if (!tensor) throw new RangeError(`${source}: no tensor ${name}`);
      const [begin, end] = tensor.data_offsets;
      return toArray(bytes.subarray(dataStart + begin, dataStart + end), tensor, `${source}: ${name}`);
    },
  };
}

const BFLOAT16 = 'BF16';

function toArray(bytes: Uint8Array, { dtype, shape }: Description, source: string): NdArray {
  if (dtype === BFLOAT16) {
    const bits = fromBytes(bytes, 'uint16', shape, source).data as Uint16Array;
    return { type: 'float32', data: widenBfloat16(bits), dims: shape };
  }
  const type = Object.hasOwn(types, dtype) ? types[dtype]! : undefined;
  if (!type)
    throw new DataError(
      `${source} has type ${dtype}; use one of ${[BFLOAT16, ...Object.keys(types)].join(', ')}`,
    );
  return fromBytes(bytes, type, shape, source);
}

/** The described tensors in the order in which their data lies. */
function readHeader(bytes: Uint8Array, source: string) {
  if (bytes.length < 8) throw new DataError(`${source}: not a .safetensors file (shorter than 8 bytes)`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES)
    throw new DataError(`${source}: header of ${beyondLimit(length, MAX_HEADER_BYTES)}`);
  if (8 + length > bytes.length)
    throw new DataError(`${source}: header of ${length} bytes in a file of ${bytes.length}`);
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, 8 + length)),
    );
  } catch {
    throw new DataError(`${source}: the .safetensors header is not valid JSON`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new DataError(`${source}: the .safetensors header is not a JSON object`);
  const { __metadata__, ...described } = header as Record<string, unknown>;
  const metadata = __metadata__ ?? {};
  if (!isTexts(metadata))
    throw new DataError(`${source}: __metadata__ holds something else than texts by name`);
  const tensors = Object.entries<unknown>(described).map(([name, description]) => {
    if (!isDescription(description))
      throw new DataError(`${source}: ${name} is not described by dtype, shape and data_offsets`);
    return { name, ...description };
  });
  tensors.sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  return { tensors, metadata, dataStart: 8 + length };
}

/** Writes tensors as a .safetensors file, in the order given, with texts under `__metadata__`. */
export function writeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { type, data, dims }] of tensors) {
    const dtype = Object.keys(types).find((key) => types[key] === type);
    header[name] = { dtype, shape: dims, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  // Spaces bring the data to a multiple of 8 bytes, so that a reader need not copy it.
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  let offset = start;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

function isTexts(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.values(value!).every((text) => typeof text === 'string')
  );
}

function isDescription(value: unknown): value is Description {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<Description>;
  const sizes = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((size) => Number.isSafeInteger(size) && size >= 0);
  return typeof dtype === 'string' && sizes(shape) && sizes(offsets) && offsets.length === 2;
}
