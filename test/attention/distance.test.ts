import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionOptions, attention } from '#engine/attention/attention.js';
import { placeCall, Scope } from '#engine/attention/placement.js';
import { drawFrom, drawRows } from '#engine/attention/row-sample.js';
import { checkCall } from '#engine/attention/shapes.js';
import { sharedEngine, testEngines, testTiers } from '../tiers.js';
import { difference, type Floats, floats, gaussian, sizeOf, uniform } from './tensors.js';

const test = suite('measured distance to softmax');

/** Root mean square distance over all rows. */
function distance(output: ArrayLike<number>, softmax: ArrayLike<number>): number {
  let [squares, all] = [0, 0];
  for (let i = 0; i < softmax.length; i++) {
    squares += (output[i]! - softmax[i]!) ** 2;
    all += softmax[i]! ** 2;
  }
  return squares === 0 ? 0 : Math.sqrt(squares / all);
}

/** Rows about a few places: of size 1 and alike where they are near each other, as those of speech are. */
function passages(dims: readonly number[], seed: number): Floats {
  const [rows, dim] = dims.slice(-2) as [number, number];
  const [noise, places] = [gaussian(dims, seed, 0.5), gaussian([9, dim], seed + 1)];
  return floats(dims, (i) => {
    const row = Math.floor(i / dim) % rows;
    return noise.data[i]! + places.data[Math.floor((row * 9) / rows) * dim + (i % dim)]!;
  });
}

const constant = (dims: readonly number[]) => floats(dims, () => 0.7);
const oneHot = (dims: readonly number[]) =>
  floats(dims, (i) => +(i % dims.at(-1)! === Math.floor(i / dims.at(-1)!) % dims.at(-1)!));
const KINDS = { gaussian, passages, constant, oneHot };

test('rows: as many as are wanted, none twice, the sum that they stand for right on average', () => {
  const next = uniform(3);
  for (const [rows, wanted] of [
    [4096, 64],
    [40, 39],
    [16, 16],
    [5, 1],
  ] as const) {
    const sizes = Float64Array.from({ length: rows }, (_, i) => (i % 7 === 3 ? 50 : 1) * (0.1 + next()));
    let average = 0;
    for (let draw = 0; draw < 300; draw++) {
      const { rows: drawn, chances } = drawFrom(sizes, wanted, next);
      assert.is(drawn.length, wanted);
      assert.is(new Set(drawn).size, wanted);
      assert.ok(chances.every((chance) => chance > 0 && chance <= 1));
      average += drawn.reduce((total, row, i) => total + Math.sqrt(sizes[row]!) / chances[i]!, 0) / 300;
    }
    const total = sizes.reduce((sum, size) => sum + Math.sqrt(size), 0);
    assert.ok(Math.abs(average / total - 1) < 0.1, `${average} for ${total}`);
  }
  const { rows: drawn } = drawFrom(Float64Array.of(1, Number.POSITIVE_INFINITY, 1, 1, 1, 1), 2, next);
  assert.ok(drawn.includes(1), 'what is not finite is looked at');
});

test('rows that repeat themselves at the step of the sample are not all of one kind', async () => {
  const { rows } = drawFrom(new Float64Array(4096).fill(1), 64, uniform(1));
  const kinds = new Set(rows.map((row) => row % 64));
  assert.ok(kinds.size > 32, `${kinds.size} kinds of 64`);
  for (let part = 0; part < 16; part++)
    assert.is(rows.filter((row) => Math.floor(row / 256) === part).length, 4, `part ${part}`);
  // One-hot keys, half of which share a centroid: queries of one kind alone would not tell.
  const tensor = oneHot([1, 1, 4096, 64]);
  const inputs = {
    q: floats(tensor.dims, (i) => 1.5 * tensor.data[i]!),
    k: floats(tensor.dims, (i) => 3 * tensor.data[i]!),
    v: gaussian(tensor.dims, 9),
  };
  const engine = await sharedEngine('relaxed');
  const softmax = await attention(engine, inputs);
  const { error, output } = await attention(engine, inputs, {
    ...{ method: 'taylor', centroids: 32, order: 1, measureError: true },
  });
  const actual = distance(output.data, softmax.output.data);
  assert.ok(actual > 0.005 && error!.interval[1] > actual, `${actual}, at most ${error!.interval[1]}`);
});

test('rows whose scores differ much are likely to be drawn, whatever the length of their queries', async () => {
  const engine = await sharedEngine('relaxed');
  const dims = [1, 1, 2000, 8];
  const few = [3, 700, 701, 1400];
  // Keys differ in the first dimension alone, queries are long in the last.
  const k = gaussian(dims, 2);
  const inputs = {
    q: floats(dims, (i) => (i % 8 === 0 && few.includes(Math.floor(i / 8)) ? 4 : i % 8 === 7 ? 9 : 0.2)),
    k: floats(dims, (i) => (i % 8 === 0 ? k.data[i]! : 0.01 * k.data[i]!)),
    v: gaussian(dims, 3),
  };
  const softmax = await attention(engine, inputs);
  const { error, output } = await attention(engine, inputs, {
    ...{ method: 'taylor', centroids: 4, order: 0, measureError: true },
  });
  const actual = distance(output.data, softmax.output.data);
  assert.ok(Math.abs(error!.rms / actual - 1) < 0.3, `${error!.rms} for ${actual}`);
});

testEngines(test, 'the same rows are drawn at any size of queries and keys', async (engine) => {
  const dims = [1, 2, 700, 9];
  const drawn = async (ofQueries: number, ofKeys: number) => {
    const [q, k] = [passages(dims, 3), passages(dims, 5)];
    const call = checkCall(
      {
        q: floats(dims, (i) => ofQueries * q.data[i]!),
        k: floats(dims, (i) => ofKeys * k.data[i]!),
        v: q,
      },
      {},
    );
    const scope = new Scope(engine);
    try {
      const { rows, chances } = await drawRows(scope, call, placeCall(scope, call, false).params);
      return { rows: [...rows], chances: [...chances] };
    } finally {
      scope.release();
    }
  };
  const expected = await drawn(1, 1);
  assert.ok(new Set(expected.chances).size > 20, 'chances differ');
  // Powers of two change no bit of a float32 but its exponent.
  for (const [ofQueries, ofKeys] of [
    [2 ** 80, 1],
    [2 ** -80, 2 ** 100],
    [2 ** 100, 2 ** 90],
  ] as const)
    assert.equal(await drawn(ofQueries, ofKeys), expected, `${ofQueries}, ${ofKeys}`);
});

test('a limit of 95 % is passed by at most 5 % of a thousand calls, and chance', async () => {
  const engine = await sharedEngine('relaxed');
  const next = uniform(7);
  const CALLS = 1000;
  let passed = 0;
  let tightness = 0;
  for (let call = 0; call < CALLS; call++) {
    const L = 150 + Math.floor(300 * next());
    const D = 2 + Math.floor(6 * next());
    const heads = 1 + Math.floor(2 * next());
    const dims = [1, heads, L, D];
    const make = next() < 0.5 ? gaussian : passages;
    const size = 0.2 + 2.5 * next();
    // Some queries are much larger than others: what makes squared errors skewed.
    const skew = next();
    const scales = gaussian([heads * L], call + 3, skew);
    const q = make(dims, 5 * call);
    const inputs = {
      q: floats(dims, (i) => size * Math.exp(scales.data[Math.floor(i / D)]!) * q.data[i]!),
      k: make(dims, 5 * call + 1),
      v: gaussian(dims, 5 * call + 2),
    };
    const options: AttentionOptions =
      next() < 0.4
        ? { order: 1 + Math.floor(3 * next()) }
        : {
            centroids: 4 + Math.floor(20 * next()),
            order: Math.floor(2 * next()),
            near: next() < 0.5 ? 0 : 0.1,
          };
    const [softmax, linear] = await Promise.all([
      attention(engine, inputs),
      attention(engine, inputs, { method: 'taylor', measureError: true, ...options }),
    ]);
    const { rms, interval, rows } = linear.error!;
    const actual = distance(linear.output.data, softmax.output.data);
    assert.is(interval[0], 0);
    assert.ok(rms <= interval[1] && rows < heads * L);
    if (actual > interval[1]) passed++;
    tightness += Math.log(interval[1] / actual) / CALLS;
  }
  // Of 1,000 draws at 5 %, 66 or fewer are to be expected 99 times in 100.
  assert.ok(passed <= 66, `${passed} limits were passed`);
  // A limit that says nothing would keep its promise, too.
  assert.ok(Math.exp(tightness) < 2, `limits are ${Math.exp(tightness)} times the distance`);
});

testTiers(test, 'all rows, few rows, causal, NaN, zeros', async (engine) => {
  const dims = [1, 2, 30, 5];
  const inputs = { q: gaussian(dims, 1), k: gaussian(dims, 2), v: gaussian(dims, 3) };
  const few = { ...inputs, q: gaussian([1, 2, 3, 5], 1) };
  const measure = async (given: typeof inputs, options: AttentionOptions) =>
    (await attention(engine, given, { method: 'taylor', measureError: true, ...options })).error!;
  const softmax = await attention(engine, few);
  const linear = await attention(engine, few, { method: 'taylor', measureError: true });
  const actual = distance(linear.output.data, softmax.output.data);
  assert.is(linear.error!.rows, 6);
  assert.ok(Math.abs(linear.error!.rms - actual) <= 1e-6 && linear.error!.interval[1] === linear.error!.rms);
  assert.ok((await measure(inputs, { isCausal: true })).rms > 0);
  const bad = { ...inputs, v: floats(dims, () => Number.NaN) };
  assert.ok(Number.isNaN((await measure(bad, {})).interval[1]));
  const zero = { ...inputs, v: floats(dims, () => 0) };
  assert.equal((await measure(zero, { centroids: 4 })).interval, [0, 0]);
  assert.is((await attention(engine, inputs, { method: 'taylor' })).error, undefined);
});

for (const [name, make] of Object.entries(KINDS)) {
  for (const isCausal of [false, true]) {
    const title = `${name}${isCausal ? ', causal' : ''}`;
    test(`auto keeps the tolerance by the distance of all rows: ${title}`, async () => {
      const engine = await sharedEngine('relaxed');
      // Linear attention is made out to be cheap, so that as much as possible is tried and taken.
      const rates = { exact: 1e6, taylor: 1e9, centroids: 1e9 };
      for (const size of [1, 2, 3]) {
        const dims = [1, 2, 1024, 16];
        const q = make(dims, 1);
        const inputs = { q: floats(dims, (i) => size * q.data[i]!), k: make(dims, 2), v: gaussian(dims, 3) };
        const exact = await attention(engine, inputs, { isCausal });
        for (const tolerance of [0.3, 0.05, 0.01]) {
          const auto = await attention(engine, inputs, { method: 'auto', tolerance, rates, isCausal });
          const actual = distance(auto.output.data, exact.output.data);
          assert.ok(actual <= tolerance, `${size}, ${tolerance}: ${actual}, ${auto.reason}`);
          if (auto.method === 'exact') assert.is(difference(auto.output.data, exact.output.data), 0);
          else assert.ok(auto.error!.interval[1] <= tolerance && auto.reason!.includes('95 %'));
          assert.is(sizeOf(auto.output.dims), sizeOf(dims));
        }
      }
    });
  }
}

test('auto takes centroids where keys have structure, and none where they have not', async () => {
  const engine = await sharedEngine('relaxed');
  // All slow, so that there is time for trials by the clock of a busy machine, too.
  const rates = { exact: 1e6, taylor: 1e6, centroids: 1e6 };
  const dims = [1, 1, 4096, 32];
  const v = gaussian(dims, 3);
  for (const isCausal of [false, true]) {
    const structured = await attention(
      engine,
      { q: passages(dims, 1), k: passages(dims, 5), v: passages(dims, 7) },
      { method: 'auto', tolerance: 0.1, rates, isCausal },
    );
    assert.is(structured.method, 'taylor', structured.reason);
    assert.ok(structured.centroids! > 1, structured.reason);
  }
  const sharp = floats(
    dims,
    (
      (q) => (i: number) =>
        2 * q.data[i]!
    )(gaussian(dims, 1)),
  );
  const independent = await attention(
    engine,
    { q: sharp, k: gaussian(dims, 2), v },
    { method: 'auto', tolerance: 0.02, rates },
  );
  assert.is(independent.method, 'exact');
  assert.match(independent.reason!, /tried .*\(at most/);
});

test.run();
