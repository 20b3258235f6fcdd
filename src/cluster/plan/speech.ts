import type { Experiment } from '../../speech/experiment.js';
import type { Stage } from '../task.js';
import { numbered, partsOf } from './parts.js';

/** Recognizers to be trained, one task each. */
export interface TrainAsrRun {
  experiments: Experiment[];
}

/** Recognizers on spoken sentences, in parts of the sentences. */
export interface EvalAsrRun {
  /** Folder laid out as LJSpeech, and folders of recognizers; what comes with hw2 begins with hw2:. */
  data: string;
  models: string[];
  beam: number;
  clips: number;
}

const CLIPS_PER_TASK = 10;

export function trainAsrStages({ experiments }: TrainAsrRun, folder: string): Stage[] {
  return [
    experiments.map((experiment) => {
      const { decoder } = experiment.settings;
      return {
        name: `train-asr-${decoder}`,
        input: { kind: 'train-asr', experiment, checkpoint: `${folder}/checkpoint/${decoder}.safetensors` },
        output: `${folder}/output/${decoder}.safetensors`,
        children: [],
      };
    }),
  ];
}

export function evalAsrStages({ data, models, beam, clips }: EvalAsrRun, folder: string): Stage[] {
  return [
    models.flatMap((model, i) =>
      partsOf(clips, CLIPS_PER_TASK).map(({ first, end }) => ({
        name: `eval-asr-${i}-${numbered(first)}`,
        input: { kind: 'eval-asr' as const, model, data, beam, first, end },
        output: `${folder}/output/${i}/${numbered(first)}.json`,
        children: [],
      })),
    ),
  ];
}
