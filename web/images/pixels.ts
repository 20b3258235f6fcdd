import { IMAGE_SIDE } from '#hw2/vision/network.js';
import { centreCrop, toGrey } from '#hw2/vision/picture.js';

const MAX_BYTES = 50e6;

/** The square in the middle of an image file, in grey, 28×28. @throws Error when this browser cannot read it */
export async function readImage(file: File): Promise<Uint8Array> {
  if (file.size > MAX_BYTES) throw new Error(`${file.size} bytes; the limit is ${MAX_BYTES}`);
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none' }).catch(() => {
    throw new Error('not an image that this browser can read');
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return centreCrop({ width, height, grey: toGrey(width * height, 4, (i) => data[i]!) });
}

export function drawGrey(canvas: HTMLCanvasElement, image: Uint8Array): void {
  canvas.width = IMAGE_SIDE;
  canvas.height = IMAGE_SIDE;
  const pixels = new ImageData(IMAGE_SIDE, IMAGE_SIDE);
  for (const [i, grey] of image.entries()) pixels.data.set([grey, grey, grey, 255], 4 * i);
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
}
