import { zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openNpz } from '#hw2/data/npz.js';
import { bytesOf, concat, npyBytes, refuses, text } from './fixtures.js';

const LIMIT = 1 << 20;

/** All arrays of an archive. */
function parseNpz(bytes: Uint8Array, maxBytes: number, source: string) {
  const { names, read } = openNpz(bytes, maxBytes, source);
  return new Map(names.map((name) => [name, read(name)]));
}

const pixels = npyBytes("'|u1'", [2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6));
const weights = npyBytes("'<f4'", [500], bytesOf(new Float32Array(500).fill(0.25)));

test('stored and deflated members are read', () => {
  const archive = zipSync({ 'x.npy': [pixels, { level: 0 }], 'w.npy': [weights, { level: 9 }] });
  const arrays = parseNpz(archive, LIMIT, 'a.npz');
  assert.equal([...arrays.keys()], ['x', 'w']);
  assert.equal(arrays.get('x'), { type: 'uint8', data: Uint8Array.of(1, 2, 3, 4, 5, 6), dims: [2, 3] });
  assert.equal(arrays.get('w')?.data, new Float32Array(500).fill(0.25));
});

test('a header that promises 100 GB is refused by its size', () => {
  const promise = npyBytes("'<f4'", [25_000_000_000], new Uint8Array(8));
  refuses(() => parseNpz(zipSync({ 'x.npy': promise }), LIMIT, 'a.npz'), 'a.npz: x', '100000000000 bytes');
});

test('a bomb is refused before it is inflated', () => {
  const zeros = zipSync({ 'x.npy': npyBytes("'|u1'", [5e6], new Uint8Array(5e6)) }, { level: 9 });
  refuses(() => parseNpz(zeros, LIMIT, 'a.npz'), 'x.npy', 'the limit is 1.0 MiB');
  refuses(() => parseNpz(patch32(zeros, 24, 0x40000000), 2 ** 31, 'a.npz'), 'claims to be 1.0 GiB in ');
  const two = zipSync({ 'x.npy': pixels, 'y.npy': pixels });
  refuses(() => parseNpz(two, pixels.length + 10, 'a.npz'), 'y.npy', 'the limit is 10 B');
});

test('zeros, which are packed as tightly as anything can be, are no bomb', () => {
  const zeros = zipSync({ 'x.npy': npyBytes("'|u1'", [5e6], new Uint8Array(5e6)) }, { level: 9 });
  assert.ok(zeros.length < 6000);
  assert.is(parseNpz(zeros, 1e7, 'a.npz').get('x')!.data.length, 5e6);
});

test('members that nobody asks for may be anything', () => {
  const archive = zipSync({
    '__MACOSX/._x.npy': text('shadow'),
    'folder/': new Uint8Array(),
    'README.txt': text('hello'),
    'names.npy': npyBytes("'<U3'", [1], new Uint8Array(12)),
    'objects.npy': npyBytes("'|O'", [1], text('pickle')),
    'dates.npy': npyBytes("'<M8[ns]'", [1], new Uint8Array(8)),
    'broken.npy': text('no array'),
    'x.npy': pixels,
  });
  const { names, read } = openNpz(archive, LIMIT, 'a.npz');
  assert.equal(names, ['names', 'objects', 'dates', 'broken', 'x']);
  assert.equal(read('x').dims, [2, 3]);
  refuses(() => read('names'), 'a.npz: names', 'text');
  refuses(() => read('objects'), 'a.npz: objects', 'pickled');
  refuses(() => read('dates'), 'a.npz: dates', 'dates');
  refuses(() => read('broken'), 'a.npz: broken', 'not a .npy');
});

test('where no member ends in .npy, those without an ending are the arrays, as numpy reads them', () => {
  const archive = zipSync({ x: pixels, 'folder/': new Uint8Array(), 'README.txt': text('hello') });
  assert.equal(parseNpz(archive, LIMIT, 'a.npz').get('x')!.dims, [2, 3]);
  assert.equal(openNpz(archive, LIMIT, 'a.npz').names, ['x']);
});

test('sizes of 64 bits are read', () => {
  // As Python's zipfile writes a member of over 2 GiB, for which 32 bits are marked as not used.
  const plain = zipSync({ 'x.npy': [pixels, { level: 0 }] });
  const start = directoryAt(plain);
  const directory = plain.slice(start, plain.length - 22);
  const view = new DataView(directory.buffer);
  const extra = new Uint8Array(28);
  const wide = new DataView(extra.buffer);
  wide.setUint16(0, 1, true);
  wide.setUint16(2, 24, true);
  [24, 20, 42].forEach((field, i) => {
    wide.setBigUint64(4 + 8 * i, BigInt(view.getUint32(field, true)), true);
    view.setUint32(field, 0xffffffff, true);
  });
  view.setUint16(30, 28, true);
  const entry = concat(directory.subarray(0, 46 + 5), extra, directory.subarray(46 + 5));
  const record = new DataView(new ArrayBuffer(56 + 20));
  record.setUint32(0, 0x06064b50, true);
  record.setBigUint64(32, 1n, true);
  record.setBigUint64(40, BigInt(entry.length), true);
  record.setBigUint64(48, BigInt(start), true);
  record.setUint32(56, 0x07064b50, true);
  record.setBigUint64(64, BigInt(start + entry.length), true);
  const end = plain.slice(plain.length - 22);
  new DataView(end.buffer).setUint32(16, 0xffffffff, true);
  const archive = concat(plain.slice(0, start), entry, new Uint8Array(record.buffer), end);
  assert.equal(parseNpz(archive, LIMIT, 'a.npz').get('x')!.dims, [2, 3]);
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

test('two members of one name and encryption are refused', () => {
  const twins = zipSync({ 'x.npy': pixels, 'y.npy': pixels });
  const directory = directoryAt(twins) + 46 + 5;
  twins.set(text('x'), directory + 46);
  refuses(() => parseNpz(twins, LIMIT, 'a.npz'), 'two members are named x.npy');
  const locked = zipSync({ 'x.npy': pixels });
  locked[directoryAt(locked) + 8] = 1;
  refuses(() => parseNpz(locked, LIMIT, 'a.npz'), 'encrypted');
});

test('an archive cut anywhere is refused', () => {
  const archive = zipSync({ 'x.npy': pixels });
  for (let length = 0; length < archive.length; length++)
    refuses(() => parseNpz(archive.slice(0, length), LIMIT, 'a.npz'), 'a.npz');
});

test('bytes before an archive, and a comment that looks like the end of one, do not matter', () => {
  const archive = zipSync({ 'x.npy': pixels, 'w.npy': [weights, { level: 9 }] });
  const expected = parseNpz(archive, LIMIT, 'a.npz');
  assert.equal(parseNpz(concat(text('#!/bin/sh\n'), archive), LIMIT, 'a.npz'), expected);
  const comment = concat(text('PK\x05\x06'), new Uint8Array(40));
  const commented = concat(archive, comment);
  commented[archive.length - 2] = comment.length;
  assert.equal(parseNpz(commented, LIMIT, 'a.npz'), expected);
});

test('members that are compressed by other means are refused by the name of those', () => {
  const archive = zipSync({ 'x.npy': pixels });
  archive[directoryAt(archive) + 10] = 12;
  refuses(() => parseNpz(archive, LIMIT, 'a.npz'), 'x.npy is compressed by bzip2');
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
