/**
 * Measures everything again and writes it down: docs/benchmarks/node<version>-<tier>.json and .md, and the tables of
 * README.md, docs/generation.md and docs/methods.md between their markers. `npm run build && node build/scripts/bench-record.js`; on a quiet
 * machine it takes about half an hour. With --table the table is made from the files that are there; with --races only exact and linear
 * attention are measured, with --recurrent only the rules, with --decode only steps of decoding, and added to them; with names,
 * such as node24-wide, only these are measured.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { decodingGoals } from '#hw2/bench/decoding/goals.js';
import { decodingMarkdown } from '#hw2/bench/decoding/summary.js';
import { tokenTimes } from '#hw2/bench/decoding/token-times.js';
import { describe, racesToMarkdown } from '#hw2/bench/formats.js';
import type { BenchReport } from '#hw2/bench/report.js';
import { rulesToMarkdown } from '#hw2/bench/rules/formats.js';
import { ruleGoals } from '#hw2/bench/rules/goals.js';
import { scoreboard } from '#hw2/bench/scoreboard.js';
import { type Output, writeSet } from '#hw2/data/write.js';
import { argumentsOf, refuse } from './given.js';
import { between } from './markers.js';

const FOLDER = 'docs/benchmarks';
const GENERATION = 'docs/generation.md';
const METHODS = 'docs/methods.md';
const RUNS = [
  { node: 20, tier: 'simd' },
  { node: 20, tier: 'relaxed' },
  { node: 24, tier: 'relaxed' },
  { node: 24, tier: 'wide' },
].map((run) => ({ ...run, name: `node${run.node}-${run.tier}` }));
/** At 8,192 tokens four heads say what sixteen do, in a quarter of the time. */
const RECORDED_RULES = [
  ['--L', '1,64,1024,8192', '--heads', '4'],
  ['--L', '1,1024', '--heads', '16', '--threads', '1'],
];
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

type Run = (typeof RUNS)[number];

/** What `hw2 bench` with some arguments prints as JSON, on the version of Node and the tier of a run. */
function bench({ node, tier, name }: Run, ...options: string[]): BenchReport {
  const command = ['-y', '-p', `node@${node}`, 'node', MAIN, 'bench', ...options, '--tier', tier, '--json'];
  const { status, stdout } = spawnSync('npx', command, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${name}: hw2 bench ended with ${status}`);
  return JSON.parse(stdout) as BenchReport;
}

const readReport = (name: string) =>
  JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8')) as BenchReport;

type Part = 'races' | 'rules' | 'decoding';
const PARTS = [
  ['races', 'races'],
  ['recurrent', 'rules'],
  ['decode', 'decoding'],
] as const satisfies readonly (readonly [option: string, Part])[];
const USAGE = '[--table | --races | --recurrent | --decode] [NAME…]';

/** What is measured anew: `only` one part, which joins what was written before, or all. Nothing is written before all is measured. */
async function record(run: Run, only: Part | undefined): Promise<void> {
  const { name } = run;
  process.stderr.write(`${name}\n`);
  const outputs: Output[] = [];
  const write = (file: string, title: string, tables: string) =>
    outputs.push({ path: `${FOLDER}/${file}.md`, contents: `# ${title}\n\n${tables}` });
  const measures = (part: Part) => only === undefined || only === part;
  const before = only === undefined ? undefined : readReport(name);
  const report = measures('races') ? { ...before, ...bench(run, '--full') } : before!;
  if (measures('races')) write(name, name, racesToMarkdown(report.machine, report.races));
  if (measures('rules')) {
    const parts = RECORDED_RULES.map((settings) => bench(run, '--recurrent', ...settings));
    const rules = parts.flatMap((part) => part.rules ?? []);
    write(`${name}-recurrent`, `${name}, rules`, rulesToMarkdown(parts[0]!.machine, rules));
    report.rules = rules;
  }
  if (measures('decoding')) {
    const { machine, decoding = [] } = bench(run, '--decode');
    write(`${name}-decode`, `${name}, decoding`, `${describe(machine)}\n\n${decodingMarkdown(decoding)}`);
    report.decoding = decoding;
  }
  await writeSet([...outputs, { path: `${FOLDER}/${name}.json`, contents: `${JSON.stringify(report)}\n` }]);
}

/** docs/generation.md with the tables that the records of decoding make. */
export function withDecoding(
  page: string,
  reports: Readonly<Record<'node20' | 'node24', BenchReport>>,
): string {
  const { node20, node24 } = reports;
  const timed = between(page, 'bench', tokenTimes(node24.decoding ?? []), GENERATION);
  const goals = decodingGoals([
    { name: 'Node 20', report: node20 },
    { name: 'Node 24', report: node24 },
  ]);
  return between(timed, 'goals', goals, GENERATION);
}

/** docs/methods.md with what was reached of the goals of rules, as the records have it. */
export function withRuleGoals(
  page: string,
  reports: Readonly<Record<'node20' | 'node24' | 'wide', BenchReport>>,
): string {
  const { node20, node24, wide } = reports;
  const goals = ruleGoals([
    { name: 'Node 20', report: node20 },
    { name: 'Node 24', report: node24 },
    { name: 'Node 24, `wide`', report: wide },
  ]);
  return between(page, 'goals', goals, METHODS);
}

/** The tables of README.md, docs/generation.md and docs/methods.md, from the records that there are. */
async function writeTables(): Promise<void> {
  const files = await readdir(FOLDER);
  const reports = RUNS.filter(({ name }) => files.includes(`${name}.json`)).map(({ name }) =>
    readReport(name),
  );
  const [node20, node24] = [readReport('node20-relaxed'), readReport('node24-relaxed')];
  const wide = readReport('node24-wide');
  await writeSet([
    {
      path: 'README.md',
      contents: between(readFileSync('README.md', 'utf8'), 'bench', scoreboard(reports), 'README.md'),
    },
    { path: GENERATION, contents: withDecoding(readFileSync(GENERATION, 'utf8'), { node20, node24 }) },
    { path: METHODS, contents: withRuleGoals(readFileSync(METHODS, 'utf8'), { node20, node24, wide }) },
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, words } = argumentsOf(USAGE, {
    table: { type: 'boolean' },
    races: { type: 'boolean' },
    recurrent: { type: 'boolean' },
    decode: { type: 'boolean' },
  });
  const known = RUNS.map(({ name }) => name);
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) refuse(USAGE, `NAME: ${unknown}, expected ${known.join(', ')}`);
  await mkdir(FOLDER, { recursive: true });
  const runs = RUNS.filter(({ name }) => words.length === 0 || words.includes(name));
  const only = PARTS.find(([option]) => values[option])?.[1];
  // After each run, so that what one wrote stands in the tables even if the next is cut short.
  for (const run of values.table ? [] : runs) {
    await record(run, only);
    await writeTables();
  }
  if (values.table) await writeTables();
}
