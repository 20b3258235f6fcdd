import { totalmem } from 'node:os';
import { type Command, Option } from 'commander';
import { MAX_HEAD_DIM } from 'hw2-engine';
import { arraySource } from '../../cluster/shards/array-source.js';
import { MANIFEST_VERSION, type Manifest, writeManifest } from '../../cluster/shards/manifest.js';
import { cut, type Source, writeShards } from '../../cluster/shards/shards.js';
import { openWritableStore } from '../../cluster/store/open-store.js';
import type { Store } from '../../cluster/store/store.js';
import { DataError } from '../../data/error.js';
import { readQkv, type TensorName } from '../../data/qkv.js';
import { formatCounted } from '../../format/numbers.js';
import { numberAbove, outputPath, wholeNumber } from '../arguments.js';
import { UsageError } from '../misuse.js';
import { clearStatus, print, printJson, status, warn } from '../output.js';

interface Arguments {
  store: string;
  name: string;
  shard: number;
  random?: boolean;
  L: number;
  D: number;
  heads: number;
  kvHeads?: number;
  sigma: number;
  seed: number;
  json?: boolean;
}

export function define(command: Command): void {
  command
    .argument('[file]', 'a .npz or .safetensors file with q, k and v')
    .option('--store <place>', 'folder or s3://bucket/prefix that gets the shards', outputPath, 'hw2-store')
    .option('--name <folder>', 'folder of the shards in the store', 'shards')
    .option('--shard <tokens>', 'tokens of a shard', wholeNumber(1, 2 ** 24), 2 ** 18)
    .option('--random', 'random tensors, drawn where they are needed: nothing is stored but the seed')
    .option('--L <n>', 'random: sequence length', wholeNumber(1), 2 ** 20)
    .option('--D <n>', 'random: head dimension', wholeNumber(1, MAX_HEAD_DIM), 64)
    .option('--heads <n>', 'random: heads of the query', wholeNumber(1), 1)
    .option('--kv-heads <n>', 'random: heads of key and value (default: as --heads)', wholeNumber(1))
    .addOption(
      new Option('--sigma <x>', 'random: standard deviation of the scores')
        .argParser(numberAbove(0))
        .default(0.5),
    )
    .option('--seed <n>', 'random: seed', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--json', 'print JSON')
    .addHelpText(
      'before',
      'Examples:\n  hw2 shard tensors.npz --store /shared/night\n  hw2 shard --random --L 100000000 --D 32 --store /shared/night\n',
    )
    .action(run);
}

async function run(file: string | undefined, options: Arguments): Promise<void> {
  if ((file === undefined) === !options.random)
    throw new UsageError('shard: expected either a file or --random');
  if (!/^[\w-]+$/.test(options.name))
    throw new UsageError(`--name: given "${options.name}", expected letters, digits, hyphens`);
  if (options.random) checkCount(options.L, options.shard);
  const store = await openWritableStore(options.store);
  const manifest = file === undefined ? await random(store, options) : await fromFile(store, file, options);
  clearStatus();
  const { shards, length, heads, kvHeads, headDim, valueDim } = manifest;
  if (options.json) {
    const { name } = options;
    const shape = { length, heads, kvHeads, headDim, valueDim, shards: shards.length };
    printJson('shard', { store: store.url, name, ...shape });
  } else {
    const what = `${formatCounted(length, 'token')} in ${formatCounted(shards.length, 'shard')}`;
    print(`${what}, in ${store.url}/${options.name}`);
    print(`next: hw2 cluster run attention --store ${options.store}`);
  }
}

/** A manifest names each shard. */
const MAX_SHARDS = 2 ** 18;

function checkCount(length: number, shard: number): void {
  const count = Math.ceil(length / shard);
  if (count > MAX_SHARDS)
    throw new UsageError(
      `--shard: given ${shard}, which makes ${count} shards of ${length} tokens; at most ${MAX_SHARDS} are written`,
    );
}

async function random(store: Store, options: Arguments): Promise<Manifest> {
  const { L, D, heads, kvHeads = heads, sigma, seed } = options;
  if (heads % kvHeads !== 0)
    throw new UsageError(`--kv-heads: given ${kvHeads}, expected a divisor of --heads ${heads}`);
  const manifest: Manifest = {
    format: 'hw2-shards',
    version: MANIFEST_VERSION,
    ...{ heads, kvHeads, headDim: D, valueDim: D, length: L },
    shards: cut(L, options.shard),
    random: { seed, sigma },
  };
  await writeManifest(store, options.name, manifest);
  return manifest;
}

async function fromFile(store: Store, file: string, options: Arguments): Promise<Manifest> {
  const arrays = await readQkv(file, totalmem() / 2);
  const source = (name: TensorName): Source => {
    return watched(`${file}: ${name}`, arraySource(`${file}: ${name}`, arrays[name]));
  };
  const sources = { q: source('q'), k: source('k'), v: source('v') };
  const { q, k, v } = sources;
  if (q.dims[2] !== k.dims[2])
    throw new DataError(`${file}: k has dim ${k.dims[2]}, expected ${q.dims[2]} as in q`);
  for (const [name, { dims }] of [
    ['k', k],
    ['v', v],
  ] as const) {
    if (dims[1] !== q.dims[1])
      throw new DataError(`${file}: ${name} has ${dims[1]} tokens, expected ${q.dims[1]} as in q`);
  }
  if (k.dims[0] !== v.dims[0] || q.dims[0] % k.dims[0] !== 0)
    throw new DataError(
      `${file}: q, k, v have ${q.dims[0]}, ${k.dims[0]}, ${v.dims[0]} heads; k and v as many, a divisor of q's`,
    );
  checkCount(q.dims[1], options.shard);
  return writeShards(store, options.name, sources, options.shard, (done, of) =>
    status(`writing shard ${done} of ${of}…`),
  );
}

/** A source that says once where it holds what is no number, for nothing that is computed of it can be one. */
function watched(name: string, source: Source): Source {
  let isTold = false;
  return {
    ...source,
    rows: async (first, tokens) => {
      const rows = await source.rows(first, tokens);
      const bad = rows.find((x) => !Number.isFinite(x));
      if (bad !== undefined && !isTold)
        warn(`${name} holds ${bad} among tokens ${first} to ${first + tokens}`);
      isTold ||= bad !== undefined;
      return rows;
    },
  };
}
