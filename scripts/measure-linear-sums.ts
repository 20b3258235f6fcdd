/**
 * Measures what exact sums cost linear attention: the time of today's engine over that of version 0.1.0, whose sums were single
 * float32 numbers, at L 4,096, order 2, by turns in one process. Writes the rows of this Node and tier into
 * docs/benchmarks/linear-sums.json, and the table between the markers of docs/architecture.md. Version 0.1.0 is built first:
 *
 *     git archive 8e66d63 | tar x -C OLD && ln -s $PWD/node_modules OLD && (cd OLD && npm run build:wasm && npx tsc -b src)
 *     npm run build && node build/scripts/measure-linear-sums.js OLD simd relaxed
 *     npx -p node@24 node build/scripts/measure-linear-sums.js OLD wide
 *
 * half a minute a tier, on a quiet machine.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as today from 'hw2-engine';
import { timeByTurns } from '#hw2/bench/rounds.js';
import { type Estimate, ratioEstimate } from '#hw2/statistics/estimates.js';
import { Random } from '#hw2/statistics/random.js';

const RECORD = 'docs/benchmarks/linear-sums.json';
const PAGE = 'docs/architecture.md';
const L = 4096;
const DIMS = [16, 32, 64] as const;
const ROUNDS = 25;

export interface SumsRecord {
  machine: string;
  date: string;
  runs: { node: string; tier: today.Tier; D: number; isCausal: boolean; ratio: Estimate }[];
}

/** One line a tier: time over that of 0.1.0, with its interval at 95 %. */
export function sumsTable({ runs }: SumsRecord): string {
  const columns = [false, true].flatMap((isCausal) => DIMS.map((D) => ({ isCausal, D })));
  const titles = columns.map(({ isCausal, D }) => `${isCausal ? 'causal' : 'dense'}, D ${D}`);
  const rows = [...new Set(runs.map(({ node, tier }) => `\`${tier}\`, Node ${node.split('.')[0]}`))].map(
    (name) => {
      const cells = columns.map((column) => {
        const run = runs.find(
          ({ node, tier, D, isCausal }) =>
            `\`${tier}\`, Node ${node.split('.')[0]}` === name &&
            D === column.D &&
            isCausal === column.isCausal,
        );
        if (!run) return '–';
        const [value, low, high] = [run.ratio.value, run.ratio.low, run.ratio.high].map((x) => x.toFixed(2));
        return `${value} (${low} to ${high})`;
      });
      return `| ${[name, ...cells].join(' | ')} |`;
    },
  );
  return [
    `| ${['', ...titles].join(' | ')} |`,
    `| ${['---', ...titles.map(() => '---')].join(' | ')} |`,
    ...rows,
  ].join('\n');
}

/** Linear attention of one head on tensors of its own in the memory of an engine of one version. */
async function contender(
  { createEngine, EngineTensor, attention }: typeof today,
  { tier, D, isCausal }: { tier: today.Tier; D: number; isCausal: boolean },
): Promise<{ run: () => Promise<void>; end: () => Promise<void> }> {
  const engine = await createEngine({ tier });
  const [q, k, v, out] = [1, 2, 3, 4].map((seed) => {
    const tensor = new EngineTensor(engine, [1, 1, L, D]);
    new Random(seed).fillNormal(tensor.data, seed === 1 ? 0.5 : 1);
    return tensor;
  }) as [today.EngineTensor, today.EngineTensor, today.EngineTensor, today.EngineTensor];
  return {
    run: async () => {
      await attention(engine, { q, k, v }, { method: 'taylor', order: 2, isCausal, out });
    },
    end: () => engine.dispose(),
  };
}

async function measure(before: typeof today, tier: today.Tier): Promise<SumsRecord['runs']> {
  const runs: SumsRecord['runs'] = [];
  for (const D of DIMS)
    for (const isCausal of [false, true]) {
      const both = [
        await contender(before, { tier, D, isCausal }),
        await contender(today, { tier, D, isCausal }),
      ];
      const [old, now] = await timeByTurns(
        both.map(({ run }) => run),
        { rounds: ROUNDS, seconds: 0 },
      );
      for (const { end } of both) await end();
      const ratio = ratioEstimate(now!, old!);
      runs.push({ node: process.versions.node, tier, D, isCausal, ratio });
      process.stderr.write(`${tier}, D ${D}, ${isCausal ? 'causal' : 'dense'}: ${ratio.value.toFixed(3)}\n`);
    }
  return runs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [old, ...tiers] = process.argv.slice(2);
  if (old === undefined || !existsSync(resolve(old, 'dist/index.js'))) {
    console.error('error: expected OLD, the folder of version 0.1.0 as it was built, and tiers');
    process.exit(2);
  }
  const before: typeof today = await import(pathToFileURL(resolve(old, 'dist/index.js')).href);
  let runs: SumsRecord['runs'] = existsSync(RECORD)
    ? (JSON.parse(readFileSync(RECORD, 'utf8')) as SumsRecord).runs
    : [];
  for (const tier of tiers as today.Tier[]) {
    for (const { enableTier } of [before, today]) if (tier !== 'simd') enableTier(tier);
    const fresh = await measure(before, tier);
    const key = ({ node, tier: of }: { node: string; tier: string }) => `${node.split('.')[0]} ${of}`;
    runs = [...runs.filter((run) => key(run) !== key(fresh[0]!)), ...fresh];
  }
  const machine = `${cpus()[0]!.model}, ${cpus().length} cores`;
  const record: SumsRecord = { machine, date: new Date().toISOString().slice(0, 10), runs };
  writeFileSync(RECORD, `${JSON.stringify(record)}\n`);
  const marked = /(<!-- sums -->\n).*?(<!-- \/sums -->)/s;
  writeFileSync(
    PAGE,
    readFileSync(PAGE, 'utf8').replace(marked, (_, start, end) => `${start}${sumsTable(record)}\n${end}`),
  );
}
