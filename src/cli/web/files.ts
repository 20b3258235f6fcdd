import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkWritable } from '../../data/write.js';
import { UsageError } from '../misuse.js';

const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = join(PACKAGE, 'dist/web');

/** The page's own files, and those of the package's models that it needs: where each lies, by its path in an address. */
export async function pageFiles(): Promise<Map<string, string>> {
  const names = (await readdir(FOLDER, { recursive: true })).filter((name) => extname(name) !== '');
  const { files } = JSON.parse(await readFile(join(FOLDER, 'assets.json'), 'utf8')) as { files: string[] };
  return new Map([
    ...names.map((name): [string, string] => [name.split(sep).join('/'), join(FOLDER, name)]),
    ...files.map((name): [string, string] => [name, join(PACKAGE, name)]),
  ]);
}

/**
 * Writes the whole page into a new folder, which any static host can serve.
 * @throws UsageError when there is something at that path; nothing is left half-written
 */
export async function writePage(folder: string): Promise<void> {
  const target = resolve(folder);
  const there = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(
      error.code === 'ENOTDIR'
        ? `--out: ${folder} is a file, expected a new folder`
        : `--out: ${folder} cannot be opened (${error.code})`,
    );
  });
  if (there.length > 0)
    throw new UsageError(`--out: ${folder} has files in it, expected a new or an empty folder`);
  await checkWritable(join(target, 'index.html'));
  const half = `${target}.${process.pid}.part`;
  try {
    for (const [name, file] of await pageFiles()) {
      await mkdir(dirname(join(half, name)), { recursive: true });
      await cp(file, join(half, name));
    }
    await rename(half, target);
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    throw error;
  }
}
