import { slice, transpose } from '../operators/layout.js';
import { reduceSum } from '../operators/reduction.js';
import type { Derivatives } from './derivative.js';

const SWAP = [1, 0, 2, 3];

export const convolution: Derivatives = {
  Conv: ({ inputs: [x, weight], attributes }, [d]) => {
    const { graph } = x!;
    const strides = attributes.strides as readonly number[];
    const pads = (attributes.pads as readonly number[]).slice(0, 2);
    const size = x!.dims.slice(2);
    const kernel = weight!.dims.slice(2);
    // What the last position of the kernel leaves over at the far end, padding included.
    const rest = size.map((length, i) => (length + 2 * pads[i]! - kernel[i]!) % strides[i]!);

    const dx = graph.apply('ConvTranspose', [d!, weight!], x!.dims, {
      kernel_shape: kernel,
      strides,
      pads: [...pads, ...pads],
      output_padding: rest,
    });

    // Images and channels change places: the gradient image is the kernel, and its steps become dilations.
    const farPads = pads.map((padding, i) => Math.max(padding - rest[i]!, 0));
    const excess = rest.map((length, i) => Math.max(length - pads[i]!, 0));
    let dWeight = graph.apply(
      'Conv',
      [transpose(x!, SWAP), transpose(d!, SWAP)],
      [x!.dims[1]!, weight!.dims[0]!, ...kernel.map((length, i) => length + excess[i]!)],
      { kernel_shape: d!.dims.slice(2), dilations: strides, pads: [...pads, ...farPads] },
    );
    excess.forEach((length, i) => {
      if (length > 0) dWeight = slice(dWeight, 2 + i, 0, kernel[i]!);
    });

    return [dx, transpose(dWeight, SWAP), reduceSum(d!, [0, 2, 3])];
  },
  MaxPool: ({ inputs: [x], outputs: [, indices], attributes: { kernel_shape, strides } }, [d]) => {
    const { graph, dims } = x!;
    const inputs = [d!, indices!, graph.integers(dims)];
    return [graph.apply('MaxUnpool', inputs, dims, { kernel_shape: kernel_shape!, strides: strides! })];
  },
};
