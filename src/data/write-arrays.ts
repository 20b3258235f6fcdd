import { zipSync } from 'fflate';
import { writeWhole } from './write.js';

interface Floats {
  data: Float32Array<ArrayBufferLike>;
  dims: readonly number[];
}

/** One float32 array in numpy's .npy format, version 1. */
export function formatNpy({ data, dims }: Floats): Uint8Array {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
  // Magic, version, length and header together fill a multiple of 64 bytes; the header ends in a newline.
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
  const header = `${dictionary.padEnd(length - 1)}\n`;
  const bytes = new Uint8Array(10 + length + data.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 255, length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return bytes;
}

/**
 * Writes float32 arrays: one to a .npy file, any number to a .npz. The file appears whole or not at all.
 * @throws Error when it cannot be written.
 */
export async function writeArrays(path: string, arrays: Map<string, Floats>): Promise<void> {
  const members = [...arrays].map(([name, array]) => [`${name}.npy`, formatNpy(array)] as const);
  await writeWhole(
    path,
    path.endsWith('.npz') ? zipSync(Object.fromEntries(members), { level: 0 }) : members[0]![1],
  );
}
