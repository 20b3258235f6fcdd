import type { Value } from '../graph.js';
import { describe } from '../shape.js';

export type Pair = readonly [height: number, width: number];

export interface ConvolutionOptions {
  /** Step between positions of the kernel; 1 unless given. */
  stride?: Pair;
  /** Zeros on either side of the image; 0 unless given. */
  padding?: Pair;
}

/** 2-D convolution of images [N, C, H, W] with a weight [M, C, h, w] and a bias [M]. */
export function conv(x: Value, weight: Value, bias: Value, options: ConvolutionOptions = {}): Value {
  const { stride = [1, 1], padding = [0, 0] } = options;
  const [batch, channels, ...size] = x.dims;
  const [filters, weightChannels, ...kernel] = weight.dims;
  if (x.dims.length !== 4 || weight.dims.length !== 4 || channels !== weightChannels)
    throw new RangeError(
      `conv of ${describe(x)} with ${describe(weight)}: expected [N, C, H, W] and [M, C, h, w]`,
    );
  const out = size.map((length, i) => positions(length + 2 * padding[i]!, kernel[i]!, stride[i]!));
  if (Math.min(...out) < 1)
    throw new RangeError(`conv of ${describe(x)} with ${describe(weight)}: kernel too large`);
  return x.graph.apply('Conv', [x, weight, bias], [batch!, filters!, ...out], {
    kernel_shape: kernel,
    strides: stride,
    pads: [...padding, ...padding],
  });
}

/** The largest of each window of images [N, C, H, W]; windows lie side by side, a remainder is left out. */
export function maxPool(x: Value, window: Pair): Value {
  const [batch, channels, ...size] = x.dims;
  const out = size.map((length, i) => positions(length, window[i]!, window[i]!));
  if (x.dims.length !== 4 || Math.min(...out) < 1)
    throw new RangeError(
      `maxPool of ${describe(x)} by [${window.join(', ')}]: expected [N, C, H, W] of at least that`,
    );
  const dims = [batch!, channels!, ...out];
  const results = [
    { dims, type: x.type },
    { dims, type: 'int64' as const },
  ];
  return x.graph.applyMany('MaxPool', [x], results, { kernel_shape: window, strides: window })[0]!;
}

function positions(length: number, kernel: number, stride: number): number {
  return Math.floor((length - kernel) / stride) + 1;
}
