import { dirname, join } from 'node:path';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { publishedImages } from '../../data/catalogue.js';
import {
  type DownloadProgress,
  dataFolder,
  download,
  findFile,
  type RemoteFile,
} from '../../data/download.js';
import { DataError } from '../../data/error.js';
import { fetchArchive, holdsClips, ljspeechArchive, ljspeechFolder } from '../../data/ljspeech-archive.js';
import { clearStatus, print, printJson, printTable, status } from '../output.js';

export function register(program: Command): void {
  program
    .command('data')
    .description('List the data sets that hw2 knows, or fetch one.')
    .argument('[name]', 'the data set to fetch')
    .option('--json', 'print JSON')
    .addHelpText('before', 'Examples:\n  hw2 data\n  hw2 data octmnist\n  hw2 data ljspeech\n')
    .action((name: string | undefined, { json }: { json?: boolean }) =>
      name ? fetchSet(name) : list(json ?? false),
    );
}

function list(json: boolean): void {
  const images = publishedImages.map(({ name, title, classNames, file, url }) => ({
    name,
    title,
    classes: classNames.length,
    url,
    path: findFile(file) ?? null,
  }));
  const speech = {
    name: 'ljspeech',
    title: '13,100 sentences of one speaker, 2.7 GB',
    classes: null,
    url: ljspeechArchive.url,
    path: holdsClips(ljspeechFolder()) ? ljspeechFolder() : null,
  };
  const sets = [...images, speech];
  if (json) {
    printJson({ folder: dataFolder(), sets });
    return;
  }
  printTable(
    ['name', 'contents', 'classes', 'where'],
    [
      ['phantom', 'synthetic retinal sections', '4', 'generated when used'],
      ...sets.map(({ name, title, classes, path }) => [
        name,
        title,
        String(classes ?? ''),
        path ?? `hw2 data ${name}`,
      ]),
    ],
    'left',
  );
  print(
    `\nFiles are kept in ${dataFolder()}; HW2_DATA names another folder. Licence of the MedMNIST sets: CC BY 4.0; LJSpeech is in the public domain.`,
  );
}

async function fetchSet(name: string): Promise<void> {
  if (name === 'phantom') return print('phantom is generated when it is used; there is nothing to fetch.');
  if (name === 'ljspeech') return fetchSpeech();
  const set = publishedImages.find((known) => known.name === name);
  if (!set) {
    const names = [...publishedImages.map((known) => known.name), 'ljspeech'];
    throw new DataError(`${name}: no such data set; expected one of ${names.join(', ')}`);
  }
  const known = findFile(set.file);
  if (known) return print(known);
  const path = join(dataFolder(), set.file);
  await withBar(set, (onProgress) => download(set, path, onProgress));
  print(path);
}

async function fetchSpeech(): Promise<void> {
  const folder = ljspeechFolder();
  if (!holdsClips(folder)) {
    await withBar(ljspeechArchive, (onProgress, stop) =>
      fetchArchive(ljspeechArchive, folder, onProgress, () => {
        stop();
        status(`unpacking into ${dirname(folder)}…`);
      }),
    );
    clearStatus();
  }
  print(folder);
}

async function withBar(
  { file }: RemoteFile,
  work: (onProgress: DownloadProgress, stop: () => void) => Promise<void>,
): Promise<void> {
  const bar = new SingleBar({
    format: `${file} {bar} {percentage} % | {eta} s left`,
    clearOnComplete: true,
  });
  bar.start(1, 0);
  const onProgress: DownloadProgress = (received, total) => {
    bar.setTotal(total ?? received);
    bar.update(received);
  };
  try {
    await work(onProgress, () => bar.stop());
  } finally {
    bar.stop();
  }
}
