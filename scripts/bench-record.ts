/**
 * Measures everything again and writes it down: docs/benchmarks/node<version>-<tier>.json and .md, and the table in
 * README.md between its markers. `npm run build && node build/scripts/bench-record.js`; on a quiet machine it takes
 * about twenty minutes. With --table the table is made from the files that are there; with names, such as node24-wide, only
 * these are measured.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { racesToMarkdown } from '#hw2/bench/formats.js';
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

function record({ node, tier, name }: (typeof RUNS)[number]): void {
  process.stderr.write(`${name}\n`);
  const command = ['-y', '-p', `node@${node}`, 'node', MAIN, 'bench', '--full', '--tier', tier, '--json'];
  const { status, stdout } = spawnSync('npx', command, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${name}: hw2 bench ended with ${status}`);
  const report = JSON.parse(stdout) as BenchReport;
  writeFileSync(`${FOLDER}/${name}.json`, `${JSON.stringify(report)}\n`);
  writeFileSync(`${FOLDER}/${name}.md`, `# ${name}\n\n${racesToMarkdown(report.machine, report.races)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  await mkdir(FOLDER, { recursive: true });
  if (!names.includes('--table')) {
    for (const run of RUNS) if (names.length === 0 || names.includes(run.name)) record(run);
  }
  const files = await readdir(FOLDER);
  const reports = RUNS.filter(({ name }) => files.includes(`${name}.json`)).map(
    ({ name }) => JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8')) as BenchReport,
  );
  writeFileSync('README.md', insertTable(readFileSync('README.md', 'utf8'), scoreboard(reports)));
}
