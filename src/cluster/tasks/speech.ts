import { readLjspeech } from '../../data/ljspeech.js';
import { formatCheckpoint, parseCheckpoint } from '../../speech/checkpoint.js';
import { hear } from '../../speech/comparison.js';
import { type Experiment, type OpenExperiment, openExperiment } from '../../speech/experiment.js';
import { openRecognizer } from '../../speech/models.js';
import { train } from '../../speech/training.js';
import { onThisMachine } from '../shipped.js';
import type { Tasks } from './kinds.js';

/**
 * An experiment of a plan, opened on this machine. What identifies it is the same on all: the paths of its data are, and
 * a recognizer that comes with hw2 is called as in the plan.
 */
export async function openShared(experiment: Experiment): Promise<OpenExperiment> {
  const { init } = experiment;
  const opened = await openExperiment({
    ...experiment,
    init: init && onThisMachine(init),
  });
  return { ...opened, identity: { ...opened.identity, init } };
}

/** Question 3 in parts: a recognizer to train, or some of the sentences to hear. */
export const tasks: Tasks<'train-asr' | 'eval-asr'> = {
  async 'train-asr'({ experiment, checkpoint }, { store }) {
    const { training, validation, identity, initial } = await openShared(experiment);
    // Another attempt, on any machine, goes on at the epoch that the last one reached.
    const known = await store.size(checkpoint);
    const from =
      known && parseCheckpoint(await store.read(checkpoint), `${store.url}/${checkpoint}`, identity);
    const progress = await train({ train: training, validation }, identity.options, {
      ...(initial && { initial }),
      ...(from && { from }),
      onEpoch: (present) => store.write(checkpoint, formatCheckpoint(identity, present)),
    });
    return { bytes: formatCheckpoint(identity, progress) };
  },

  async 'eval-asr'({ model, data, beam, first, end }) {
    const clips = await readLjspeech(onThisMachine(data));
    const recognizer = await openRecognizer(onThisMachine(model));
    return { bytes: JSON.stringify(await hear(recognizer, clips.slice(first, end), beam)) };
  },
};
