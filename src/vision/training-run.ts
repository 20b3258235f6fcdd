import type { TrainingIdentity } from './checkpoint.js';
import type { TrainingData } from './training.js';

/** One training run for a process of its own. */
export interface TrainingRun {
  data: TrainingData;
  identity: TrainingIdentity;
  initial?: Float32Array;
  /** File in which the run is kept after every epoch. */
  checkpoint: string;
  resume: boolean;
}

/** What the process says while it works: images of finished batches, and how many of them a checkpoint brought. */
export interface TrainedImages {
  images: number;
  kept: number;
}
