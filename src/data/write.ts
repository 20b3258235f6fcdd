import { constants, lstatSync, renameSync, type Stats, writeFileSync } from 'node:fs';
import { chmod, chown, open, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError } from './error.js';
import { makeFolder } from './make-folder.js';
import { giveNames, type Naming, NamingError, nameSet } from './pending-set.js';
import { PIPE_PATIENCE, PIPE_PAUSE, SMALL } from './read.js';
import { hold, letGo, sweep, sweepAgain, temporaryName } from './temporary.js';

/** A file to be written. */
export interface Output {
  path: string;
  contents: Uint8Array | string;
}

/**
 * Writes a file whole or not at all: under a temporary name first, so that no reader sees half of it and a full disk
 * leaves what was there before. Folders on the way are made; the mode of a file that is replaced is kept; a symbolic link
 * stays one, and what it points to is replaced. What is no plain file, such as a pipe or a device, is written to.
 *
 * @throws Error naming the file and why it could not be written
 */
export async function writeWhole(path: string, contents: Uint8Array | string): Promise<void> {
  await writeSet([{ path, contents }]);
}

/**
 * Writes files that belong together, all or none of them: none takes its name before all lie on the disk, and when one
 * has, all will, even where this process is killed (`pending-set.ts`); where one cannot take its name, none has. That holds for
 * the plain files of a folder; what a pipe, a device or a link to elsewhere gets comes after them.
 *
 * @throws Error naming the file that could not be written, and why
 */
export async function writeSet(outputs: readonly Output[]): Promise<void> {
  const staged: Staged[] = [];
  try {
    for (const { path, contents } of outputs)
      await named(path, async () => staged.push(await stage(path, contents)));
    await nameTogether(staged);
    for (const { path, finish } of staged) await named(path, finish);
  } finally {
    for (const { discard } of staged) await discard();
  }
}

/** Gives the files of a folder that gets several of them their names, one right after the other. */
async function nameTogether(staged: readonly Staged[]): Promise<void> {
  const folders = new Set(staged.map(({ path }) => dirname(path)));
  for (const folder of folders) {
    const files = staged.filter(({ path, naming }) => naming && dirname(path) === folder);
    if (files.length < 2) continue;
    try {
      nameSet(
        folder,
        files.map(({ naming }) => naming!),
        () => basename(temporaryName(folder)),
      );
    } catch (error) {
      if (!(error instanceof NamingError)) await named(folder, () => Promise.reject(error));
      const { path, cause, isUnfinished } = error as NamingError;
      // What has no name yet stays, for whoever follows the plan.
      if (isUnfinished) for (const { settle } of files) settle();
      const more = isUnfinished
        ? `; ${folder} holds files of two sets now, which hw2 puts right when it next reads or writes there`
        : '';
      await named(path, () => Promise.reject(cause), more);
    }
    for (const { settle } of files) settle();
  }
}

/**
 * Finds out whether a file could be written, before the work whose result it is to hold. Nothing stays behind.
 *
 * @throws DataError where another path would do, Error where the machine is to blame; both name the file and say why
 */
export async function checkWritable(path: string): Promise<void> {
  try {
    const { target, status } = await look(path);
    if (status && !status.isFile()) return;
    const folder = await nearestFolder(dirname(target));
    const temporary = temporaryName(folder);
    await (await open(temporary, 'wx')).close();
    await rm(temporary, { force: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isMachine = code !== undefined && FAILURES.includes(code);
    throw new (isMachine ? Error : DataError)(whyNot(path, error));
  }
}

/** What no other path mends. */
const FAILURES = ['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM'];

interface Staged {
  path: string;
  /** Where it is a plain file, or is to be one, in the folder of its path. */
  naming?: Naming;
  /** Gives the file its name, if it is still to be given. */
  finish: () => Promise<void>;
  /** Told that it has its name. */
  settle: () => void;
  /** Removes what was not given its name. */
  discard: () => Promise<void>;
}

/** Puts contents where they can take their name in an instant. */
async function stage(path: string, contents: Uint8Array | string): Promise<Staged> {
  const { target, status } = await look(path);
  if (status && !status.isFile())
    return {
      path,
      finish: () => writeInto(path, status, contents),
      settle: () => {},
      discard: async () => {},
    };
  const temporary = temporaryName(dirname(target));
  // What a process that was killed has left unnamed is older than what is written now.
  if (giveNames(dirname(target))) sweepAgain(dirname(target));
  hold(temporary);
  let isPending = true;
  const settle = () => {
    isPending = false;
    letGo(temporary);
  };
  const discard = async () => {
    if (!isPending) return;
    await rm(temporary, { force: true }).catch(() => undefined);
    settle();
  };
  try {
    await writeNew(temporary, contents);
    await sweep(dirname(target));
    if (status) await keepOwner(temporary, status);
  } catch (error) {
    await discard();
    throw error;
  }
  const finish = async () => {
    if (isPending) renameSync(temporary, target);
    settle();
  };
  const naming = target === path && { from: basename(temporary), to: basename(path) };
  return { path, ...(naming && { naming }), finish, settle, discard };
}

/**
 * Writes a file that is not there yet, in a folder that may not be there either. A small one, and names, are written
 * without a turn through Node's threads, which takes longer than the file: tasks of a cluster write thousands of them. A large
 * one is made so, too: one of Node's threads could make it just after a signal had it removed.
 */
async function writeNew(path: string, contents: Uint8Array | string): Promise<void> {
  const isSmall = contents.length <= SMALL;
  const make = () => writeFileSync(path, isSmall ? contents : '', { flag: 'wx' });
  try {
    make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await makeFolder(dirname(path));
    make();
  }
  if (!isSmall) await writeFile(path, contents, { flag: 'r+' });
}

/** What lies at a path, and the plain file that is to be replaced: that at the end of symbolic links. */
async function look(path: string): Promise<{ target: string; status: Stats | undefined }> {
  const ownStatus = lstatSync(path, { throwIfNoEntry: false });
  const isLink = ownStatus?.isSymbolicLink() ?? false;
  const status = isLink ? await orNothing(stat(path)) : ownStatus;
  if (status?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  if (!isLink) return { target: path, status };
  // Of a link that leads nowhere, the folder that it leads into is what counts.
  const target = status
    ? await realpath(path)
    : await linkTarget(join(await realpath(dirname(path)), basename(path)));
  return { target, status };
}

async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function linkTarget(path: string): Promise<string> {
  const link = await readlink(path).catch(() => undefined);
  return link === undefined ? path : linkTarget(resolve(dirname(path), link));
}

/** The folder itself, or that on the way to it which is there. */
async function nearestFolder(folder: string): Promise<string> {
  const status = await orNothing(stat(folder));
  if (!status && lstatSync(folder, { throwIfNoEntry: false }))
    throw Object.assign(new Error(`${folder} is a link that leads nowhere`), { code: '' });
  if (!status) return nearestFolder(dirname(folder));
  if (status.isDirectory()) return folder;
  throw Object.assign(new Error('a file on the way'), { code: 'ENOTDIR' });
}

/** Mode and, where that is allowed, owner of the file that is replaced. */
async function keepOwner(temporary: string, { mode, uid, gid }: Stats): Promise<void> {
  await chown(temporary, uid, gid).catch(() => undefined);
  await chmod(temporary, mode & 0o7777);
}

/** Writes to a pipe or a device. To open a pipe waits for a reader, so it is opened without waiting, again and again. */
async function writeInto(path: string, status: Stats, contents: Uint8Array | string): Promise<void> {
  const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
  const flags = constants.O_WRONLY | (status.isFIFO() ? constants.O_NONBLOCK : 0);
  const file = await patiently(() => open(path, flags));
  try {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await patiently(() =>
        file.write(bytes, at, Math.min(2 ** 16, bytes.length - at)),
      );
      at += bytesWritten;
    }
  } finally {
    await file.close();
  }
}

/** Tries again while a pipe has no reader, or one that is busy. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += PIPE_PAUSE) {
    try {
      return await attempt();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENXIO' && code !== 'EAGAIN') throw error;
      if (waited >= PIPE_PATIENCE)
        throw Object.assign(new Error(`a pipe that nobody reads from for ${PIPE_PATIENCE / 1e3} s`), {
          code: '',
        });
      await sleep(PIPE_PAUSE);
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EISDIR: 'it is a folder',
  EROFS: 'the file system is read-only',
};

/** Does something with a file; what goes wrong is said of it. */
async function named(path: string, work: () => Promise<unknown>, more = ''): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Error(`${whyNot(path, error)}${more}`);
  }
}

function whyNot(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return `${path}: cannot be written (${code ? (REASONS[code] ?? code) : message})`;
}
