import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { featureDim } from '#engine/attention/feature-map.js';
import { racesToCsv, racesToMarkdown } from '#hw2/bench/formats.js';
import type { Race } from '#hw2/bench/race.js';
import { describeMachine, readRaces, sameProblem, saveRecords } from '#hw2/bench/record.js';
import { scoreboard } from '#hw2/bench/scoreboard.js';
import { crossover, growthInLength, growthInState, raceRows } from '#hw2/bench/summary.js';
import { between } from '../../scripts/markers.js';

const test = suite<{ folder: string }>('record');
test.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'hw2-bench-'));
});
test.after(({ folder }) => rm(folder, { recursive: true }));

/** A race of made-up times, in which exact attention takes L² and linear attention 1000·L nanoseconds. */
function madeUpRace(L: number): Race {
  const entry = (contender: string, kind: 'exact' | 'taylor', nanoseconds: number) => ({
    ...{ contender, kind, flops: 1e6, maxAbsError: 1e-7 },
    seconds: [1, 2, 1.5].map((factor) => factor * nanoseconds * 1e-9),
  });
  return {
    problem: { L, D: 8, heads: 1, isCausal: false, order: 2, sigma: 0.5, threads: 1, tier: 'simd' },
    entries: [
      entry('hw2 exact', 'exact', L * L),
      entry('hw2 taylor', 'taylor', 1000 * L),
      entry('ort MultiHeadAttention', 'exact', 3 * L * L),
    ],
    roof: { seconds: [1, 2, 1.5], flops: 1e10 },
    absent: [{ contender: 'ort LinearAttention', reason: 'the operator is causal' }],
  };
}
const races = [250, 500, 2000, 4000].map(madeUpRace);

test('rows tell speed against the kernel of the same kind, and the share of the roof, round by round', () => {
  const [exact, linear, peer] = raceRows(races[0]!);
  assert.is(exact!.hw2Speed, undefined);
  assert.is(linear!.hw2Speed, undefined);
  assert.ok(Math.abs(peer!.hw2Speed!.value - 3) < 1e-12);
  assert.ok(Math.abs(exact!.roofShare - 1e6 / 62.5e-6 / 1e10) < 1e-9);
});

test('growth and crossover of known powers', () => {
  const exponents = growthInLength(races).map(({ contender, exponent }) => [
    contender,
    exponent.value.toFixed(6),
  ]);
  assert.equal(exponents, [
    ['hw2 exact', '2.000000'],
    ['hw2 taylor', '1.000000'],
    ['ort MultiHeadAttention', '2.000000'],
  ]);
  assert.ok(Math.abs(crossover(races)! - 1000) < 1e-6);
  assert.is(crossover(races.slice(0, 2)), undefined);
});

test('a machine that slows down between lengths does not pass for growth', () => {
  const slowed = races.map((race, i) => {
    const slower = (times: readonly number[]) => times.map((time) => time * 1.3 ** i);
    const entries = race.entries.map((entry) => ({ ...entry, seconds: slower(entry.seconds) }));
    return { ...race, entries, roof: { ...race.roof, seconds: slower(race.roof.seconds) } };
  });
  assert.is(growthInLength(slowed)[0]!.exponent.value.toFixed(6), '2.000000');
});

test('growth in the state over dimensions', () => {
  const inDimension = [7, 15, 31].map((D) => {
    const race = madeUpRace(1000);
    const seconds = [featureDim(D, 2) * (D + 1) * 1e-6];
    return {
      ...race,
      problem: { ...race.problem, D },
      entries: race.entries.map((entry) => ({ ...entry, seconds })),
    };
  });
  const [growth, ...others] = growthInState(inDimension);
  assert.is(growth!.contender, 'hw2 taylor');
  assert.ok(Math.abs(growth!.exponent.value - 1) < 1e-9);
  assert.equal(others, []);
  assert.equal(growthInState(races.slice(0, 2)), []);
});

test('records come back as they were written', async ({ folder }) => {
  const machine = await describeMachine();
  const [name] = await saveRecords(folder, machine, races.slice(0, 1));
  assert.match(name!, /node\d+-simd-t1-dense-L250-D8-h1-k2\.json$/);
  const record = JSON.parse(await readFile(name!, 'utf8'));
  assert.equal(Object.keys(record), ['format', 'version', 'machine', 'race']);
  const { vectorBits, ...rest } = record.machine;
  assert.ok([undefined, 256, 512].includes(vectorBits));
  assert.equal(Object.keys(rest), ['date', 'cpu', 'cores', 'platform', 'runtime', 'node', 'v8', 'versions']);
  assert.is(record.machine.node, process.version);
  assert.equal(await readRaces(name!), [races[0]]);
  assert.ok(sameProblem(races[0]!.problem, record.race.problem));
  assert.not(sameProblem(races[0]!.problem, races[1]!.problem));
});

test('other files are refused by name', async ({ folder }) => {
  const path = join(folder, 'other.json');
  await writeFile(path, '{}');
  await rejects(readRaces(path), /other\.json: expected a file that hw2 bench/);
  await writeFile(path, 'not JSON');
  await rejects(readRaces(path), /other\.json: is no JSON/);
  await rejects(readRaces(join(folder, 'none.json')), /none\.json: no such file/);
});

async function rejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => assert.unreachable('expected an error'),
    (reason: Error) => reason,
  );
  assert.match((error as Error).message, message);
}

test('CSV has one line a contender and as many fields in each', () => {
  const lines = racesToCsv(races).trimEnd().split('\n');
  assert.is(lines.length, 1 + 3 * races.length);
  for (const line of lines) assert.is(line.split(',').length, lines[0]!.split(',').length);
});

test('Markdown says the machine and the date', async () => {
  const machine = await describeMachine();
  const text = racesToMarkdown(machine, races);
  assert.ok(text.startsWith(machine.cpu));
  assert.match(text, /\| ort MultiHeadAttention \| 250 \| 8 \| simd, 1 \| .* \| 3\.00× \|/);
});

test('the scoreboard answers what was measured and leaves the rest open', async () => {
  const machine = await describeMachine();
  const report = { format: 'hw2-bench' as const, version: 2 as const, machine, tradeoffs: [], memory: [] };
  const race = madeUpRace(4096);
  const table = scoreboard([{ ...report, races: [{ ...race, problem: { ...race.problem, D: 64 } }] }]);
  assert.match(table, /^\| {2}\| `simd`, Node \d+ \|\n\| --- \| --- \|\n/);
  assert.match(table, /\| exact, L 4,096, D 64 \| 3\.00× \|/);
  assert.match(table, /\| exact, L 1,024, D 64 \| – \|/);
});

test('the table goes between its markers and nowhere else', () => {
  const readme = 'before\n<!-- bench -->\nold\n<!-- /bench -->\nafter';
  const written = between(readme, 'bench', '| $& |', 'README.md');
  assert.is(written, 'before\n<!-- bench -->\n| $& |\n<!-- /bench -->\nafter');
  assert.is(between(written, 'bench', '| $& |', 'README.md'), written);
  assert.throws(() => between('no markers', 'bench', '', 'README.md'), /markers/);
});

test.run();
