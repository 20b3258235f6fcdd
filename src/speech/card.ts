import { formatChosenPercent, formatCount } from '../format/numbers.js';
import { parameterCount } from '../onnx/parameters.js';
import type { TrainingIdentity } from './checkpoint.js';
import type { Calibration } from './confidence.js';
import { recognizerParameters, systemName } from './model/recognizer.js';
import type { Epoch } from './training.js';

/** What the card of a recognizer tells: how it came to be. How well it does is for a test to tell. */
export interface TrainingRecord {
  identity: TrainingIdentity;
  command: string;
  /** Epochs of the training whose checkpoint this one began with. */
  earlier?: readonly Epoch[];
  curve: readonly Epoch[];
  calibration?: Calibration | undefined;
}

/** The epoch whose parameters the models hold, counted from 0. */
function bestEpoch(curve: readonly Epoch[]): number {
  return curve.reduce((best, { edit }, i) => (edit > curve[best]!.edit ? i : best), 0);
}

/** A model card in Markdown. */
export function recognizerCard({
  identity,
  command,
  earlier = [],
  curve,
  calibration,
}: TrainingRecord): string {
  const { data, options, init } = identity;
  const { decoder, encoderAttention = 'exact', learningRate, epochs, seed, augment, frontEnd } = options;
  const count = formatCount(parameterCount(recognizerParameters(decoder)));
  const rows = [...earlier, ...curve].map(
    ({ trainingLoss, loss, jaccard, cosine, edit, characterErrorRate, wordErrorRate }, i) => {
      const figures = [trainingLoss, loss, jaccard, cosine, edit, characterErrorRate, wordErrorRate];
      return `| ${i + 1} | ${figures.map((figure) => figure.toFixed(3)).join(' | ')} |`;
    },
  );
  return `# Speech recognizer, ${systemName(options)}

- Parameters: ${count}; encoder with ${encoderAttention === 'taylor' ? 'linear self-attention of order 2' : 'softmax self-attention'}
- Sound: ${frontEnd === 'level' ? 'its speech is brought to one level before the spectrogram is made' : 'as it was recorded'}
- Data, to train and to validate on: ${data}
- Made by: \`${command}\`
- Began with: ${init === undefined ? `random parameters, seed ${seed}` : `the best parameters of ${init}`}
- Training: AdamW, learning rate up to ${learningRate}, label smoothing 0.1, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, seed ${seed}${augment ? `, ${frontEnd === 'level' ? 'speed, room, channel, noise' : 'speed, noise'} and hidden bands varied in every epoch, of ${formatChosenPercent(augment)} of the clips` : ''}
- \`encoder.onnx\` and \`decoder.onnx\` hold epoch ${earlier.length + bestEpoch(curve) + 1}, ${earlier.length > 0 ? `of those after ${earlier.length} ` : ''}the one of highest Damerau–Levenshtein similarity in validation
- Confidence of a word: ${calibration ? `σ(${calibration.bias.toFixed(2)} + ${calibration.word.toFixed(2)} x + ${calibration.clip.toFixed(2)} y) of the mean log-probabilities x of its symbols and y of all tokens of the clip, fitted to the validation clips` : 'the mean probability of its symbols, not calibrated'}
- Curves: [loss](loss.svg), [similarities](similarity.svg), [numbers](curve.json)${earlier.length > 0 ? `; epochs 1 to ${earlier.length} are those of the training that it began with` : ''}

| epoch | training loss | validation loss | Jaccard | cosine | Damerau–Levenshtein | CER | WER |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
