import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Arena } from '#engine/runtime/arena.js';
import { formatBytes, MemoryLimitError } from '#engine/runtime/memory.js';

const test = suite('Arena');
const BASE = 65536;
const LIMIT = 64 * 65536;

interface Block {
  address: number;
  bytes: number;
}

const overlap = (a: Block, b: Block) => a.address < b.address + b.bytes && b.address < a.address + a.bytes;

test('blocks are aligned, within the limit and apart, whatever the order of calls', () => {
  // Below 0.4 of a draw releases a random block, the rest allocates that many bytes.
  const step = fc.record({
    release: fc.boolean(),
    pick: fc.nat(1000),
    bytes: fc.integer({ min: 0, max: 300_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const arena = new Arena(LIMIT, false, BASE);
      const live: Block[] = [];
      for (const { release, pick, bytes } of steps) {
        if (release && live.length > 0) {
          const [block] = live.splice(pick % live.length, 1);
          arena.release(block!.address);
          continue;
        }
        let address: number;
        try {
          address = arena.allocate(bytes);
        } catch (error) {
          assert.instance(error, MemoryLimitError);
          continue;
        }
        const block = { address, bytes: Math.max(1, bytes) };
        assert.is(address % 64, 0);
        assert.ok(address >= BASE, 'the module owns the first page');
        assert.ok(address + bytes <= Math.min(LIMIT, arena.memory.buffer.byteLength), 'beyond the memory');
        assert.not.ok(
          live.some((other) => overlap(other, block)),
          'overlaps',
        );
        live.push(block);
      }
      // All released, everything is free again: one block can have it all.
      for (const { address } of live) arena.release(address);
      arena.resetPeak();
      assert.is(arena.peak, 0);
      assert.is(arena.allocate(LIMIT - BASE), BASE);
    }),
    { numRuns: 300, seed: 3 },
  );
});

test('released neighbours join, in any order', () => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
    [0, 2, 1],
  ]) {
    const arena = new Arena(LIMIT, false, BASE);
    const blocks = [1000, 2000, 3000].map((bytes) => arena.allocate(bytes));
    arena.allocate(64);
    for (const i of order) arena.release(blocks[i]!);
    assert.is(arena.allocate(1024 + 2048 + 3008), blocks[0]);
  }
});

test('peak is the most that was in use at once', () => {
  const arena = new Arena(LIMIT, false, BASE);
  arena.release(arena.allocate(1024));
  const kept = arena.allocate(64);
  arena.release(arena.allocate(256));
  assert.is(arena.peak, 1024);
  arena.resetPeak();
  assert.is(arena.peak, 64);
  arena.release(kept);
});

test('require takes nothing and says what is needed, what is in use and what the limit is', () => {
  const arena = new Arena(2 ** 20, false, BASE);
  arena.allocate(131072);
  assert.throws(
    () => arena.require(2 ** 20),
    (error: Error) =>
      error instanceof MemoryLimitError &&
      error.message === 'memory: this call needs 1.0 MiB, the limit is 1.0 MiB, of which 128 KiB are in use',
  );
  arena.require(2 ** 20 - 131072);
  assert.is(arena.memory.buffer.byteLength, BASE + 131072, 'nothing was taken');
});

test('a block beyond the limit is refused and leaves the arena as it was', () => {
  const arena = new Arena(LIMIT, false, BASE);
  assert.throws(
    () => arena.allocate(LIMIT),
    (error: Error) => error instanceof MemoryLimitError,
  );
  assert.is(arena.allocate(LIMIT - BASE), BASE);
});

test('an address that is not allocated cannot be released', () => {
  const arena = new Arena(LIMIT, false, BASE);
  const address = arena.allocate(64);
  arena.release(address);
  assert.throws(() => arena.release(address), /not allocated/);
  assert.throws(() => arena.release(address + 64), /not allocated/);
});

test('growing keeps what blocks hold, in shared memory too', () => {
  for (const shared of [false, true]) {
    const arena = new Arena(LIMIT, shared, BASE);
    const address = arena.allocate(64);
    arena.int32(address, 1)[0] = 42;
    arena.allocate(20 * 65536);
    assert.is(arena.int32(address, 1)[0], 42);
    assert.is(arena.memory.buffer instanceof SharedArrayBuffer, shared);
  }
});

test('formatBytes', () => {
  const expected = {
    0: '0 B',
    1023: '1023 B',
    1024: '1.0 KiB',
    1536: '1.5 KiB',
    104857600: '100 MiB',
    4294967296: '4.0 GiB',
  };
  for (const [bytes, text] of Object.entries(expected)) assert.is(formatBytes(Number(bytes)), text);
});

test.run();
