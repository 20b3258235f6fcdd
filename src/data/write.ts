import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file whole or not at all: under a temporary name first, so that no reader sees half of it and a full disk
 * leaves what was there before. Folders on the way are made.
 *
 * @throws Error naming the file and why it could not be written
 */
export async function writeWhole(path: string, contents: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(
      `${path}: cannot be written (${code === 'ENOSPC' ? 'the disk is full' : (code ?? message)})`,
    );
  }
}
