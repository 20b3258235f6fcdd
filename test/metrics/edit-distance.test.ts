import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { editDistance, type Transpositions } from '#hw2/metrics/edit-distance.js';

const variants: Transpositions[] = ['restricted', 'unrestricted', 'none'];
// Few symbols, so that matches, transpositions and transpositions around edits are common.
const word = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 14 });
const text = fc.array(fc.constantFrom(...'abcdefg'), { maxLength: 110 });

/** The recurrences as their papers print them, on the whole matrix, for one sequence of strings. */
function naive(a: string[], b: string[], variant: Transpositions): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) =>
    b
      .map(() => 0)
      .concat(0)
      .fill(i, 0, 1),
  );
  for (let j = 0; j <= b.length; j++) d[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const ways = [
        d[i - 1]![j]! + 1,
        d[i]![j - 1]! + 1,
        d[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
      ];
      // Lowrance and Wagner's last row k with a[k] = b[j] and last column l with b[l] = a[i], counted from 1.
      const k = a.slice(0, i - 1).lastIndexOf(b[j - 1]!) + 1;
      const l = b.slice(0, j - 1).lastIndexOf(a[i - 1]!) + 1;
      const allowed = variant === 'unrestricted' || (variant === 'restricted' && k === i - 1 && l === j - 1);
      if (allowed && k > 0 && l > 0) ways.push(d[k - 1]![l - 1]! + (i - k - 1) + 1 + (j - l - 1));
      d[i]![j] = Math.min(...ways);
    }
  }
  return d[a.length]![b.length]!;
}

for (const variant of variants) {
  test(`${variant}: equals the full matrix`, () => {
    fc.assert(
      fc.property(word, word, (a, b) => assert.is(editDistance(a, b, variant), naive(a, b, variant))),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(text, text, (a, b) => assert.is(editDistance(a, b, variant), naive(a, b, variant))),
    );
  });

  test(`${variant}: symmetric, zero for equals only, between the difference of lengths and the longer`, () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const d = editDistance(a, b, variant);
        assert.is(editDistance(b, a, variant), d);
        assert.is(d === 0, a.join() === b.join());
        assert.ok(d >= Math.abs(a.length - b.length) && d <= Math.max(a.length, b.length));
      }),
    );
  });
}

for (const variant of ['unrestricted', 'none'] as const) {
  test(`${variant}: triangle inequality`, () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        assert.ok(editDistance(a, c, variant) <= editDistance(a, b, variant) + editDistance(b, c, variant));
      }),
      { numRuns: 2000 },
    );
  });
}

test('restricted: breaks the triangle inequality where a pair is edited twice', () => {
  assert.is(editDistance('ca', 'ac'), 1);
  assert.is(editDistance('ac', 'abc'), 1);
  assert.is(editDistance('ca', 'abc'), 3);
  assert.is(editDistance('ca', 'abc', 'unrestricted'), 2);
});

test('10,000 × 10,000 different symbols take the memory of rows, not the 400 MB of a matrix', () => {
  // In a process of its own: its largest memory so far is that of no other test.
  const script = `
    import { editDistance } from ${JSON.stringify(import.meta.resolve('#hw2/metrics/edit-distance.js'))};
    const a = Array.from({ length: 10_000 }, (_, i) => i);
    const b = a.map((i) => (i % 100 === 41 ? i + 1 : i % 100 === 42 ? i - 1 : i));
    const before = process.resourceUsage().maxRSS;
    const distances = ${JSON.stringify(variants)}.map((variant) => editDistance(a, b, variant));
    console.log(JSON.stringify({ distances, grown: process.resourceUsage().maxRSS - before }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  assert.is(stderr, '');
  const { distances, grown } = JSON.parse(stdout);
  assert.equal(distances, [100, 100, 200]);
  assert.ok(grown < 64 * 1024, `${grown} KiB`);
});

test('never more with more operations', () => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      const [restricted, unrestricted, none] = variants.map((variant) => editDistance(a, b, variant));
      assert.ok(unrestricted! <= restricted! && restricted! <= none!);
    }),
  );
});

test('two neighbours exchanged anywhere, also across the border of 32-bit blocks', () => {
  const a = Array.from({ length: 100 }, (_, i) => i);
  for (let i = 0; i + 1 < a.length; i++) {
    const b = a.with(i, i + 1).with(i + 1, i);
    assert.equal(
      variants.map((variant) => editDistance(a, b, variant)),
      [1, 1, 2],
      `at ${i}`,
    );
  }
});

test('known distances', () => {
  assert.is(editDistance('kitten', 'sitting'), 3);
  assert.is(editDistance('abcdef', 'abcfde', 'none'), 2);
  assert.is(editDistance('teh', 'the'), 1);
  assert.is(editDistance('teh', 'the', 'none'), 2);
  assert.is(editDistance('', ''), 0);
  assert.is(editDistance('', 'four'), 4);
});

test('a string is its code points; other sequences compare their elements as a Map does', () => {
  assert.is(editDistance('😀😁', '😁😀'), 1);
  assert.is(editDistance('a😀', 'a'), 1);
  assert.is(editDistance([Number.NaN, 0], [Number.NaN, -0]), 0);
  assert.is(editDistance(new Set(['one', 'two']), ['two', 'one']), 1);
  assert.is(editDistance(Uint8Array.of(1, 2, 3), [1, 3]), 1);
});

test.run();
