import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attention } from '#engine/attention/attention.js';
import { createState } from '#engine/attention/state.js';
import { testEngines } from '../tiers.js';
import { type Floats, gaussian, lengths } from './tensors.js';

const test = suite('NaN and infinity');
const DIM = 4;
const [QUERIES, KEYS] = [40, 150];
const inputs = () => ({
  q: gaussian([1, 1, QUERIES, DIM], 1),
  k: gaussian([1, 1, KEYS, DIM], 2),
  v: gaussian([1, 1, KEYS, DIM], 3),
});
const set = (tensor: Floats, row: number, element: number, value: number) => {
  tensor.data[row * DIM + element] = value;
};
const methods = ['exact', 'taylor'] as const;

/** Rows of the output in which every element, or in which none, is finite; null where some are. */
const finiteRows = (data: ArrayLike<number>) =>
  Array.from({ length: QUERIES }, (_, i) => {
    const finite = Array.from({ length: DIM }, (_, d) => Number.isFinite(data[i * DIM + d]));
    return finite.every(Boolean) ? true : finite.some(Boolean) ? null : false;
  });

testEngines(test, 'NaN in a query stays in its row', async (engine) => {
  for (const method of methods) {
    const call = inputs();
    set(call.q, 17, 2, Number.NaN);
    const { output } = await attention(engine, call, { method });
    assert.equal(
      finiteRows(output.data),
      Array.from({ length: QUERIES }, (_, i) => i !== 17),
      method,
    );
    assert.ok(output.data.slice(17 * DIM, 18 * DIM).every(Number.isNaN));
  }
});

testEngines(test, 'NaN in a key reaches every row', async (engine) => {
  for (const method of methods) {
    for (const row of [0, 127, 128, KEYS - 1]) {
      const call = inputs();
      set(call.k, row, 1, Number.NaN);
      const { output } = await attention(engine, call, { method });
      assert.ok(output.data.every(Number.isNaN), `${method}, key ${row}`);
    }
  }
});

testEngines(test, 'NaN or infinity in a value reaches its column of every row', async (engine) => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const call = inputs();
    set(call.v, 130, 3, value);
    const exact = await attention(engine, call);
    assert.ok(
      exact.output.data.every((x, i) => (i % DIM === 3 ? Object.is(x, value) : Number.isFinite(x))),
      `exact, ${value}`,
    );
    // Linear attention multiplies it by features of both signs: infinity becomes NaN.
    const linear = await attention(engine, call, { method: 'taylor' });
    assert.ok(
      linear.output.data.every((x, i) => Number.isFinite(x) === (i % DIM !== 3)),
      `linear, ${value}`,
    );
  }
});

testEngines(
  test,
  'a score of -infinity hides its key, one of +infinity makes the row NaN',
  async (engine) => {
    const call = inputs();
    for (let i = 0; i < QUERIES; i++)
      for (let d = 0; d < DIM; d++) set(call.q, i, d, d === 0 ? (i % 2 ? 1 : -1) : 0);
    set(call.k, 5, 0, Number.NEGATIVE_INFINITY);
    // 0·∞ is NaN: the key is finite but in the element that counts.
    const { output } = await attention(engine, call);
    const without = await attention(engine, {
      ...call,
      mask: { data: Uint8Array.from({ length: KEYS }, (_, j) => +(j !== 5)), dims: [KEYS] },
    });
    for (let i = 0; i < QUERIES; i++) {
      const [row, expected] = [output, without.output].map(({ data }) => [
        ...data.slice(i * DIM, i * DIM + DIM),
      ]);
      if (i % 2) assert.equal(row, expected);
      else assert.ok(row!.every(Number.isNaN));
    }
  },
);

testEngines(
  test,
  'a row that its mask hides is 0, whatever q and k hold, for both kinds of mask',
  async (engine) => {
    for (const [name, row, value] of [
      ['k', 3, Number.NaN],
      ['k', 3, Number.POSITIVE_INFINITY],
      ['q', 7, Number.NaN],
      ['q', 7, Number.NEGATIVE_INFINITY],
    ] as const) {
      for (const queries of [QUERIES, 8]) {
        const call = inputs();
        set(call[name], row, 1, value);
        const q = { data: call.q.data.slice(0, queries * DIM), dims: [1, 1, queries, DIM] };
        const size = queries * KEYS;
        const isHidden = (i: number) => Math.floor(i / KEYS) === 7;
        for (const mask of [
          { data: Uint8Array.from({ length: size }, (_, i) => +!isHidden(i)), dims: [queries, KEYS] },
          {
            data: Float32Array.from({ length: size }, (_, i) => (isHidden(i) ? Number.NEGATIVE_INFINITY : 0)),
            dims: [queries, KEYS],
          },
        ]) {
          const options = { qkMatmulOutputMode: 3 } as const;
          const { output, qkMatmulOutput } = await attention(engine, { ...call, q, mask }, options);
          assert.ok(
            output.data.slice(7 * DIM, 8 * DIM).every((x) => x === 0),
            `${name} ${value}`,
          );
          assert.ok(
            qkMatmulOutput!.data.slice(7 * KEYS, 8 * KEYS).every((x) => x === 0),
            `${name} ${value}: weights`,
          );
        }
      }
    }
  },
);

testEngines(test, 'what is hidden as padding cannot be seen, whatever it holds', async (engine) => {
  for (const method of methods) {
    const call = { ...inputs(), nonpadKvSeqlen: lengths(100) };
    const expected = await attention(engine, call, { method });
    for (let j = 100; j < KEYS; j++) {
      set(call.k, j, 0, Number.NaN);
      set(call.v, j, 1, Number.POSITIVE_INFINITY);
    }
    const { output } = await attention(engine, call, { method });
    assert.equal(output.data, expected.output.data, method);
  }
});

testEngines(test, 'causal: NaN in a key reaches the rows from its own on', async (engine) => {
  for (const method of methods) {
    const call = inputs();
    set(call.k, 20, 0, Number.NaN);
    const { output } = await attention(engine, call, { method, isCausal: true });
    assert.equal(
      finiteRows(output.data),
      Array.from({ length: QUERIES }, (_, i) => i < 20),
      method,
    );
  }
});

testEngines(
  test,
  'causal: NaN in a value reaches the rows from its own on, and none of an earlier panel',
  async (engine) => {
    for (const method of methods) {
      const call = inputs();
      for (let d = 0; d < DIM; d++) set(call.v, 20, d, Number.NaN);
      const { output } = await attention(engine, call, { method, isCausal: true });
      const finite = finiteRows(output.data);
      // Rows 16 to 19 may share a panel with row 20, which multiplies its value by their weight 0: 0·NaN is NaN, as in
      // the product of the whole matrix of weights with V.
      assert.ok(
        finite.slice(0, 16).every((row) => row === true),
        method,
      );
      assert.ok(
        finite.slice(20).every((row) => row === false),
        method,
      );
    }
  },
);

testEngines(test, 'an output that is not finite is warned of, in whichever head it is', async (engine) => {
  const warning = /^the output holds NaN or infinity/;
  for (const isCausal of [false, true]) {
    for (const size of [1, 1e10, 1e20]) {
      const call = {
        q: gaussian([1, 6, 9, 5], 1),
        k: gaussian([1, 3, 9, 5], 2),
        v: gaussian([1, 3, 9, 5], 3),
      };
      // The last row of the fourth head, and values so small that a sum of them does not overflow.
      for (let d = 0; d < 5; d++) call.q.data[(3 * 9 + 8) * 5 + d]! *= size;
      for (let i = 0; i < call.v.data.length; i++) call.v.data[i]! *= 1e-30;
      const options = { method: 'taylor', order: 4, isCausal } as const;
      const { output, warnings } = await attention(engine, call, options);
      assert.is(output.data.every(Number.isFinite), size === 1);
      assert.is(
        warnings.some((text) => warning.test(text)),
        size !== 1,
        `${size}`,
      );
    }
  }
});

testEngines(
  test,
  'one query of a stream that is not finite is warned of, and the next is not',
  async (engine) => {
    const state = await createState(engine, { headDim: DIM });
    const { k, v, q } = inputs();
    await state.append({ k, v });
    const first = q.data[0]!;
    set(q, 0, 0, 1e30);
    assert.match((await state.query({ q })).warnings.join(), /NaN or infinity/);
    set(q, 0, 0, first);
    assert.equal((await state.query({ q })).warnings, []);
    await state.dispose();
  },
);

test.run();
