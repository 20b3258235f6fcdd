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

/** What text cannot be made of, or what reads as a number and is none. */
const ODD: readonly unknown[] = [
  Symbol('a\nb'),
  1n,
  {
    toString() {
      throw new Error('no text');
    },
  },
  new Proxy(
    {},
    {
      get() {
        throw new Error('no fields');
      },
    },
  ),
  'x\n'.repeat(1e5),
];

test('values of any kind are refused in one short line that names the argument', async () => {
  const tensor = (...dims: number[]) => ({
    data: new Float32Array(dims.reduce((a, b) => a * b)),
    dims,
  });
  const inputs = { q: tensor(1, 1, 8, 4), k: tensor(1, 1, 8, 4), v: tensor(1, 1, 8, 4) };
  const flat = { q: tensor(1, 8, 4), k: tensor(1, 8, 4), v: tensor(1, 8, 4) };
  const cache = await hw2.createCache(engine, { headDim: 4 });
  await cache.append({ k: inputs.k, v: inputs.v });
  const calls: [string, (odd: never) => unknown][] = [
    ['threads', (threads) => hw2.createEngine({ threads })],
    ['memoryLimit', (memoryLimit) => hw2.createEngine({ memoryLimit })],
    ['tier', (tier) => hw2.createEngine({ tier })],
    ['onWarning', (onWarning) => hw2.createEngine({ onWarning })],
    ['bytes', (bytes) => hw2.openReader(engine, bytes)],
    ['order', (order) => hw2.featureMap([1], order)],
    ['order', (order) => hw2.attention(engine, inputs, { method: 'taylor', order })],
    ['method', (method) => hw2.attention(engine, inputs, { method })],
    ['scale', (scale) => hw2.attention(engine, inputs, { scale })],
    ['softcap', (softcap) => hw2.attention(engine, inputs, { softcap })],
    ['isCausal', (isCausal) => hw2.attention(engine, inputs, { isCausal })],
    ['leftWindowSize', (leftWindowSize) => hw2.attention(engine, inputs, { leftWindowSize })],
    ['qNumHeads', (qNumHeads) => hw2.attention(engine, flat, { qNumHeads, kvNumHeads: 1 })],
    ['kvNumHeads', (kvNumHeads) => hw2.attention(engine, { q: inputs.q, cache }, { kvNumHeads })],
    ['qkMatmulOutputMode', (qkMatmulOutputMode) => hw2.attention(engine, inputs, { qkMatmulOutputMode })],
    ['near', (near) => hw2.attention(engine, inputs, { method: 'taylor', near })],
    ['centroids', (centroids) => hw2.attention(engine, inputs, { method: 'taylor', centroids })],
    ['tolerance', (tolerance) => hw2.attention(engine, inputs, { method: 'auto', tolerance })],
    ['q', (type) => hw2.attention(engine, { ...inputs, q: { ...inputs.q, type } })],
    ['q', (data) => hw2.attention(engine, { ...inputs, q: { ...inputs.q, data } })],
    ['q', (dim) => hw2.attention(engine, { ...inputs, q: { ...inputs.q, dims: [1, 1, dim, 4] } })],
    ['dims', (dims) => new hw2.EngineTensor(engine, dims)],
    ['dims', (dim) => new hw2.EngineTensor(engine, [dim])],
    ['type', (type) => hw2.createCache(engine, { headDim: 4, type })],
    ['window', (window) => hw2.createCache(engine, { headDim: 4, window })],
    ['truncate', (length) => cache.truncate([length])],
    ['reorder', (index) => cache.reorder([index])],
    ['headDim', (headDim) => hw2.createState(engine, { headDim })],
    ['keyDim', (keyDim) => hw2.createRecurrentState(engine, { keyDim })],
    ['updateRule', (updateRule) => hw2.createRecurrentState(engine, { keyDim: 2, updateRule })],
    ['taps', (taps) => hw2.createConvolutionState(engine, { channels: 2, taps })],
    [
      'activation',
      (activation) =>
        hw2.causalConv(engine, { input: tensor(1, 2, 3), weight: tensor(2, 1, 2) }, { activation }),
    ],
  ];
  for (const [name, call] of calls) {
    for (const odd of ODD) {
      const error = await rejects(
        (async () => call(odd as never))(),
        new RegExp(`^${name}: .*(expected|is)`),
      );
      assert.ok(error.message.length < 400, name);
      assert.not.match(error.message, '\n');
    }
  }
  await cache.dispose();
});

test('an option that is not known is named, of all that take options', async () => {
  const odd = { thread: 2 } as never;
  for (const call of [
    () => hw2.createEngine(odd),
    () => hw2.createState(engine, odd),
    () => hw2.createCache(engine, odd),
    () => hw2.createRecurrentState(engine, odd),
    () => hw2.createConvolutionState(engine, odd),
  ])
    await rejects(call(), /^thread: unknown option, expected one of /, TypeError);
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
