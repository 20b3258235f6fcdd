import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DownloadProgress, dataFolder, download, type RemoteFile } from './download.js';
import { DataError } from './error.js';
import { withLock } from './lock.js';

/** LJSpeech 1.1 as published at https://keithito.com/LJ-Speech-Dataset, in the public domain. */
export const ljspeechArchive: RemoteFile = {
  file: 'LJSpeech-1.1.tar.bz2',
  url: 'https://data.keithito.com/data/speech/LJSpeech-1.1.tar.bz2',
  bytes: 2_748_572_632,
  sha256: 'be1a30453f28eb8dd26af4101ae40cbf2c50413b1bb21936cbcdc6fae3de8aa5',
};

/** Where LJSpeech is once it was fetched. */
export function ljspeechFolder(): string {
  return join(dataFolder(), 'LJSpeech-1.1');
}

/** Whether a folder holds clips. */
export function holdsClips(folder: string): boolean {
  return existsSync(join(folder, 'metadata.csv'));
}

/**
 * Fetches an archive that holds one folder and unpacks it by the system's tar. The folder takes its place when it is
 * whole; the archive is removed then.
 *
 * @param folder where the archive's folder goes
 * @param onUnpack called when all has come
 * @throws DataError when it cannot be fetched, or tar is missing or fails
 */
export async function fetchArchive(
  archive: RemoteFile,
  folder: string,
  onProgress?: DownloadProgress,
  onUnpack?: () => void,
): Promise<void> {
  const path = join(dirname(folder), archive.file);
  if (!existsSync(path)) await download(archive, path, onProgress);
  onUnpack?.();
  let waited = false;
  const wait = () => {
    waited = true;
  };
  await withLock(`${folder}.lock`, wait, async () => {
    if (!waited || !existsSync(folder)) await unpackWhole(path, folder);
  });
}

async function unpackWhole(path: string, folder: string): Promise<void> {
  const temporary = `${folder}.part`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await unpack(path, temporary);
  await rename(temporary, folder);
  await rm(path);
}

function unpack(path: string, folder: string): Promise<void> {
  const options = ['-xjf', path, '-C', folder, '--strip-components', '1'];
  return new Promise((done, fail) => {
    const tar = spawn('tar', options, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    tar.stderr.on('data', (text) => {
      said += text;
    });
    tar.once('error', ({ code }: NodeJS.ErrnoException) => {
      const reason = code === 'ENOENT' ? 'tar is not installed here' : `tar cannot be started (${code})`;
      fail(new DataError(`${path}: ${reason}; unpack it into ${dirname(path)} by other means`));
    });
    tar.once('close', (code) => {
      if (code === 0) done();
      else fail(new DataError(`${path}: tar cannot unpack it: ${said.trim().split('\n')[0]}`));
    });
  });
}
