import * as hw2 from 'hw2-engine';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rejects } from '../rejects.js';
import { sharedEngine } from '../tiers.js';

const test = suite('arguments that are null, or nothing');
const none = null as never;
const engine = await sharedEngine('simd');

/** One line, a TypeError, that begins with the argument's name. */
async function refused(name: string, work: () => Promise<unknown> | unknown): Promise<void> {
  const error = await rejects((async () => work())(), new RegExp(`^${name}: expected `), TypeError);
  assert.match(error.message, /, got (null|undefined)$/);
  assert.not.match(error.message, '\n');
}

/** Every function of the package whose first parameter is the engine, so that a new one is among them. */
const functions = Object.entries(hw2).filter(
  ([, value]) => typeof value === 'function' && /^(async )?function \w+\(engine\b/.test(String(value)),
) as unknown as readonly [string, (engine: never, given: never) => Promise<unknown>][];

test('an engine, of every function that needs one', async () => {
  const names = functions.map(([name]) => name);
  for (const name of ['attention', 'calibrate', 'chooseMethod', 'openReader', 'openRoof', 'loadState'])
    assert.ok(names.includes(name), names.join(', '));
  for (const [, call] of functions) {
    await refused('engine', () => call(none, {} as never));
    await refused('engine', () => call(undefined as never, {} as never));
  }
});

test('what an engine is to work on', async () => {
  for (const [, call] of functions.filter(([, { length }]) => length > 1)) {
    for (const nothing of [none, undefined as never])
      await rejects(
        (async () => call(engine as never, nothing))(),
        /^(options|inputs|bytes|k): (expected|given) /,
      );
  }
  const tokens = { data: new Float32Array(32), dims: [1, 1, 8, 4] };
  const inputs = { q: tokens, k: tokens, v: tokens };
  await refused('options', () => hw2.chooseMethod(engine, inputs, none, { exact: 1, taylor: 1 }, 0.01));
  await refused('rates', () => hw2.chooseMethod(engine, inputs, {}, none, 0.01));
  await rejects(
    hw2.chooseMethod(engine, inputs, {}, { exact: 1, taylor: 1 }, none),
    'tolerance: given null, expected a number from 0',
    RangeError,
  );
  await refused('inputs', () => hw2.checkCall(none, {}));
  await refused('options', () => hw2.checkCall(inputs, none));
  await refused('engine', () => new hw2.EngineTensor(none, [1]));
  await refused('engine', () => hw2.EngineTensor.from(none, { data: new Float32Array(1), dims: [1] }));
  await refused('tensor', () => hw2.EngineTensor.from(engine, none));
});

test('the options of an engine, and of an operator', async () => {
  await refused('options', () => hw2.createEngine(none));
  await refused('options', () => hw2.attention(engine, {} as never, none));
  await refused('options', () => hw2.linearAttention(engine, {} as never, none));
  await refused('options', () => hw2.causalConv(engine, {} as never, none));
});

test('what goes into a state, a cache or a stream', async () => {
  const state = await hw2.createState(engine, { headDim: 2 });
  await refused('tokens', () => state.append(none));
  await refused('queries', () => state.query(none));
  await refused('tokens', () => state.step(none));
  const cache = await hw2.createCache(engine, { headDim: 2 });
  await refused('inputs', () => cache.append(none));
  await refused('inputs', () => cache.step(none));
  await refused('truncate', () => cache.truncate(none));
  await refused('reorder', () => cache.reorder(none));
  const recurrent = await hw2.createRecurrentState(engine, { keyDim: 2 });
  await refused('inputs', () => recurrent.append(none));
  const convolution = await hw2.createConvolutionState(engine, { channels: 1, taps: 2 });
  await refused('inputs', () => convolution.append(none));
  for (const one of [state, cache, recurrent, convolution]) await one.dispose();
});

test('batches without rows are refused before they are counted up', async () => {
  const many = { data: new Float32Array(0), dims: [2 ** 33, 1, 0, 8] };
  for (const method of ['exact', 'taylor', 'auto'] as const)
    await rejects(
      hw2.attention(engine, { q: many, k: many, v: many }, { method }),
      'q: 8589934592 batches, expected at most 16777216',
      RangeError,
    );
});

test.run();
