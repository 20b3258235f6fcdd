import { beyondLimit } from '#hw2/data/size-limit.js';
import { decodePicture, MAX_PICTURE_BYTES } from '#hw2/vision/decode-picture.js';
import { IMAGE_SIDE } from '#hw2/vision/network.js';
import { centreCrop } from '#hw2/vision/picture.js';

/**
 * The square in the middle of an image file, in grey, 28×28, as `hw2 classify` sees it.
 *
 * @throws DataError when it is no PNG or JPEG, damaged or too large
 */
export async function readImage(file: File): Promise<Uint8Array> {
  if (file.size > MAX_PICTURE_BYTES)
    throw new Error(`${file.name}: ${beyondLimit(file.size, MAX_PICTURE_BYTES)}`);
  return centreCrop(decodePicture(new Uint8Array(await file.arrayBuffer()), file.name));
}

export function drawGrey(canvas: HTMLCanvasElement, image: Uint8Array): void {
  canvas.width = IMAGE_SIDE;
  canvas.height = IMAGE_SIDE;
  const pixels = new ImageData(IMAGE_SIDE, IMAGE_SIDE);
  for (const [i, grey] of image.entries()) pixels.data.set([grey, grey, grey, 255], 4 * i);
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
}
