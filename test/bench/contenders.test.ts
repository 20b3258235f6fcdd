import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createEngine, type Engine } from '#engine/runtime/engine.js';
import type { Contender } from '#hw2/bench/contender.js';
import { hw2Contenders } from '#hw2/bench/hw2.js';
import { nativePeers } from '#hw2/bench/peers/native.js';
import { quickPlan } from '#hw2/bench/plan.js';
import { type Problem, randomInputs } from '#hw2/bench/problem.js';
import { errorOf, race } from '#hw2/bench/race.js';

const test = suite<{ engine: Engine }>('contenders');
test.before(async (context) => {
  context.engine = await createEngine({ tier: 'simd' });
});
test.after(({ engine }) => engine.dispose());

const base: Problem = {
  ...{ L: 33, D: 16, heads: 1, isCausal: false, order: 2 },
  ...{ sigma: 0.5, threads: 1, tier: 'simd' },
};
const TOLERANCE = 1e-5;

/** Names of the contenders that give the numbers of the formula in float64; all others must say why they do not. */
async function solvers(engine: Engine, problem: Problem): Promise<string[]> {
  const inputs = randomInputs(problem);
  const names: string[] = [];
  for (const contender of [...hw2Contenders(engine), ...nativePeers]) {
    let solver: Awaited<ReturnType<typeof contender.open>>;
    try {
      solver = await contender.open(problem);
    } catch (error) {
      assert.instance(error, RangeError, contender.name);
      continue;
    }
    solver.load(inputs);
    await solver.run();
    const error = errorOf(solver.output(), contender.kind, problem, inputs);
    assert.ok(error < TOLERANCE, `${contender.name}: off by ${error} for ${JSON.stringify(problem)}`);
    await solver.release();
    names.push(contender.name);
  }
  return names;
}

const EXACT = ['ort MatMul-Softmax-MatMul', 'ort MultiHeadAttention', 'ort Attention-23'];
const DENSE = ['hw2 exact', 'hw2 taylor', ...EXACT, 'ort feature products'];

test('dense: all graphs agree with the kernels and float64, for even, odd and single dimensions', async ({
  engine,
}) => {
  for (const D of [16, 5, 2, 1]) {
    for (const order of [1, 2]) {
      assert.equal(await solvers(engine, { ...base, D, order }), DENSE);
    }
  }
});

test('memory is asked for of all that race in dense attention', () => {
  assert.equal(
    quickPlan('simd', 1, 'native').memory.map(({ contender }) => contender),
    DENSE,
  );
});

test('causal: the graphs that have a causal form', async ({ engine }) => {
  assert.equal(await solvers(engine, { ...base, isCausal: true }), [
    'hw2 exact',
    'hw2 taylor',
    'ort MultiHeadAttention',
    'ort Attention-23',
    'ort GroupQueryAttention',
    'ort LinearAttention',
  ]);
});

test('heads: packed and unpacked layouts hold the same numbers', async ({ engine }) => {
  assert.equal(await solvers(engine, { ...base, heads: 3 }), DENSE);
});

test('orders without a graph are refused, not dropped', async ({ engine }) => {
  assert.equal(await solvers(engine, { ...base, D: 4, order: 3 }), ['hw2 exact', 'hw2 taylor', ...EXACT]);
});

test('an output that is wrong anywhere is seen', () => {
  const problem = { ...base, L: 4, D: 2 };
  const inputs = randomInputs(problem);
  assert.ok(
    Number.isNaN(errorOf(Float32Array.of(Number.NaN, 0, 0, 0, 0, 0, 0, 0), 'exact', problem, inputs)),
  );
  assert.ok(errorOf(new Float32Array(8).fill(9), 'exact', problem, inputs) > 1);
});

test('a race gives a time to who is right, and the reason to who is not', async ({ engine }) => {
  const [right] = hw2Contenders(engine);
  const contenders: Contender[] = [
    right!,
    {
      ...{ name: 'wrong', kind: 'exact' },
      async open(problem) {
        const solver = await right!.open(problem);
        return {
          load: (inputs) => solver.load(inputs),
          run: () => solver.run(),
          output: () => solver.output().map((value, i) => (i === 7 ? value + 1 : value)),
          release: () => solver.release(),
        };
      },
    },
    {
      ...{ name: 'missing', kind: 'exact' },
      open: async () => {
        throw new Error('it is not installed here\nand more');
      },
    },
  ];
  const { entries, absent, roof } = await race(engine, contenders, base, { rounds: 3, seconds: 0 });
  assert.equal(
    entries.map(({ contender, seconds }) => [contender, seconds.length]),
    [['hw2 exact', 3]],
  );
  assert.is(roof.seconds.length, 3);
  assert.equal(
    absent.map(({ contender }) => contender),
    ['wrong', 'missing'],
  );
  assert.match(absent[0]!.reason, /off by 1\.0e\+0|differs/);
  assert.is(absent[1]!.reason, 'it is not installed here');
});

test.run();
