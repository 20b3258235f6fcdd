import type { Split } from '../../data/image-set.js';
import type { Variant } from '../../vision/network.js';
import type { TrainingOptions } from '../../vision/training.js';
import type { Stage } from '../task.js';
import { numbered, partsOf } from './parts.js';

/** The report's experiment, one task a variant and learning rate; the best is chosen of what they end with. */
export interface TrainCnnRun {
  /** A name of hw2 data, or a path that every worker can read. */
  data: string;
  configurations: TrainingOptions[];
  init?: string;
}

/** Models on labelled images, in parts of the images. */
export interface EvalCnnRun {
  data: string;
  split: Split;
  protocol: 'report' | 'medmnist';
  /** Shared paths; models that come with hw2 begin with hw2:. */
  models: string[];
  images: number;
}

const IMAGES_PER_TASK = 1000;

export function trainCnnStages({ data, configurations, init }: TrainCnnRun, folder: string): Stage[] {
  return [
    configurations.map((options) => {
      const name = configurationName(options);
      const checkpoint = `${folder}/checkpoint/${name}.safetensors`;
      return {
        name: `train-cnn-${name}`,
        input: { kind: 'train-cnn', data, options, ...(init !== undefined && { init }), checkpoint },
        output: trainedName(folder, options),
        children: [],
      };
    }),
  ];
}

/** Names of tasks hold no dots. */
const configurationName = ({ variant, learningRate }: { variant: Variant; learningRate: number }) =>
  `${variant}-${String(learningRate).replaceAll('.', '-')}`;

/** Where the checkpoint of a configuration lies that has ended. */
const trainedName = (folder: string, options: TrainingOptions) =>
  `${folder}/output/${configurationName(options)}.safetensors`;

export function evalCnnStages(
  { data, split, protocol, models, images }: EvalCnnRun,
  folder: string,
): Stage[] {
  return [
    models.flatMap((model, i) =>
      partsOf(images, IMAGES_PER_TASK).map(({ first, end }) => ({
        name: `eval-cnn-${i}-${numbered(first)}`,
        input: { kind: 'eval-cnn' as const, model, data, split, protocol, first, end },
        output: `${folder}/output/${i}/${numbered(first)}.npy`,
        children: [],
      })),
    ),
  ];
}
