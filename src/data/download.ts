import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import envPaths from 'env-paths';
import { DataError } from './error.js';
import { withLock } from './lock.js';
import { makeFolder } from './make-folder.js';
import { moreThan } from './size-limit.js';

/** A file that is published somewhere, with the checksum that it must have, in hexadecimal. */
export type RemoteFile = {
  file: string;
  url: string;
  /** Size; without it, no more than 2 GiB are taken. */
  bytes?: number;
} & ({ md5: string } | { sha256: string });

/** Bytes there so far, and in all where the server says. */
export type DownloadProgress = (received: number, total: number | undefined) => void;

const MAX_BYTES = 2 * 2 ** 30;

/**
 * Where downloaded data is kept: `HW2_DATA`, else `hw2` in the place for caches of the system: `XDG_CACHE_HOME` or
 * `~/.cache`, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows.
 */
export function dataFolder(): string {
  return process.env.HW2_DATA || envPaths('hw2', { suffix: '' }).cache;
}

/** The path of a file that was downloaded before, by this program or by MedMNIST's own; undefined when there is none. */
export function findFile(file: string): string | undefined {
  for (const path of [join(dataFolder(), file), join(homedir(), '.medmnist', file)])
    if (existsSync(path)) return path;
  return undefined;
}

/**
 * Fetches a file to `path`, going on where an interrupted fetch left its `.part` file. The file takes its name only
 * when it is complete and its checksum is right. Where another process is fetching it, that one is waited for.
 *
 * @throws DataError when the server cannot be reached, breaks off or sends something else
 */
export async function download(
  remote: RemoteFile,
  path: string,
  onProgress?: DownloadProgress,
): Promise<void> {
  await makeFolder(dirname(path)).catch(({ code }: NodeJS.ErrnoException) => {
    throw new DataError(
      `${dirname(path)}: cannot be made (${code}); set HW2_DATA to a folder that may be written to`,
    );
  });
  // Two that fetch the same at once would write into one part: the second waits, and finds what the first has fetched.
  let waited = false;
  const wait = () => {
    waited = true;
  };
  await withLock(`${path}.lock`, wait, async () => {
    if (!waited || !existsSync(path)) await fetchWhole(remote, path, onProgress);
  });
}

async function fetchWhole(remote: RemoteFile, path: string, onProgress?: DownloadProgress): Promise<void> {
  const part = `${path}.part`;
  await receive(remote, part, onProgress);
  const [algorithm, expected] = 'md5' in remote ? ['MD5', remote.md5] : ['SHA256', remote.sha256];
  const found = await digestOf(part, algorithm);
  if (found !== expected) {
    await rm(part);
    throw new DataError(
      `${remote.url}: ${algorithm} of what came is ${found}; expected ${expected}. Nothing was kept; try again`,
    );
  }
  await rename(part, path);
}

async function receive(
  { url, file, bytes = MAX_BYTES }: RemoteFile,
  part: string,
  onProgress?: DownloadProgress,
): Promise<void> {
  try {
    let received = existsSync(part) ? (await stat(part)).size : 0;
    const response = await fetch(url, received > 0 ? { headers: { range: `bytes=${received}-` } } : {});
    // 416: the part is already whole. 200 in answer to a range: the server sends all of it again.
    if (response.status === 416) return;
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    if (response.status === 200) received = 0;
    const length = Number(response.headers.get('content-length'));
    const total = length > 0 ? received + length : undefined;
    const output = await open(part, received > 0 ? 'a' : 'w');
    try {
      for await (const chunk of response.body) {
        received += chunk.length;
        if (received > bytes) throw new Error(`it sends ${moreThan(bytes)}`);
        await output.write(chunk);
        onProgress?.(received, total);
      }
    } finally {
      await output.close();
    }
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    const folder = dirname(part);
    throw new DataError(
      `${url}: ${reason}. Run the command again to go on, or fetch ${file} with a browser and put it into ${folder}`,
    );
  }
}

async function digestOf(path: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
