/**
 * Measures what became of the speed of version 0.1.0: the time of today's engine over its, by turns in one process, one head and one
 * thread. Exact attention should take as long as it did; linear attention pays for sums that were single float32 numbers. Writes
 * the rows of this Node and tier into docs/benchmarks/since-0.1.0.json, and the tables between the markers of
 * docs/architecture.md. Version 0.1.0 is built first:
 *
 *     git archive 8e66d63 | tar x -C OLD && ln -s $PWD/node_modules OLD && (cd OLD && npm run build:wasm && npx tsc -b src)
 *     npm run build && node build/scripts/measure-release.js OLD simd relaxed
 *     npx -p node@24 node build/scripts/measure-release.js OLD wide
 *
 * a minute a tier, on a quiet machine.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as today from 'hw2-engine';
import { timeByTurns } from '#hw2/bench/rounds.js';
import { formatCount } from '#hw2/format/numbers.js';
import { type Estimate, ratioEstimate } from '#hw2/statistics/estimates.js';
import { Random } from '#hw2/statistics/random.js';
import { given } from './given.js';
import { between } from './markers.js';

const RECORD = 'docs/benchmarks/since-0.1.0.json';
const PAGE = 'docs/architecture.md';
const ROUNDS = 25;

interface Case {
  method: 'exact' | 'taylor';
  L: number;
  D: number;
  isCausal: boolean;
}

const dense = [
  ...[1024, 4096].map((L) => ({ method: 'exact' as const, L, D: 64 })),
  ...[16, 32, 64].map((D) => ({ method: 'taylor' as const, L: 4096, D })),
];
const CASES: readonly Case[] = [false, true].flatMap((isCausal) =>
  dense.map((shape) => ({ ...shape, isCausal })),
);

export interface ReleaseRecord {
  machine: string;
  date: string;
  runs: (Case & { node: string; tier: today.Tier; ratio: Estimate })[];
}

/** One line a tier for one method: time over that of 0.1.0, with its interval at 95 %. */
export function releaseTable({ runs }: ReleaseRecord, wanted: Case['method']): string {
  const cases = CASES.filter(({ method }) => method === wanted);
  const titles = cases.map(({ isCausal, L, D }) =>
    [isCausal ? 'causal' : 'dense', wanted === 'exact' ? `L ${formatCount(L)}` : `D ${D}`].join(', '),
  );
  const nameOf = ({ node, tier }: { node: string; tier: string }) =>
    `\`${tier}\`, Node ${node.split('.')[0]}`;
  const rows = [...new Set(runs.map(nameOf))].map((name) => {
    const cells = cases.map((wantedCase) => {
      const isWanted = (run: Case) =>
        Object.entries(wantedCase).every(([key, value]) => run[key as keyof Case] === value);
      const run = runs.find((candidate) => nameOf(candidate) === name && isWanted(candidate));
      if (!run) return '–';
      const [value, low, high] = [run.ratio.value, run.ratio.low, run.ratio.high].map((x) => x.toFixed(2));
      return `${value} (${low} to ${high})`;
    });
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  return [
    `| ${['', ...titles].join(' | ')} |`,
    `| ${['---', ...titles.map(() => '---')].join(' | ')} |`,
    ...rows,
  ].join('\n');
}

/** Attention of one head on tensors of its own in the memory of an engine of one version. */
async function contender(
  { createEngine, EngineTensor, attention }: typeof today,
  { method, L, D, isCausal }: Case,
  tier: today.Tier,
): Promise<{ run: () => Promise<void>; end: () => Promise<void> }> {
  const engine = await createEngine({ tier });
  const [q, k, v, out] = [1, 2, 3, 4].map((seed) => {
    const tensor = new EngineTensor(engine, [1, 1, L, D]);
    new Random(seed).fillNormal(tensor.data, seed === 1 ? 0.5 : 1);
    return tensor;
  }) as [today.EngineTensor, today.EngineTensor, today.EngineTensor, today.EngineTensor];
  const options = method === 'taylor' ? { method, order: 2 } : {};
  return {
    run: async () => {
      await attention(engine, { q, k, v }, { ...options, isCausal, out });
    },
    end: () => engine.dispose(),
  };
}

async function measure(before: typeof today, tier: today.Tier): Promise<ReleaseRecord['runs']> {
  const runs: ReleaseRecord['runs'] = [];
  for (const wanted of CASES) {
    const both = [await contender(before, wanted, tier), await contender(today, wanted, tier)];
    const [old, now] = await timeByTurns(
      both.map(({ run }) => run),
      { rounds: ROUNDS, seconds: 0 },
    );
    for (const { end } of both) await end();
    const ratio = ratioEstimate(now!, old!);
    runs.push({ ...wanted, node: process.versions.node, tier, ratio });
    process.stderr.write(`${tier}, ${JSON.stringify(wanted)}: ${ratio.value.toFixed(3)}\n`);
  }
  return runs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { OLD: old } = given('OLD TIER…', {
    OLD: { is: 'the folder of version 0.1.0, built', holds: ['dist/index.js'] },
  });
  const tiers = process.argv.slice(3);
  const before: typeof today = await import(pathToFileURL(resolve(old, 'dist/index.js')).href);
  let runs: ReleaseRecord['runs'] = existsSync(RECORD)
    ? (JSON.parse(readFileSync(RECORD, 'utf8')) as ReleaseRecord).runs
    : [];
  for (const tier of tiers as today.Tier[]) {
    for (const { enableTier } of [before, today]) if (tier !== 'simd') enableTier(tier);
    const fresh = await measure(before, tier);
    const key = ({ node, tier: of }: { node: string; tier: string }) => `${node.split('.')[0]} ${of}`;
    runs = [...runs.filter((run) => key(run) !== key(fresh[0]!)), ...fresh];
  }
  const machine = `${cpus()[0]!.model}, ${cpus().length} cores`;
  const record: ReleaseRecord = { machine, date: new Date().toISOString().slice(0, 10), runs };
  writeFileSync(RECORD, `${JSON.stringify(record)}\n`);
  const insert = (page: string, marker: string, method: Case['method']) =>
    between(page, marker, releaseTable(record, method), PAGE);
  writeFileSync(PAGE, insert(insert(readFileSync(PAGE, 'utf8'), 'sums', 'taylor'), 'release', 'exact'));
}
