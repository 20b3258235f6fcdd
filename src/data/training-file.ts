import { DataError } from './error.js';
import type { NdArray } from './ndarray.js';
import { parseSafetensors, writeSafetensors } from './safetensors.js';

/** A training run as it lies in a .safetensors file: flat float32 vectors by name, and JSON texts in the metadata. */
export interface TrainingFile {
  vectors: Record<string, Float32Array>;
  /** What the run belongs to, as it was written: compared as text. */
  identity: string;
  steps: number;
  /** One object an epoch. */
  curve: readonly unknown[];
  /** Further texts. */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * Whether what a file says of the training that it belongs to is what is asked for.
 * @param anyEpochs leaves the number of epochs out of the comparison
 */
export function isSameTraining(
  written: string,
  asked: { options: { epochs: number } },
  { anyEpochs }: { anyEpochs: boolean },
): boolean {
  try {
    const known = JSON.parse(written) as typeof asked;
    if (anyEpochs) known.options.epochs = asked.options.epochs;
    return JSON.stringify(known) === JSON.stringify(asked);
  } catch {
    return false;
  }
}

/** The bytes of a training run. */
export function formatTrainingFile(file: TrainingFile): Uint8Array {
  const { vectors, identity, steps, curve, metadata = {} } = file;
  const tensors = Object.entries(vectors).map(([name, data]): [string, NdArray] => [
    name,
    { type: 'float32', data, dims: [data.length] },
  ]);
  const texts = { identity, steps: String(steps), curve: JSON.stringify(curve), ...metadata };
  return writeSafetensors({ tensors: new Map(tensors), metadata: texts });
}

/**
 * Reads a training run back.
 *
 * @param source names it in messages
 * @param vectors names of those that it must hold, all of one length
 * @param figures what an epoch of the curve must hold, each a number
 * @throws DataError naming the source and what is missing or damaged in it
 */
export function parseTrainingFile(
  bytes: Uint8Array,
  source: string,
  expected: { vectors: readonly string[]; figures: readonly string[] },
): Required<TrainingFile> {
  const { tensors, metadata } = parseSafetensors(bytes, source);
  const damaged = (what: string) =>
    new DataError(`${source}: no checkpoint of training, or damaged (${what})`);
  const vectors: Record<string, Float32Array> = {};
  for (const [name, { type, data }] of tensors) {
    if (type !== 'float32') throw damaged(`${name} is ${type}; expected float32`);
    vectors[name] = data as Float32Array;
  }
  const length = vectors[expected.vectors[0]!]?.length;
  for (const name of expected.vectors) {
    if (!Object.hasOwn(vectors, name)) throw damaged(`it has no ${name}`);
    if (vectors[name]!.length !== length)
      throw damaged(`${name} has ${vectors[name]!.length} elements, ${expected.vectors[0]} ${length}`);
  }
  const { identity, steps, curve: text, ...further } = metadata;
  if (identity === undefined) throw damaged('it does not say what was trained');
  if (!/^\d{1,15}$/.test(steps ?? '')) throw damaged('it does not say how many steps were taken');
  const curve = parseList(text);
  const isEpoch = (epoch: unknown) =>
    typeof epoch === 'object' &&
    epoch !== null &&
    expected.figures.every((figure) => Number.isFinite((epoch as Record<string, unknown>)[figure]));
  if (!curve?.every(isEpoch)) throw damaged(`its curve is no list of ${expected.figures.join(', ')}`);
  return { vectors, identity, steps: Number(steps), curve, metadata: further };
}

function parseList(text: string | undefined): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
