import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linearAttention } from '#engine/recurrent/linear-attention.js';

import { floats } from '../attention/tensors.js';
import { type Engine, testTiers } from '../tiers.js';
import { type FloatInputs, type RandomCall, randomCall, relativeDifference } from './calls.js';
import { naiveLinearAttention } from './naive.js';

const test = suite('linear attention of hostile numbers');
const TOKENS = 150;
const DIM = 8;

/** A call of a gated delta rule, with inputs of which some are changed. */
function call(
  byKey: boolean,
  change: (inputs: FloatInputs) => void,
): Pick<RandomCall, 'inputs' | 'attributes'> {
  const { inputs, attributes } = randomCall({ rule: 'gated_delta', tokens: TOKENS, byKey, past: true });
  const copies = Object.entries(inputs).map(([name, { dims, data }]) => [
    name,
    floats(dims, (i) => data[i]!),
  ]);
  const copy = Object.fromEntries(copies) as FloatInputs;
  change(copy);
  return { inputs: copy, attributes };
}

/** Finite where float64 is, and close to it; not finite where that is not. */
async function compare(engine: Engine, { inputs, attributes }: ReturnType<typeof call>, name: string) {
  const expected = naiveLinearAttention(inputs, attributes);
  const { output, presentState } = await linearAttention(engine, inputs, attributes);
  for (const [actual, exact] of [
    [output.data, expected.output],
    [presentState.data, expected.state],
  ] as const) {
    const finite = (_: number, i: number) => Number.isFinite(exact[i]);
    assert.equal(
      Array.from(actual, Number.isFinite),
      Array.from(exact, Number.isFinite),
      `${name}: finite in other places`,
    );
    const error = relativeDifference([...actual].filter(finite), [...exact].filter(finite));
    assert.ok(error <= 1e-5, `${name}: off by ${error}`);
  }
}

for (const byKey of [false, true]) {
  const kind = byKey ? 'a decay a key dimension' : 'a decay a head';

  testTiers(test, `${kind}: 0, −1e4 and −∞, all over and here and there`, async (engine) => {
    // At −1.73 a chunk, and at −5.19 a span, decays by as much as keys are still divided by, a hundredth below by more.
    for (const value of [0, -1.73, -1.74, -5.19, -5.2, -100, -1e4, Number.NEGATIVE_INFINITY]) {
      const all = call(byKey, ({ decay }) => decay!.data.fill(value));
      await compare(engine, all, `all ${value}`);
      const some = call(byKey, ({ decay }) => {
        for (let i = 5; i < decay!.data.length; i += 11) decay!.data[i] = value;
      });
      await compare(engine, some, `some ${value}`);
    }
  });

  testTiers(test, `${kind}: a state that grows, and one that would if it were not 0`, async (engine) => {
    const growing = call(byKey, ({ decay }) => {
      decay!.data.forEach((_, i, data) => {
        if (Math.floor(i / decay!.dims[2]!) % 3 === 0) data[i] = 0.4;
      });
    });
    await compare(engine, growing, 'e^0.4 every third token');
    const explosive = call(byKey, ({ decay, key, pastState }) => {
      decay!.data.fill(3);
      key.data.fill(0);
      pastState!.data.fill(0);
    });
    await compare(engine, explosive, 'e^3 a token of nothing');
  });

  testTiers(test, `${kind}: NaN and infinity reach no earlier token`, async (engine) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const name of ['query', 'key', 'value', 'decay', 'beta'] as const) {
        if (name === 'decay' && value > 0) continue;
        const spoilt = call(byKey, (inputs) => {
          const { data, dims } = inputs[name]!;
          data[83 * dims[2]! + (dims[2]! > 3 ? 3 : 0)] = value;
        });
        await compare(engine, spoilt, `${name} ${value}`);
      }
    }
  });
}

testTiers(test, 'keys that overflow where they are divided by decays', async (engine) => {
  const large = call(true, ({ key, beta, decay }) => {
    key.data.forEach((x, i, data) => {
      data[i] = 1e25 * x;
    });
    beta!.data.fill(0);
    decay!.data.fill(0).fill(-1.7, 0, 40 * DIM);
  });
  await compare(engine, large, 'keys of 1e25');
});

testTiers(test, 'rates 0 and 2, keys of no length', async (engine) => {
  for (const rate of [0, 2]) {
    await compare(
      engine,
      call(false, ({ beta }) => beta!.data.fill(rate)),
      `rate ${rate}`,
    );
  }
  await compare(
    engine,
    call(false, ({ key }) => key.data.fill(0, 20 * DIM, 90 * DIM)),
    'keys of 0',
  );
});

test.run();
