/** The tables of benchmarks in README and docs are those of the records: each is made anew from its record, and has to be there. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BenchReport } from '#hw2/bench/report.js';
import { scoreboard } from '#hw2/bench/scoreboard.js';
import { formatCount } from '#hw2/format/numbers.js';
import { withDecoding, withRuleGoals } from '../../scripts/bench-record.js';
import { type CentroidsRecord, centroidTables, insertTables } from '../../scripts/centroids/record.js';
import { type ClusterRecord, type LengthRecord, withTables } from '../../scripts/cluster/record.js';
import type { LongLinearRecord } from '../../scripts/long-linear-error.js';
import { describePackage, type PackageRecord } from '../../scripts/measure-package.js';
import { type ReleaseRecord, releaseTable } from '../../scripts/measure-release.js';
import { engineOf, holds, read, record, unheld } from './records.js';

const readme = await read('README.md');

test('README’s table of benchmarks is that of the records', async () => {
  const names = ['node20-simd', 'node20-relaxed', 'node24-relaxed', 'node24-wide'];
  const reports = await Promise.all(names.map((name) => record<BenchReport>(`docs/benchmarks/${name}.json`)));
  const lines = new Set(scoreboard(reports).split('\n'));
  const table = /<!-- bench -->\n(.*?)<!-- \/bench -->/s.exec(readme)![1]!.trim().split('\n');
  assert.ok(table.length > 25);
  for (const line of table) assert.ok(lines.has(line), line);
});

test('docs/generation.md has the times of a token, and what was reached of the goals, as recorded', async () => {
  const [node20, node24] = await Promise.all(
    ['node20', 'node24'].map((name) => record<BenchReport>(`docs/benchmarks/${name}-relaxed.json`)),
  );
  const page = await read('docs/generation.md');
  assert.is(withDecoding(page, { node20: node20!, node24: node24! }), page);
});

test('docs/methods.md has what was reached of the goals of rules as recorded', async () => {
  const [node20, node24, wide] = await Promise.all(
    ['node20-relaxed', 'node24-relaxed', 'node24-wide'].map((name) =>
      record<BenchReport>(`docs/benchmarks/${name}.json`),
    ),
  );
  const page = await read('docs/methods.md');
  assert.is(withRuleGoals(page, { node20: node20!, node24: node24!, wide: wide! }), page);
});

test('README’s ratios to other WebAssembly are those of the records', async () => {
  const files = ['web-node20-simd', 'web-node20-relaxed', 'web-node24-wide'];
  const texts = await Promise.all(files.map((name) => read(`docs/benchmarks/${name}.md`)));
  /** Smallest ratio of hw2 to contenders of exact attention at L 1,024 and 2,048. */
  const ratio = (text: string, contender: RegExp) => {
    const rows = text.split('\n').filter((line) => contender.test(line) && /\| (1024|2048) \|/.test(line));
    return Math.min(...rows.map((row) => Number(/([\d.]+)×/.exec(row)![1])));
  };
  const web = texts.map((text) => ratio(text, /ort-web (MatMul|Multi|Attention)/).toFixed(1));
  const tfjs = texts.map((text) => Math.round(ratio(text, /tfjs-wasm/)));
  holds(readme, `${web[0]} (\`simd\`), ${web[1]} (\`relaxed\`) and ${web[2]} times (\`wide\`)`);
  holds(readme, `${tfjs[0]}, ${tfjs[1]} and ${tfjs[2]} times as fast as tfjs-wasm`);
});

test('docs/architecture.md has what became of the speed of 0.1.0 as recorded', async () => {
  const release = await record<ReleaseRecord>('docs/benchmarks/since-0.1.0.json');
  assert.is(release.runs.length, 3 * 10);
  for (const method of ['exact', 'taylor'] as const)
    holds(await read('docs/architecture.md'), releaseTable(release, method));
});

test('the docs have the rounding over a million tokens as recorded', async () => {
  const { keys, errors, rules } = await record<LongLinearRecord>('docs/benchmarks/long-linear-error.json');
  const written = (error: number) => {
    const [digits, power] = error.toExponential(1).split('e-');
    return `${digits}·10⁻${[...power!].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`;
  };
  const worst = (name: string) =>
    written(Math.max(...rules.filter(({ rule }) => rule === name).map(({ error }) => error)));
  const linear = rules.filter(({ rule }) => rule === 'linear').map(({ error }) => written(error));
  const methods = await read('docs/methods.md');
  for (const text of [
    `over ${formatCount(keys)} tokens`,
    `off by ${linear[0]} where keys vary about a mean, and by ${linear[1]} where all keys are the same`,
    `off by ${worst('gated')} at most, \`delta\` by ${worst('delta')}, \`gated_delta\` by ${worst('gated_delta')}`,
  ])
    holds(methods, text);
  const series = Math.max(...errors.flatMap(({ dense, causal, streaming }) => [dense, causal, streaming]));
  holds(await read('docs/architecture.md'), `off by ${written(series)} at most`);
});

test('the engine’s README has the size and the time of its import as recorded', async () => {
  const sentence = describePackage(await record<PackageRecord>('docs/benchmarks/engine-package.json'));
  holds(await read('src/engine/README.md'), sentence);
});

test('docs/approximation.md has the tables of its record, and sentences that say the same', async () => {
  const found = await record<CentroidsRecord>('docs/benchmarks/centroids.json');
  const page = await read('docs/approximation.md');
  assert.ok(Object.keys(centroidTables(found)).length >= 2);
  assert.is(insertTables(page, found), page);

  /** From the least to the most of these. */
  const range = (values: readonly number[], digits: number) =>
    [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits)).join(' to ');
  const bySize = [0, 1].map((size) =>
    found.speech.filter((_, i) => i % 3 === size).map(({ ways }) => 100 * ways[0]!.distance),
  );
  const ratios = (of: string, over: string) =>
    found.stream.map(({ ways }) => {
      const distance = (name: string) => ways.find((way) => way.name.startsWith(name))!.distance;
      return distance(of) / distance(over);
    });
  const own = '32 centroids for each 256';
  const within = [1, 0].map((order) =>
    found.encoder.filter(({ ways }) =>
      ways.some(
        (way) => way.order === order && way.centroids === 128 && way.near === 1 / 8 && way.distance <= 0.02,
      ),
    ),
  );
  for (const text of [
    `it is ${range(bySize[0]!, 0)} % away from softmax, and at twice their scores ${range(bySize[1]!, 0)} %`,
    `it is ${range(ratios('linear attention', own), 1)} times as close as linear attention and ${range(ratios('the last 2048', '64 centroids for each 1024'), 1)} times as close as a window`,
    `at least ${Math.floor(Math.min(...ratios(own, 'cache of int8')))} times as close`,
    `order 1 keeps it in ${within[0]!.length} of ${found.encoder.length}. Order 0 keeps it in ${within[1]!.length}`,
  ])
    holds(page, text);
});

test('docs/cluster.md has the tables of its records', async () => {
  const cluster = await record<ClusterRecord>('docs/benchmarks/cluster.json');
  const length = await record<LengthRecord>('docs/benchmarks/cluster-length.json');
  const page = await read('docs/cluster.md');
  assert.is(withTables(page, { cluster, length }), page);
  holds(page, `linear attention writes ${(100 * cluster.bytesBeside).toFixed(1)} %`);
});

test('no figure of the engine stands in these pages that no record holds', async () => {
  const names = [
    'architecture',
    'approximation',
    'cluster',
    'file-formats',
    'generation',
    'methods',
    'training',
  ];
  const pages = ['src/engine/README.md', ...names.map((name) => `docs/${name}.md`)];
  const texts = [engineOf(readme), ...(await Promise.all(pages.map(read)))];
  /** Chosen, computed from sizes, of a version, or a tolerance that tests hold. */
  const given = [
    ...[
      '95 %',
      '99.9 %',
      'default 0.01',
      'files of 67 MB',
      'next call for 0.05 ms',
      'the 300 kB that are its goal',
      'a string of 1 kB',
      'has 2.16 million',
    ],
    ...['at most 5 % of the limits', 'an error of 0.1 % in one rule', 'agree to 1e-6', 'right to 2·10⁻⁶'],
    ...[/(from|and) 2\d\.\d\d(?=[ ,;])/g, /(since|version) 1\.30/g, /arXiv:[\d.]+/g],
  ];
  assert.equal(
    texts.flatMap((page) => unheld(page, given)),
    [],
  );
});

test('what is measured is recognised as such', () => {
  for (const text of ['12 µs', '1.9 times as fast', '0.86 of the time', '2.2·10⁻⁵', '0.73', '5 %'])
    assert.is(unheld(`One.\n\nIt takes ${text}.`).length, 1, text);
  for (const text of ['asked every 200 ms', '5 rows', '<!-- a, b -->\n\n12 ms\n\n<!-- /a -->'])
    assert.equal(unheld(text), []);
  assert.equal(unheld('It takes 12 µs.', ['takes 12 µs']), []);
});

test.run();
