/**
 * Measures everything again and writes it down: docs/benchmarks/node<version>-<tier>.json and .md, and the table in
 * README.md between its markers. `npm run build && node build/scripts/bench-record.js`; on a quiet machine it takes
 * about twenty minutes. With --table the table is made from the files that are there; with --recurrent only the rules of
 * linear attention are measured, and added to them; with names, such as node24-wide, only these are measured.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { racesToMarkdown } from '#hw2/bench/formats.js';
import { rulesToMarkdown } from '#hw2/bench/rules/formats.js';
import { type BenchReport, scoreboard } from '#hw2/bench/scoreboard.js';

const FOLDER = 'docs/benchmarks';
const RUNS = [
  { node: 20, tier: 'simd' },
  { node: 20, tier: 'relaxed' },
  { node: 24, tier: 'relaxed' },
  { node: 24, tier: 'wide' },
].map((run) => ({ ...run, name: `node${run.node}-${run.tier}` }));
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** README.md with the table between `<!-- bench -->` and `<!-- /bench -->`; nothing else changes. */
export function insertTable(readme: string, table: string): string {
  const marked = /(<!-- bench -->\n).*?(<!-- \/bench -->)/s;
  if (!marked.test(readme))
    throw new Error('README.md: the markers <!-- bench --> and <!-- /bench --> are missing');
  return readme.replace(marked, (_, start: string, end: string) => `${start}${table}\n${end}`);
}

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

function record(run: Run, onlyRules: boolean): void {
  process.stderr.write(`${run.name}\n`);
  const { machine, rules } = bench(run, '--recurrent');
  const report = onlyRules ? readReport(run.name) : bench(run, '--full');
  const { name } = run;
  writeFileSync(`${FOLDER}/${name}.json`, `${JSON.stringify({ ...report, rules })}\n`);
  writeFileSync(
    `${FOLDER}/${name}-recurrent.md`,
    `# ${name}, rules\n\n${rulesToMarkdown(machine, rules ?? [])}`,
  );
  if (onlyRules) return;
  writeFileSync(`${FOLDER}/${name}.md`, `# ${name}\n\n${racesToMarkdown(report.machine, report.races)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const words = process.argv.slice(2);
  const names = words.filter((word) => !word.startsWith('--'));
  await mkdir(FOLDER, { recursive: true });
  if (!words.includes('--table')) {
    const runs = RUNS.filter(({ name }) => names.length === 0 || names.includes(name));
    for (const run of runs) record(run, words.includes('--recurrent'));
  }
  const files = await readdir(FOLDER);
  const reports = RUNS.filter(({ name }) => files.includes(`${name}.json`)).map(({ name }) =>
    readReport(name),
  );
  writeFileSync('README.md', insertTable(readFileSync('README.md', 'utf8'), scoreboard(reports)));
}
