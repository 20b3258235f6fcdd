import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseNpy } from '#hw2/data/npy.js';
import { bytesOf, concat, npyBytes, refuses, text } from './fixtures.js';

test('every type is read with its shape', () => {
  const cases = [
    ['<f4', 'float32', Float32Array.of(1.5, -2, 3e-9)],
    ['<f8', 'float64', Float64Array.of(Math.PI, -0, 1e300)],
    ['<f2', 'float16', Uint16Array.of(0x3c00, 0xc000, 1)],
    ['|i1', 'int8', Int8Array.of(-128, 0, 127)],
    ['|u1', 'uint8', Uint8Array.of(0, 1, 255)],
    ['<i2', 'int16', Int16Array.of(-32768, 1, 2)],
    ['<u2', 'uint16', Uint16Array.of(65535, 1, 2)],
    ['<i4', 'int32', Int32Array.of(-(2 ** 31), 1, 2)],
    ['<u4', 'uint32', Uint32Array.of(2 ** 32 - 1, 1, 2)],
    ['<i8', 'int64', BigInt64Array.of(-(2n ** 63n), 1n, 2n)],
    ['<u8', 'uint64', BigUint64Array.of(2n ** 64n - 1n, 1n, 2n)],
    ['|b1', 'bool', Uint8Array.of(0, 1, 1)],
  ] as const;
  for (const [descr, type, data] of cases)
    assert.equal(parseNpy(npyBytes(`'${descr}'`, [3, 1], bytesOf(data)), 'x'), { type, data, dims: [3, 1] });
});

test('other names that numpy reads as the same types', () => {
  const values = bytesOf(Float32Array.of(1.5, -2));
  for (const descr of ["'f4'", '"float32"', "'<f'", "'single'", "u'<f4'", "'=f4'", "'|f4'"])
    assert.equal(parseNpy(npyBytes(descr, [2], values), 'x').data, Float32Array.of(1.5, -2), descr);
  for (const descr of ["'?'", "'bool'"])
    assert.is(parseNpy(npyBytes(descr, [8], values), 'x').type, 'bool', descr);
  assert.is(parseNpy(npyBytes("'d'", [1], values), 'x').type, 'float64');
  refuses(() => parseNpy(npyBytes("'constructor'", [1], values), 'x'), "type 'constructor'");
});

test('scalars and empty arrays are read', () => {
  assert.equal(parseNpy(npyBytes("'<f4'", [], bytesOf(Float32Array.of(7))), 'x').data, Float32Array.of(7));
  assert.equal(parseNpy(npyBytes("'<f4'", [0, 1e15], new Uint8Array()), 'x').dims, [0, 1e15]);
});

test('unaligned bytes give the same values', () => {
  const file = npyBytes("'<f8'", [2], bytesOf(Float64Array.of(1, 2)));
  const shifted = concat(Uint8Array.of(0), file).subarray(1);
  assert.equal(parseNpy(shifted, 'x').data, Float64Array.of(1, 2));
});

test('Fortran order is put into row-major order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }), (dims) => {
      const size = dims.reduce((a, b) => a * b, 1);
      const rowMajor = Int16Array.from({ length: size }, (_, i) => i);
      const columnMajor = new Int16Array(size);
      for (let i = 0; i < size; i++) {
        let rest = i;
        let offset = 0;
        for (let axis = dims.length - 1; axis >= 0; axis--) {
          const stride = dims.slice(0, axis).reduce((a, b) => a * b, 1);
          offset += (rest % dims[axis]!) * stride;
          rest = Math.floor(rest / dims[axis]!);
        }
        columnMajor[offset] = i;
      }
      assert.equal(parseNpy(npyBytes("'<i2'", dims, bytesOf(columnMajor), true), 'x').data, rowMajor);
    }),
  );
});

test('big-endian numbers, and what follows the data, are read as numpy reads them', () => {
  const big = new DataView(new ArrayBuffer(8));
  big.setFloat32(0, 1.5);
  big.setFloat32(4, -2e-9);
  const bytes = new Uint8Array(big.buffer);
  const expected = { type: 'float32', data: Float32Array.of(1.5, -2e-9), dims: [2] };
  assert.equal(parseNpy(npyBytes("'>f4'", [2], bytes), 'x'), expected);
  assert.equal(parseNpy(npyBytes("'>f4'", [2], concat(bytes, text('more'))), 'x'), expected);
  assert.equal(bytes, new Uint8Array(big.buffer), 'the file itself is left alone');
  const integers = parseNpy(npyBytes("'>i8'", [1], Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2)), 'x');
  assert.equal(integers.data, BigInt64Array.of(258n));
  assert.equal(parseNpy(npyBytes("'>u1'", [1], Uint8Array.of(7)), 'x').data, Uint8Array.of(7));
});

test('what cannot be read is refused by name', () => {
  const four = new Uint8Array(16);
  refuses(() => parseNpy(text('PK\x03\x04 not an array'), 'a.npy'), 'a.npy', 'not a .npy');
  refuses(() => parseNpy(npyBytes("'|O'", [4], four), 'a.npy'), 'pickled');
  refuses(() => parseNpy(npyBytes("'<U4'", [1], four), 'a.npy'), 'text');
  refuses(() => parseNpy(npyBytes("'<M8[s]'", [2], four), 'a.npy'), 'dates');
  refuses(() => parseNpy(npyBytes("'<f16'", [1], four), 'a.npy'), '<f16');
  refuses(() => parseNpy(npyBytes("[('x', '<f4')]", [4], four), 'a.npy'), 'structured');
  refuses(() => parseNpy(npyBytes("'<c8'", [2], four), 'a.npy'), '<c8');
  refuses(() => parseNpy(npyBytes("'<f4'", [5], four), 'a.npy'), '20 bytes', '16 are there');
  refuses(() => parseNpy(npyBytes("'<f4'", [160_000, 160_000], four), 'a.npy'), '102400000000 bytes');
  refuses(() => parseNpy(npyBytes("'<f4'", [2 ** 40, 2 ** 40, 2 ** 40], four), 'a.npy'), 'Infinity');
});

test('a file cut anywhere is refused', () => {
  const whole = npyBytes("'<f4'", [2, 3], new Uint8Array(24));
  for (let length = 0; length < whole.length; length++)
    refuses(() => parseNpy(whole.slice(0, length), 'a.npy'), 'a.npy');
});

test('any damage gives an array or a DataError', () => {
  const whole = npyBytes("'<f4'", [2, 3], new Uint8Array(24));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const damaged = whole.slice();
      damaged[at] = byte;
      try {
        const { data, dims } = parseNpy(damaged, 'a.npy');
        assert.is(
          data.length,
          dims.reduce((a, b) => a * b, 1),
        );
      } catch (error) {
        assert.is((error as Error).name, 'DataError');
      }
    }),
  );
});

test.run();
