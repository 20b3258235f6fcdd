import { zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseNpz } from '#hw2/data/npz.js';
import { bytesOf, concat, npyBytes, refuses, text } from './fixtures.js';

const LIMIT = 1 << 20;
const pixels = npyBytes("'|u1'", [2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6));
const weights = npyBytes("'<f4'", [500], bytesOf(new Float32Array(500).fill(0.25)));

test('stored and deflated members are read', () => {
  const archive = zipSync({ 'x.npy': [pixels, { level: 0 }], 'w.npy': [weights, { level: 9 }] });
  const arrays = parseNpz(archive, LIMIT, 'a.npz');
  assert.equal([...arrays.keys()], ['x', 'w']);
  assert.equal(arrays.get('x'), { type: 'uint8', data: Uint8Array.of(1, 2, 3, 4, 5, 6), dims: [2, 3] });
  assert.equal(arrays.get('w')?.data, new Float32Array(500).fill(0.25));
});

test('a header that promises 100 GB fails at once', () => {
  const promise = npyBytes("'<f4'", [25_000_000_000], new Uint8Array(8));
  const start = performance.now();
  refuses(() => parseNpz(zipSync({ 'x.npy': promise }), LIMIT, 'a.npz'), 'a.npz: x', '100000000000 bytes');
  assert.ok(performance.now() - start < 100);
});

test('a bomb is refused before it is inflated', () => {
  const zeros = zipSync({ 'x.npy': npyBytes("'|u1'", [5e6], new Uint8Array(5e6)) }, { level: 9 });
  refuses(() => parseNpz(zeros, LIMIT, 'a.npz'), 'x.npy', 'the limit is 1048576');
  refuses(() => parseNpz(patch32(zeros, 24, 0x40000000), 2 ** 31, 'a.npz'), 'claims to be 1073741824 bytes');
});

test('a member that inflates to another size than declared is refused', () => {
  const archive = zipSync({ 'x.npy': [weights, { level: 9 }] });
  refuses(() => parseNpz(patch32(archive, 24, 100), LIMIT, 'a.npz'), 'not the 100 bytes');
  refuses(() => parseNpz(patch32(archive, 24, 20_000), LIMIT, 'a.npz'), 'not the 20000 bytes');
});

test('a flipped bit in the data fails the checksum', () => {
  const archive = zipSync({ 'x.npy': [pixels, { level: 0 }] });
  archive[30 + 'x.npy'.length + pixels.length - 1]! ^= 1;
  refuses(() => parseNpz(archive, LIMIT, 'a.npz'), 'x.npy is damaged', 'checksum');
});

test('two members of one name, other members and encryption are refused', () => {
  const twins = zipSync({ 'x.npy': pixels, 'y.npy': pixels });
  const directory = directoryAt(twins) + 46 + 5;
  twins.set(text('x'), directory + 46);
  refuses(() => parseNpz(twins, LIMIT, 'a.npz'), 'two members are named x.npy');
  refuses(() => parseNpz(zipSync({ 'a.txt': text('hello') }), LIMIT, 'a.npz'), 'a.txt is not a .npy');
  const locked = zipSync({ 'x.npy': pixels });
  locked[directoryAt(locked) + 8] = 1;
  refuses(() => parseNpz(locked, LIMIT, 'a.npz'), 'encrypted');
});

test('an archive cut anywhere is refused', () => {
  const archive = zipSync({ 'x.npy': pixels });
  for (let length = 0; length < archive.length; length++)
    refuses(() => parseNpz(archive.slice(0, length), LIMIT, 'a.npz'), 'a.npz');
});

test('too many members are refused', () => {
  const many = Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [`${i}.npy`, pixels]));
  refuses(() => parseNpz(zipSync(many, { level: 0 }), LIMIT, 'a.npz'), '1025 members');
});

test('an archive behind other bytes keeps its offsets honest', () => {
  refuses(() => parseNpz(concat(text('junk'), zipSync({ 'x.npy': pixels })), LIMIT, 'a.npz'), 'damaged');
});

/** Where the central directory begins, as the end record (22 bytes, no comment) says. */
function directoryAt(archive: Uint8Array): number {
  return new DataView(archive.buffer, archive.byteOffset).getUint32(archive.length - 22 + 16, true);
}

/** Sets a field of the first directory entry. */
function patch32(archive: Uint8Array, field: number, value: number): Uint8Array {
  const patched = archive.slice();
  new DataView(patched.buffer).setUint32(directoryAt(archive) + field, value, true);
  return patched;
}

test.run();
