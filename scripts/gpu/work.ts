import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { System } from '#hw2/speech/model/recognizer.js';

/** What is to be trained, stage.json of the folder WORK: systems that hear the same batches. */
export interface Work {
  systems: (Pick<System, 'decoder' | 'encoderAttention'> & { name: string })[];
  folders: readonly string[];
  validation: readonly string[];
  /** Longest clip. */
  frames: number;
  epochs: number;
  seed: number;
  augment: number;
  learningRate: number;
}

export function readWork(folder: string): Work {
  return JSON.parse(readFileSync(join(folder, 'stage.json'), 'utf8')) as Work;
}

/** Epochs that all systems have behind them: training goes on after these. */
export function finishedEpochs(folder: string, { systems, epochs }: Work): number {
  const isFinished = (epoch: number) =>
    systems.every(({ name }) => existsSync(join(folder, 'epochs', `${name}-${epoch}.f32`)));
  let finished = 0;
  while (finished < epochs && isFinished(finished + 1)) finished++;
  return finished;
}

/** A file of float32 numbers and nothing else. */
export function readFloats(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}
