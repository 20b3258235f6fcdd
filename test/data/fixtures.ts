import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { openArrays } from '#hw2/data/arrays.js';
import { DataError } from '#hw2/data/error.js';
import type { NdArray } from '#hw2/data/ndarray.js';

/** All arrays of a file. */
export async function readArrays(path: string, limits: { maxBytes: number }): Promise<Map<string, NdArray>> {
  const file = await openArrays(path, limits);
  return new Map(file.names.map((name) => [name, file.read(name)]));
}

/** A .npy file, version 1, laid out as numpy lays it out. */
export function npyBytes(
  descr: string,
  shape: readonly number[],
  data: Uint8Array,
  fortran = false,
): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': ${descr}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const header = `${dict.padEnd(Math.ceil((dict.length + 11) / 64) * 64 - 11)}\n`;
  const length = Uint8Array.of(header.length & 0xff, header.length >> 8);
  return concat(Uint8Array.of(0x93), text('NUMPY'), Uint8Array.of(1, 0), length, text(header), data);
}

export function text(ascii: string): Uint8Array {
  return new TextEncoder().encode(ascii);
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer);
}

/** The call fails with a DataError whose message is one line and holds each of `words`. */
export function refuses(call: () => unknown, ...words: string[]): void {
  try {
    call();
  } catch (error) {
    assert.instance(error, DataError);
    const { message } = error as DataError;
    assert.not.match(message, '\n');
    for (const word of words) assert.match(message, word);
    return;
  }
  assert.unreachable(`expected a DataError with ${words}`);
}

const shared = resolve(import.meta.dirname, '../../../../shared/data');

/** The path of real data that may lie beside the checkout; says so and returns undefined when it is absent. */
export function sharedData(file: string): string | undefined {
  const path = resolve(shared, file);
  if (existsSync(path)) return path;
  console.log(`skipped: ${path} is not here`);
  return undefined;
}
