import { dirname, join } from 'node:path';
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
import { clearStatus, hintWhenInterrupted, print, printJson, status } from '../output.js';
import { startProgress } from '../progress.js';
import { printTable } from '../table.js';

export function define(command: Command): void {
  command
    .argument('[name]', 'the data set to fetch')
    .option('--json', 'print JSON')
    .addHelpText('before', 'Examples:\n  hw2 data\n  hw2 data octmnist\n  hw2 data ljspeech\n')
    .action((name: string | undefined, { json }: { json?: boolean }) =>
      name ? fetchSet(name, json ?? false) : list(json ?? false),
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
    title: '13,100 sentences of one speaker, 2.6 GiB',
    classes: null,
    url: ljspeechArchive.url,
    path: holdsClips(ljspeechFolder()) ? ljspeechFolder() : null,
  };
  const sets = [...images, speech];
  if (json) {
    printJson('data', { folder: dataFolder(), sets });
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

async function fetchSet(name: string, json: boolean): Promise<void> {
  if (name === 'phantom') return print('phantom is generated when it is used; there is nothing to fetch.');
  const path = name === 'ljspeech' ? await fetchSpeech() : await fetchImages(name);
  if (json) printJson('data-set', { name, path });
  else print(path);
}

/** @returns where the file lies */
async function fetchImages(name: string): Promise<string> {
  const set = publishedImages.find((known) => known.name === name);
  if (!set) {
    const names = [...publishedImages.map((known) => known.name), 'ljspeech'];
    throw new DataError(`${name}: no such data set; expected one of ${names.join(', ')}`);
  }
  const known = findFile(set.file);
  if (known) return known;
  const path = join(dataFolder(), set.file);
  await withProgress(set, (onProgress) => download(set, path, onProgress));
  return path;
}

/** @returns where the clips lie */
async function fetchSpeech(): Promise<string> {
  const folder = ljspeechFolder();
  if (holdsClips(folder)) return folder;
  await withProgress(ljspeechArchive, (onProgress, stop) =>
    fetchArchive(ljspeechArchive, folder, onProgress, () => {
      stop();
      status(`unpacking into ${dirname(folder)}…`);
    }),
  );
  clearStatus();
  return folder;
}

async function withProgress(
  { file }: RemoteFile,
  work: (onProgress: DownloadProgress, stop: () => void) => Promise<void>,
): Promise<void> {
  const progress = startProgress(file);
  hintWhenInterrupted('What has come is kept: the same command goes on from there.');
  const start = performance.now();
  let first: number | undefined;
  const onProgress: DownloadProgress = (received, total) => {
    first ??= received;
    const speed = (received - first) / (performance.now() - start);
    const left = total !== undefined && speed > 0 ? (total - received) / speed / 1e3 : undefined;
    progress.update(received, total ?? received, left === undefined ? '' : `${Math.ceil(left)} s left`);
  };
  try {
    await work(onProgress, () => progress.stop());
  } finally {
    progress.stop();
    hintWhenInterrupted();
  }
}
