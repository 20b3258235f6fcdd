import { closeSync, constants, openSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError } from './error.js';
import { giveNames } from './pending-set.js';
import { beyondLimit, moreThan } from './size-limit.js';

/** Node reads at most 2 GiB at once. */
const SLICE = 2 ** 30;
/** Length of a small file, which is read and written at once. */
export const SMALL = 2 ** 20;
/** A pipe is opened without waiting for someone who writes to it. */
const OPENING = constants.O_RDONLY | constants.O_NONBLOCK;
/** How long a pipe may have nothing to say, or go without a reader, and how often that is looked at, in milliseconds. */
export const PIPE_PATIENCE = 10_000;
export const PIPE_PAUSE = 20;

/**
 * The whole of a file whose size is known to be within `maxBytes` before memory is taken for it. A pipe is read to its
 * end, but neither beyond that limit nor for longer than it has something to say. `-` is standard input.
 *
 * @throws DataError naming the file when it is missing, too large, a folder, a device or a pipe that stays silent
 */
export async function readLimited(path: string, maxBytes: number): Promise<Uint8Array> {
  if (path === STANDARD_INPUT) return readStandardInput(maxBytes);
  finishSet(path);
  const size = sizeOf(path);
  if (size !== undefined && size > maxBytes) throw new DataError(`${path}: ${beyondLimit(size, maxBytes)}`);
  return readBytes(path, size, maxBytes);
}

/** How a command calls its standard input where it expects a file. */
const STANDARD_INPUT = '-';

async function readStandardInput(maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of process.stdin) {
    parts.push(part);
    total += part.length;
    if (total > maxBytes) throw new DataError(`standard input: ${moreThan(maxBytes)}`);
  }
  if (total === 0) throw new DataError('standard input: it is empty');
  return new Uint8Array(Buffer.concat(parts));
}

/** The first bytes of a file, `maxBytes` of them or all; a pipe must end within them. @throws DataError as above */
export async function readBeginning(path: string, maxBytes: number): Promise<Uint8Array> {
  if (path === STANDARD_INPUT) return readStandardInput(maxBytes);
  finishSet(path);
  const size = sizeOf(path);
  return readBytes(path, size === undefined ? undefined : Math.min(size, maxBytes), maxBytes);
}

/**
 * The size of a file, undefined for a pipe. What it is comes before it is opened: to open a pipe that nobody writes to, or
 * some devices, is to wait for ever.
 */
function sizeOf(path: string): number | undefined {
  const status = statOf(path);
  if (status.isDirectory()) throw new DataError(`${path}: a folder; expected a file`);
  if (!status.isFile() && !status.isFIFO()) throw new DataError(`${path}: a device; expected a file`);
  return status.isFIFO() ? undefined : status.size;
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    return refuse(path, error, 'opened');
  }
}

/** Reads `size` bytes, or a pipe to its end. */
async function readBytes(path: string, size: number | undefined, maxBytes: number): Promise<Uint8Array> {
  if (size !== undefined && size <= SMALL) return readSmall(path, size);
  const file = await open(path, OPENING).catch((error) => refuse(path, error, 'opened'));
  try {
    return await (size === undefined ? readPipe(file, path, maxBytes) : readSlices(file, size, path));
  } catch (error) {
    return refuse(path, error, 'read');
  } finally {
    await file.close();
  }
}

/** Where a process was killed while it replaced files that belong together, the new ones are read. */
function finishSet(path: string): void {
  let target = path;
  try {
    target = realpathSync.native(path);
  } catch {
    // It may be one that has no name yet.
  }
  try {
    giveNames(dirname(target));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DataError(
      `${path}: is one of several files that were being replaced when hw2 was killed, and they cannot be given their names (${code}); run hw2 where the folder can be written to`,
    );
  }
}

/**
 * Reads a file without turns through Node's threads, four of which take longer than a small file: tasks of a cluster read
 * thousands of them.
 */
function readSmall(path: string, size: number): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, OPENING);
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; ) at += someBytes(path, readSync(file, bytes, at, size - at, at));
    return bytes;
  } catch (error) {
    return refuse(path, error, file === undefined ? 'opened' : 'read');
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function readSlices(file: FileHandle, size: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(SLICE, size - at), at);
    at += someBytes(path, bytesRead);
  }
  return bytes;
}

function someBytes(path: string, count: number): number {
  if (count === 0) throw new DataError(`${path}: became shorter while it was read`);
  return count;
}

function refuse(path: string, error: unknown, what: 'opened' | 'read'): never {
  if (error instanceof DataError) throw error;
  const { code, message } = error as NodeJS.ErrnoException;
  throw new DataError(
    code === 'ENOENT' || code === 'ENOTDIR'
      ? `${path}: no such file`
      : `${path}: cannot be ${what} (${code ?? message})`,
  );
}

async function readPipe(file: FileHandle, path: string, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  let silent = 0;
  while (silent < PIPE_PATIENCE) {
    const buffer = new Uint8Array(2 ** 16);
    // No bytes are the end of a pipe, or its beginning where nobody has opened it yet.
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null).catch(whenSilent);
    if (bytesRead === 0 && total > 0) return new Uint8Array(Buffer.concat(parts));
    silent = bytesRead > 0 ? 0 : silent + PIPE_PAUSE;
    if (bytesRead <= 0) await sleep(PIPE_PAUSE);
    else parts.push(buffer.subarray(0, bytesRead));
    total += Math.max(0, bytesRead);
    if (total > maxBytes) throw new DataError(`${path}: a pipe of ${moreThan(maxBytes)}`);
  }
  throw new DataError(`${path}: a pipe that has said nothing for ${PIPE_PATIENCE / 1e3} s`);
}

/** A pipe that has nothing at the moment, but whose writer is there: −1. */
function whenSilent(error: NodeJS.ErrnoException): { bytesRead: number } {
  if (error.code === 'EAGAIN') return { bytesRead: -1 };
  throw error;
}
