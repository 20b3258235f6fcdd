import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { publishedImages } from '../data/catalogue.js';
import { dataFolder, download, findFile } from '../data/download.js';
import { DataError } from '../data/error.js';
import { print, printJson, printTable } from './output.js';

export function register(program: Command): void {
  program
    .command('data')
    .description('List the data sets that hw2 knows, or fetch one.')
    .argument('[name]', 'the data set to fetch')
    .option('--json', 'print JSON')
    .addHelpText('before', 'Examples:\n  hw2 data\n  hw2 data octmnist\n')
    .action((name: string | undefined, { json }: { json?: boolean }) =>
      name ? fetchSet(name) : list(json ?? false),
    );
}

function list(json: boolean): void {
  const sets = publishedImages.map(({ name, title, classNames, file, url }) => ({
    name,
    title,
    classes: classNames.length,
    url,
    path: findFile(file) ?? null,
  }));
  if (json) {
    printJson({ folder: dataFolder(), sets });
    return;
  }
  printTable(
    ['name', 'images', 'classes', 'where'],
    [
      ['phantom', 'synthetic retinal sections', '4', 'generated when used'],
      ...sets.map(({ name, title, classes, path }) => [
        name,
        title,
        String(classes),
        path ?? `hw2 data ${name}`,
      ]),
    ],
    'left',
  );
  print(
    `\nFiles are kept in ${dataFolder()}; HW2_DATA names another folder. Licence of the MedMNIST sets: CC BY 4.0.`,
  );
}

async function fetchSet(name: string): Promise<void> {
  const set = publishedImages.find((known) => known.name === name);
  if (!set) {
    if (name === 'phantom') return print('phantom is generated when it is used; there is nothing to fetch.');
    throw new DataError(
      `${name}: no such data set; expected one of ${publishedImages.map((known) => known.name).join(', ')}`,
    );
  }
  const known = findFile(set.file);
  if (known) return print(known);
  const path = join(dataFolder(), set.file);
  const bar = new SingleBar({
    format: `${set.file} {bar} {percentage} % | {eta} s left`,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(1, 0);
  try {
    await download(set, path, (received, total) => {
      bar.setTotal(total ?? received);
      bar.update(received);
    });
  } finally {
    bar.stop();
  }
  print(path);
}
