/**
 * The network and its gradient in float64, written from the mathematics alone: plain loops over plain arrays, sharing
 * nothing with the library but the order of the parameters. What the ONNX graphs compute is checked against it.
 */
import type { Variant } from '#hw2/vision/network.js';

const FLAT = 576;
const HIDDEN = 320;
const HIDDEN2 = 120;

export interface Example {
  pixels: ArrayLike<number>;
  label: number;
  dropout: ArrayLike<number>;
}

interface Convolution {
  weight: number;
  bias: number;
  inputs: number;
  filters: number;
  side: number;
  stride: number;
  pad: number;
}

/** Log-probabilities of one image, and the gradient of the loss -weight · log p(label) added to `gradient`. */
export function forwardBackward(
  p: Float64Array,
  gradient: Float64Array,
  { pixels, label, dropout }: Example,
  variant: Variant,
  classes: number,
  weight: number,
): number[] {
  const stride = variant === 'stride' ? 2 : 1;
  const pool = variant === 'maxpool';
  const conv1: Convolution = { weight: 0, bias: 72, inputs: 1, filters: 8, side: 28, stride, pad: 1 };
  const conv2: Convolution = { weight: 80, bias: 1232, inputs: 8, filters: 16, side: 14, stride, pad: 0 };
  const fc1 = { weight: 1248, inputs: FLAT, units: HIDDEN };
  const fc2 = { weight: 1248 + FLAT * HIDDEN + HIDDEN, inputs: HIDDEN, units: HIDDEN2 };
  const fc3 = { weight: fc2.weight + HIDDEN * HIDDEN2 + HIDDEN2, inputs: HIDDEN2, units: classes };

  const input = Float64Array.from(pixels);
  const a1 = relu(convolve(p, conv1, input));
  const pooled1 = pool ? maxima(a1, 8, 28) : { values: a1, from: undefined };
  const a2 = relu(convolve(p, conv2, pooled1.values));
  const pooled2 = pool ? maxima(a2, 16, 12) : { values: a2, from: undefined };
  const h1 = relu(affine(p, fc1, pooled2.values));
  const kept = h1.map((x, i) => x * dropout[i]!);
  const h2 = relu(affine(p, fc2, kept));
  const z = affine(p, fc3, h2);
  const top = Math.max(...z);
  const logSum = top + Math.log(z.reduce((sum, x) => sum + Math.exp(x - top), 0));
  const logP = Array.from(z, (x) => x - logSum);

  const dz = Float64Array.from(logP, (lp, c) => weight * (Math.exp(lp) - (c === label ? 1 : 0)));
  const dh2 = gate(affineBack(p, gradient, fc3, h2, dz), h2);
  const dKept = affineBack(p, gradient, fc2, kept, dh2);
  const dh1 = gate(
    dKept.map((d, i) => d * dropout[i]!),
    h1,
  );
  const dFlat = affineBack(p, gradient, fc1, pooled2.values, dh1);
  const d2 = gate(pooled2.from ? scatter(dFlat, pooled2.from, a2.length) : dFlat, a2);
  const dPooled1 = convolveBack(p, gradient, conv2, pooled1.values, d2);
  const d1 = gate(pooled1.from ? scatter(dPooled1, pooled1.from, a1.length) : dPooled1, a1);
  convolveBack(p, gradient, conv1, input, d1);
  return logP;
}

function outSide({ side, stride, pad }: Convolution): number {
  return Math.floor((side + 2 * pad - 3) / stride) + 1;
}

/** Calls back for every product of a weight and a pixel in a convolution. */
function taps(
  c: Convolution,
  visit: (out: number, weight: number, input: number, filter: number) => void,
): void {
  const size = outSide(c);
  for (let f = 0; f < c.filters; f++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let channel = 0; channel < c.inputs; channel++)
          for (let i = 0; i < 3; i++)
            for (let j = 0; j < 3; j++) {
              const [row, column] = [y * c.stride + i - c.pad, x * c.stride + j - c.pad];
              if (row < 0 || row >= c.side || column < 0 || column >= c.side) continue;
              const weight = c.weight + ((f * c.inputs + channel) * 3 + i) * 3 + j;
              visit((f * size + y) * size + x, weight, (channel * c.side + row) * c.side + column, f);
            }
}

function convolve(p: Float64Array, c: Convolution, input: Float64Array): Float64Array {
  const size = outSide(c) ** 2;
  const out = Float64Array.from({ length: c.filters * size }, (_, i) => p[c.bias + Math.floor(i / size)]!);
  taps(c, (o, w, i) => {
    out[o]! += p[w]! * input[i]!;
  });
  return out;
}

function convolveBack(
  p: Float64Array,
  gradient: Float64Array,
  c: Convolution,
  input: Float64Array,
  d: Float64Array,
) {
  const dInput = new Float64Array(input.length);
  taps(c, (o, w, i) => {
    gradient[w]! += d[o]! * input[i]!;
    dInput[i]! += d[o]! * p[w]!;
  });
  const size = outSide(c) ** 2;
  d.forEach((value, o) => {
    gradient[c.bias + Math.floor(o / size)]! += value;
  });
  return dInput;
}

interface Affine {
  weight: number;
  inputs: number;
  units: number;
}

function affine(p: Float64Array, { weight, inputs, units }: Affine, x: Float64Array): Float64Array {
  return Float64Array.from({ length: units }, (_, u) => {
    let sum = p[weight + inputs * units + u]!;
    for (let i = 0; i < inputs; i++) sum += x[i]! * p[weight + i * units + u]!;
    return sum;
  });
}

function affineBack(
  p: Float64Array,
  gradient: Float64Array,
  { weight, inputs, units }: Affine,
  x: Float64Array,
  d: Float64Array,
) {
  const dx = new Float64Array(inputs);
  for (let u = 0; u < units; u++) {
    gradient[weight + inputs * units + u]! += d[u]!;
    for (let i = 0; i < inputs; i++) {
      gradient[weight + i * units + u]! += d[u]! * x[i]!;
      dx[i]! += d[u]! * p[weight + i * units + u]!;
    }
  }
  return dx;
}

function relu(x: Float64Array): Float64Array {
  return x.map((value) => Math.max(value, 0));
}

function gate(d: Float64Array, activation: Float64Array): Float64Array {
  return d.map((value, i) => (activation[i]! > 0 ? value : 0));
}

function maxima(x: Float64Array, channels: number, side: number) {
  const half = side / 2;
  const from = Uint32Array.from({ length: channels * half * half }, (_, o) => {
    const [channel, y, xx] = [Math.floor(o / (half * half)), Math.floor(o / half) % half, o % half];
    const corner = (channel * side + 2 * y) * side + 2 * xx;
    return [corner, corner + 1, corner + side, corner + side + 1].reduce((a, b) => (x[b]! > x[a]! ? b : a));
  });
  return { values: Float64Array.from(from, (i) => x[i]!), from };
}

function scatter(d: Float64Array, from: Uint32Array, length: number): Float64Array {
  const out = new Float64Array(length);
  d.forEach((value, i) => {
    out[from[i]!] = value;
  });
  return out;
}
