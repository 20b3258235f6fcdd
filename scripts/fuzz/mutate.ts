import type { Random } from '#hw2/statistics/random.js';

/** Numbers at which sizes and counts go wrong. */
const EDGES = [0, 1, 2, 7, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** A file with a few random changes: of bits, bytes, numbers and pieces; some are cut, doubled or moved. */
export function mutate(seed: Uint8Array, random: Random): Uint8Array {
  let bytes = Uint8Array.from(seed);
  const changes = 1 + random.integer(6);
  for (let i = 0; i < changes && bytes.length > 0; i++) bytes = changed(bytes, random);
  return bytes;
}

function changed(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const at = random.integer(bytes.length);
  const view = new DataView(bytes.buffer);
  const edge = EDGES[random.integer(EDGES.length)]!;
  const isLittle = random.integer(2) === 0;
  const end = Math.min(bytes.length, at + 1 + random.integer(16));
  switch (random.integer(9)) {
    case 0:
      bytes[at]! ^= 1 << random.integer(8);
      return bytes;
    case 1:
      bytes[at] = random.integer(256);
      return bytes;
    case 2:
      if (at + 2 <= bytes.length) view.setUint16(at, edge, isLittle);
      return bytes;
    case 3:
      if (at + 4 <= bytes.length) view.setUint32(at, edge, isLittle);
      return bytes;
    case 4:
      bytes.fill(edge, at, end);
      return bytes;
    case 5:
      return bytes.slice(0, at);
    case 6:
      return joined(bytes.subarray(0, at), bytes.subarray(end));
    case 7:
      return joined(bytes.subarray(0, end), bytes.subarray(at));
    default:
      bytes.copyWithin(random.integer(bytes.length), at, end);
      return bytes;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
