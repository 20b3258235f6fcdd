import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '../data/error.js';
import { readLimited } from '../data/read.js';
import { inspectModel } from '../onnx/inspect.js';
import { parameterCount, parameterTensors } from '../onnx/parameters.js';
import { sameDims } from '../onnx/shape.js';
import type { KernelAttention } from './kernel-encoder.js';
import type { EncoderAttention } from './model/encoder.js';
import { type Decoder, recognizerParameters } from './model/recognizer.js';
import { Recognizer } from './recognizer.js';

/** A model of this kind takes under 10 MB. */
const MAX_BYTES = 100 * 2 ** 20;

/** Folder of a recognizer of this package, whether it is there or not. */
export function shippedFolder(decoder: Decoder, encoderAttention: EncoderAttention = 'exact'): string {
  const name = encoderAttention === 'exact' ? decoder : `${decoder}-${encoderAttention}`;
  return fileURLToPath(new URL(`../../models/asr/${name}`, import.meta.url));
}

/**
 * Folder of the recognizer that comes with this package.
 *
 * @throws DataError when none does
 */
export function shippedRecognizer(decoder: Decoder): string {
  const folder = shippedFolder(decoder);
  if (existsSync(folder)) return folder;
  throw new DataError(
    `no recognizer with this decoder comes with hw2: ${decoder}; train one with hw2 train-asr, or name it with --model`,
  );
}

/**
 * Opens the recognizer whose `encoder.onnx` and `decoder.onnx` are in a folder.
 *
 * @param kernels computes the encoder's self-attention; ONNX Runtime does unless given
 * @throws DataError when one is missing, too large or no part of a recognizer, or they come from two trainings
 */
export async function openRecognizer(folder: string, kernels?: KernelAttention): Promise<Recognizer> {
  const [encoder, decoder] = await readModels(folder);
  return Recognizer.create(encoder, decoder, folder, kernels);
}

/**
 * The flat vector of a recognizer's parameters, to go on training from.
 *
 * @throws DataError when a model is missing, too large or not of a system with this decoder
 */
export async function recognizerWeights(folder: string, decoder: Decoder): Promise<Float32Array> {
  const models = await readModels(folder);
  const weights = new Map(models.flatMap((bytes) => [...inspectModel(bytes, folder).weights]));
  const parameters = recognizerParameters(decoder);
  const flat = new Float32Array(parameterCount(parameters));
  for (const [name, part] of Object.entries(parameterTensors(flat, parameters))) {
    const weight = weights.get(name);
    if (!weight || !sameDims(weight.dims, part.dims))
      throw new DataError(
        `${folder}: has no parameter ${name} [${part.dims.join(', ')}] of the system with decoder ${decoder}`,
      );
    part.data.set(weight.data);
  }
  return flat;
}

/**
 * What a decoder says of the encoder that it was trained with. Two files are never replaced in one instant: after a power
 * cut, or by a hand that copies one of them, a folder may hold parts of two recognizers, which fit each other and are
 * worth nothing together.
 */
export function partnerMetadata(encoder: Uint8Array): Record<string, string> {
  return { [PARTNER]: createHash('sha256').update(encoder).digest('hex') };
}
const PARTNER = 'encoder_sha256';

/** One after the other, so that of two that are missing it is always the encoder that is named. */
async function readModels(folder: string): Promise<[encoder: Uint8Array, decoder: Uint8Array]> {
  const encoder = await readLimited(join(folder, 'encoder.onnx'), MAX_BYTES);
  const decoder = await readLimited(join(folder, 'decoder.onnx'), MAX_BYTES);
  const partner = inspectModel(decoder, join(folder, 'decoder.onnx')).metadata[PARTNER];
  if (partner !== undefined && partner !== partnerMetadata(encoder)[PARTNER])
    throw new DataError(
      `${folder}: decoder.onnx was trained with another encoder.onnx; both must come from one training`,
    );
  return [encoder, decoder];
}
