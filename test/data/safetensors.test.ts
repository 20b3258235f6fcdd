import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSafetensors, parseSafetensors, writeSafetensors } from '#hw2/data/safetensors.js';
import { bytesOf, concat, refuses, text } from './fixtures.js';

function file(header: unknown, data: Uint8Array): Uint8Array {
  const json = typeof header === 'string' ? header : JSON.stringify(header);
  return concat(bytesOf(BigUint64Array.of(BigInt(json.length))), text(json), data);
}

const a = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const b = { dtype: 'I64', shape: [], data_offsets: [8, 16] };
const data = concat(bytesOf(Float32Array.of(1, 2)), bytesOf(BigInt64Array.of(-5n)));

test('tensors are read whatever their order in the header', () => {
  const { tensors: arrays, metadata } = parseSafetensors(
    file({ __metadata__: { by: 'x' }, b, a }, data),
    's',
  );
  assert.equal(metadata, { by: 'x' });
  assert.equal(arrays.get('a'), { type: 'float32', data: Float32Array.of(1, 2), dims: [2] });
  assert.equal(arrays.get('b'), { type: 'int64', data: BigInt64Array.of(-5n), dims: [] });
  assert.is(arrays.size, 2);
});

test('a header that does not fit is refused', () => {
  refuses(() => parseSafetensors(text('short'), 's'), 'shorter than 8');
  refuses(
    () => parseSafetensors(bytesOf(BigUint64Array.of(2n ** 40n)), 's'),
    'header of 1.0 TiB; the limit is 95.4 MiB',
  );
  refuses(() => parseSafetensors(file('{oops', data), 's'), 'not valid JSON');
  refuses(() => parseSafetensors(file('[1]', data), 's'), 'not a JSON object');
  refuses(() => parseSafetensors(file({ a: null }, data), 's'), 'a is not described');
  refuses(() => parseSafetensors(file({ a: { ...a, shape: [-2] } }, data), 's'), 'a is not described');
});

test('gaps, overlaps, wrong sizes and unknown types are refused', () => {
  refuses(() => parseSafetensors(file({ b }, data), 's'), 'expected a beginning at 0');
  refuses(
    () => parseSafetensors(file({ a, b: { ...b, data_offsets: [4, 12] } }, data), 's'),
    'beginning at 8',
  );
  refuses(() => parseSafetensors(file({ a }, data), 's'), '16 bytes of data', 'describes 8');
  refuses(() => parseSafetensors(file({ a: { ...a, shape: [25e9] }, b }, data), 's'), '100000000000 bytes');
  refuses(() => parseSafetensors(file({ a: { ...a, dtype: 'F8_E4M3' }, b }, data), 's'), 'F8_E4M3');
  refuses(() => parseSafetensors(file({ a: { ...a, dtype: 'BF16' }, b }, data), 's'), 'takes 4 bytes');
  refuses(() => parseSafetensors(file({ __metadata__: { x: 1 }, a, b }, data), 's'), '__metadata__');
  refuses(() => parseSafetensors(file({ __metadata__: [], a, b }, data), 's'), '__metadata__');
  refuses(() => parseSafetensors(file({ a: { ...a, dtype: 'constructor' }, b }, data), 's'), 'constructor');
});

test('bfloat16 is widened; a type that is not read does no harm until it is asked for', () => {
  const bits = bytesOf(Uint16Array.of(0x3fc0, 0xc049, 0x7f80, 0x0001));
  const header = {
    w: { dtype: 'BF16', shape: [2, 2], data_offsets: [0, 8] },
    x: { dtype: 'F8_E5M2', shape: [3], data_offsets: [8, 11] },
  };
  const opened = openSafetensors(file(header, concat(bits, text('abc'))), 's');
  assert.equal(opened.names, ['w', 'x']);
  assert.equal(opened.read('w'), {
    type: 'float32',
    data: Float32Array.of(1.5, -3.140625, Number.POSITIVE_INFINITY, 2 ** -133),
    dims: [2, 2],
  });
  refuses(() => opened.read('x'), 's: x', 'F8_E5M2');
  assert.equal(parseSafetensors(file({ __metadata__: null, a, b }, data), 's').metadata, {});
});

test('what is written is read back', () => {
  const written = {
    tensors: new Map([
      ['odd', { type: 'uint8' as const, data: Uint8Array.of(1, 2, 3), dims: [3] }],
      ['w', { type: 'float64' as const, data: Float64Array.of(Math.E, -1), dims: [2, 1] }],
    ]),
    metadata: { note: 'π' },
  };
  assert.equal(parseSafetensors(writeSafetensors(written), 's'), written);
});

test.run();
