import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionOptions, attention } from '#engine/attention/attention.js';
import type { AttentionInputs } from '#engine/attention/call.js';
import { testTiers } from '../tiers.js';
import { floats, gaussian, lengths } from './tensors.js';

const test = suite('which keys a query sees');

/** Queries, keys (the past included), what restricts them, and a picture of the scores: a row a query, # visible. */
const CASES: [
  name: string,
  queries: number,
  keys: number,
  options: AttentionOptions,
  rows: string[],
  extra?: Extra,
][] = [
  ['all', 2, 3, {}, ['###', '###']],
  ['causal, square', 3, 3, { isCausal: true }, ['#..', '##.', '###']],
  ['causal, more keys', 2, 4, { isCausal: true }, ['#...', '##..']],
  ['causal, more queries', 4, 2, { isCausal: true }, ['#.', '##', '##', '##']],
  ['causal after a past', 2, 5, { isCausal: true }, ['####.', '#####'], { past: 3 }],
  ['causal in an external cache', 2, 6, { isCausal: true }, ['###...', '####..'], { nonpad: 4 }],
  [
    'causal, fewer valid keys than queries',
    3,
    4,
    { isCausal: true },
    ['....', '....', '#...'],
    { nonpad: 1 },
  ],
  ['padding', 2, 4, {}, ['###.', '###.'], { nonpad: 3 }],
  ['left window', 4, 4, { leftWindowSize: 1 }, ['####', '####', '.###', '..##']],
  ['left window of 0', 3, 3, { leftWindowSize: 0 }, ['###', '.##', '..#']],
  ['right window', 3, 4, { rightWindowSize: 1 }, ['##..', '###.', '####']],
  ['right window of 0 is causal', 3, 3, { rightWindowSize: 0 }, ['#..', '##.', '###']],
  ['both windows', 4, 4, { leftWindowSize: 1, rightWindowSize: 1 }, ['##..', '###.', '.###', '..##']],
  ['left window, causal', 4, 4, { leftWindowSize: 1, isCausal: true }, ['#...', '##..', '.##.', '..##']],
  ['right window does not widen causal', 3, 3, { rightWindowSize: 2, isCausal: true }, ['#..', '##.', '###']],
  ['windows after a past', 2, 5, { leftWindowSize: 1, rightWindowSize: 0 }, ['..##.', '...##'], { past: 3 }],
  [
    'windows in an external cache',
    2,
    6,
    { leftWindowSize: 1, isCausal: true },
    ['.##...', '..##..'],
    { nonpad: 4 },
  ],
  ['a left window beyond the keys', 4, 2, { leftWindowSize: 1 }, ['##', '##', '.#', '..']],
  ['a short mask', 2, 4, {}, ['##..', '##..'], { mask: 2 }],
  ['a short mask, causal', 3, 4, { isCausal: true }, ['#...', '##..', '##..'], { mask: 2 }],
  ['a short mask after a past', 2, 4, { isCausal: true }, ['###.', '###.'], { past: 2, mask: 3 }],
  // The position comes from the valid keys, not from those the mask covers.
  [
    'a short mask in an external cache, causal',
    2,
    6,
    { isCausal: true },
    ['##....', '##....'],
    { nonpad: 4, mask: 2 },
  ],
];

interface Extra {
  past?: number;
  nonpad?: number;
  /** Columns of a mask that shows all it covers. */
  mask?: number;
}

function inputsOf(queries: number, keys: number, { past = 0, nonpad, mask }: Extra): AttentionInputs {
  return {
    q: gaussian([1, 1, queries, 4], 1),
    k: gaussian([1, 1, keys - past, 4], 2),
    v: gaussian([1, 1, keys - past, 4], 3),
    ...(past > 0 && { pastKey: gaussian([1, 1, past, 4], 4), pastValue: gaussian([1, 1, past, 4], 5) }),
    ...(nonpad !== undefined && { nonpadKvSeqlen: lengths(nonpad) }),
    ...(mask !== undefined && { mask: floats([mask], () => 0) }),
  };
}

/** The picture of what is not `hidden`. */
const picture = (scores: ArrayLike<number>, queries: number, keys: number, hidden: number) =>
  Array.from({ length: queries }, (_, i) =>
    Array.from({ length: keys }, (_, j) => (scores[i * keys + j] === hidden ? '.' : '#')).join(''),
  );

for (const [name, queries, keys, options, rows, extra = {}] of CASES) {
  testTiers(test, name, async (engine) => {
    const inputs = inputsOf(queries, keys, extra);
    for (const [mode, hidden] of [
      [2, Number.NEGATIVE_INFINITY],
      [3, 0],
    ] as const) {
      const { qkMatmulOutput } = await attention(engine, inputs, { ...options, qkMatmulOutputMode: mode });
      assert.equal(picture(qkMatmulOutput!.data, queries, keys, hidden), rows, `mode ${mode}`);
    }
    // The output is made by another kernel than the scores. One value a key, each twice the one before: the output
    // says which keys had a weight, for q = 0 gives all visible ones the same.
    const values = floats([1, 1, keys, 1], (j) => 2 ** j);
    const past = extra.past ?? 0;
    const binary = {
      ...inputs,
      q: floats(inputs.q.dims, () => 0),
      v: floats([1, 1, keys - past, 1], (j) => values.data[past + j]!),
      ...(past > 0 && { pastValue: floats([1, 1, past, 1], (j) => values.data[j]!) }),
    };
    const { output } = await attention(engine, binary, options);
    rows.forEach((row, i) => {
      const visible = [...row].filter((mark) => mark === '#').length;
      const sum = [...row].reduce((total, mark, j) => total + (mark === '#' ? 2 ** j : 0), 0);
      assert.ok(Math.abs(output.data[i]! * visible - sum) <= 1e-5 * sum, `row ${i}: ${output.data[i]}`);
      if (visible === 0) assert.is(output.data[i], 0);
    });
  });
}

test.run();
