import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectModel } from '../onnx/inspect.js';
import { Session } from '../onnx/session.js';
import { decode } from './decode.js';
import { alignmentModel } from './model/alignment.js';
import { openRecognizer } from './models.js';
import { readSound } from './sound.js';
import { END_TOKEN, SYMBOLS } from './text.js';

/** Where a recognizer listened while it wrote. */
export interface Alignment {
  /** What it heard, frame after frame, [frames, 80]. */
  spectrogram: Float32Array;
  /** What it wrote, one string a symbol; the mark of the end last, where it came to that. */
  symbols: string[];
  /** Weights of its cross-attention, mean of both heads, [symbols, positions]; a position is two frames. */
  weights: Float32Array;
}

/** @param folder of a recognizer @param audio a WAV file */
export async function alignmentOf(folder: string, audio: string): Promise<Alignment> {
  const recognizer = await openRecognizer(folder);
  const { spectrogram } = await readSound(audio, recognizer.frontEnd);
  const start = await recognizer.listen(spectrogram);
  const { tokens } = await decode(recognizer, start);
  await recognizer.release();

  const path = join(folder, 'decoder.onnx');
  const { weights: held } = inspectModel(await readFile(path), path);
  // Each token but the last is what the next was written after.
  const length = tokens.length - 1;
  const session = await Session.create(alignmentModel(held, recognizer.decoder, length, path));
  const input = {
    type: 'int64' as const,
    data: BigInt64Array.from(tokens.slice(0, -1), BigInt),
    dims: [1, length],
  };
  const { weights } = await session.run({ tokens: input, ...start.sound });
  await session.release();
  return {
    spectrogram,
    symbols: tokens.slice(1).map((token) => (token === END_TOKEN ? 'end' : SYMBOLS[token]!)),
    weights: meanOverHeads(weights!.data as Float32Array, weights!.dims[1]!),
  };
}

function meanOverHeads(data: Float32Array, heads: number): Float32Array {
  const size = data.length / heads;
  return Float32Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let head = 0; head < heads; head++) sum += data[head * size + i]!;
    return sum / heads;
  });
}
