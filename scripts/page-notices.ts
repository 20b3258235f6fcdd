/** The licences of the packages that a bundle holds, which those ask to be kept with every copy. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** The folders of packages of which esbuild put something into a bundle, each once and in order. */
function packageFolders({ outputs }: Metafile): string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((file) => inputs[file]!.bytesInOutput > 0),
  );
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/** The name, version and licence of every package in a bundle. The working folder is the root of the repository. */
export async function pageNotices(bundle: Metafile): Promise<string> {
  const notices = await Promise.all(packageFolders(bundle).map(noticeOf));
  return `The scripts of this page hold the following packages.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license, homepage } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  const head = `${name} ${version}, ${license}${homepage ? `, ${homepage}` : ''}\n`;
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
  if (file !== undefined) return `${head}\n${await readFile(join(folder, file), 'utf8')}`;
  return `${head}\nThe package holds no text of its licence; what its scripts say of it stands at the end of ours.\n`;
}
