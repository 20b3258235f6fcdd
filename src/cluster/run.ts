import { basename } from 'node:path';
import { DataError } from '../data/error.js';
import { TEMPORARY } from '../data/pending-set.js';
import { type AttentionRun, attentionStages } from './plan/attention.js';
import { type BenchRun, benchStages } from './plan/bench.js';
import { type EvalCnnRun, evalCnnStages, type TrainCnnRun, trainCnnStages } from './plan/images.js';
import { type EvalAsrRun, evalAsrStages, type TrainAsrRun, trainAsrStages } from './plan/speech.js';
import { readManifest } from './shards/manifest.js';
import { readDocument } from './store/document.js';
import type { Store } from './store/store.js';
import type { Stage } from './task.js';

/** What can be computed in parts. */
export type Computation =
  | ({ kind: 'attention' } & AttentionRun)
  | ({ kind: 'train-cnn' } & TrainCnnRun)
  | ({ kind: 'eval-cnn' } & EvalCnnRun)
  | ({ kind: 'train-asr' } & TrainAsrRun)
  | ({ kind: 'eval-asr' } & EvalAsrRun)
  | ({ kind: 'bench' } & BenchRun);

/** A run as it is kept in the store: whoever has its name can form its plan. */
export interface Run {
  format: 'hw2-run';
  version: 1;
  name: string;
  computation: Computation;
}

const VERSION = 1;
const KINDS: readonly Computation['kind'][] = [
  ...(['attention', 'train-cnn', 'eval-cnn', 'train-asr', 'eval-asr', 'bench'] as const),
];
const MAX_RUN_BYTES = 2 ** 20;

/** Where everything of a run lies in its store. */
export const folderOf = (name: string) => `runs/${name}`;
const documentOf = (name: string) => `${folderOf(name)}/run.json`;

/**
 * Names become parts of file names and of queue keys.
 * @throws DataError for others
 */
export function checkRunName(name: string): string {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(name))
    throw new DataError(
      `--run: given "${name}", expected a letter, then at most 63 letters, digits, hyphens`,
    );
  return name;
}

/** Writes a run, or finds it as it was. @throws DataError when its name belongs to another run, or it has no plan */
export async function beginRun(store: Store, name: string, computation: Computation): Promise<Run> {
  const run: Run = { format: 'hw2-run', version: VERSION, name: checkRunName(name), computation };
  if ((await store.size(documentOf(name))) === undefined) {
    // A run whose inputs are not there is none.
    await planOf(store, run);
    await store.write(documentOf(name), `${JSON.stringify(run, null, 1)}\n`);
    return run;
  }
  const known = await readRun(store, name);
  if (JSON.stringify(known) !== JSON.stringify(JSON.parse(JSON.stringify(run))))
    throw new DataError(
      `--run: "${name}" is another run in ${store.url}; give it as it was, or choose another name`,
    );
  return known;
}

/** @throws DataError where there is no such run, or its document is damaged */
export async function readRun(store: Store, name: string): Promise<Run> {
  const source = `${store.url}/${documentOf(name)}`;
  const run = await readDocument<Partial<Run> | null>(store, documentOf(name), { maxBytes: MAX_RUN_BYTES });
  if (run?.format !== 'hw2-run' || !KINDS.includes(run.computation?.kind as Computation['kind']))
    throw new DataError(`${source}: damaged, this is not a run`);
  if (run.version !== VERSION) throw new DataError(`${source}: version ${run.version}, expected ${VERSION}`);
  return run as Run;
}

/** The stages of a run: the same for whoever forms them. */
export async function planOf(store: Store, { name, computation }: Run): Promise<Stage[]> {
  const folder = folderOf(name);
  switch (computation.kind) {
    case 'attention': {
      const { shards } = await readManifest(store, computation.shards);
      const tokens = shards.map((shard) => shard.tokens);
      return attentionStages(computation, tokens, folder);
    }
    case 'train-cnn':
      return trainCnnStages(computation, folder);
    case 'eval-cnn':
      return evalCnnStages(computation, folder);
    case 'train-asr':
      return trainAsrStages(computation, folder);
    case 'eval-asr':
      return evalAsrStages(computation, folder);
    case 'bench':
      return benchStages(computation, folder);
  }
}

/**
 * Removes what killed processes had begun to write for a run whose outputs are all there. One that still computes a task a second
 * time loses its file, which nobody needs.
 */
export async function tidyRun(store: Store, name: string): Promise<void> {
  for (const object of await store.list(`${folderOf(name)}/`))
    if (isUnfinished(object)) await store.remove(object);
}

/** Whether an object has not got its name. */
export const isUnfinished = (object: string) => TEMPORARY.test(basename(object));

/** Names of the outputs of a run: those of its last stage. */
export const outputsOf = (stages: readonly Stage[]): string[] => stages.at(-1)!.map(({ output }) => output);
