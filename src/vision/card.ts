import type { ImageDataset } from '../data/image-set.js';
import type { Evaluation } from './evaluation.js';
import type { TrustRecord } from './fit-trust.js';
import type { Progress, TrainingOptions } from './training.js';

/** What a model's card and its curves tell: how the model came to be and how well it does. */
export interface ModelRecord {
  data: ImageDataset;
  command: string;
  /** File whose weights training began with, if any. */
  init?: string | undefined;
  options: TrainingOptions;
  /** One run a learning rate; the chosen one is that of `options`. */
  runs: readonly { learningRate: number; progress: Progress }[];
  images: { train: number; val: number };
  test: Evaluation;
  trust: TrustRecord;
}

/** The training and its curves as plain data, for files that programs read. */
export function curvesRecord({ data, command, init, options, runs, images, test, trust }: ModelRecord) {
  const { predictions: _, secondsPerImage: __, throughput: ___, ...results } = test;
  return {
    data: data.origin,
    command,
    init,
    ...options,
    images,
    curves: runs.map(({ learningRate, progress: { curve, diverged } }) => ({
      learningRate,
      epochs: curve,
      ...(diverged && { diverged }),
    })),
    test: results,
    trust,
  };
}

/** A model card in Markdown. */
export function cardMarkdown({ data, command, init, options, runs, images, test }: ModelRecord): string {
  const { variant, learningRate, epochs, batch, seed, dropout, l2, optimiser, augment, balance } = options;
  const chosen = runs.find((run) => run.learningRate === learningRate)!.progress.curve;
  const percent = (share: number) => (Number.isNaN(share) ? 'not defined' : share.toFixed(4));
  const names = data.classNames ?? test.recalls.map((_, i) => `class ${i}`);
  const absent = names.filter((_, i) => Number.isNaN(test.recalls[i]));
  const rows = runs.map(({ learningRate: rate, progress: { curve, diverged } }) => {
    if (diverged) return `| ${rate} | diverged in epoch ${diverged.epoch} | – | – |`;
    const accuracies = curve.map((epoch) => epoch.accuracy);
    const best = Math.max(...accuracies);
    return `| ${rate} | ${curve.at(-1)!.loss.toFixed(4)} | ${percent(accuracies.at(-1)!)} | ${percent(best)} (epoch ${accuracies.indexOf(best) + 1}) |`;
  });
  return `# ${variant} on ${data.name}

- Data: ${data.origin}; ${images.train} images for training, ${images.val} for validation, ${test.images} for the test
- Classes: ${names.join(', ')}
- Made by: \`${command}\`
- Began with: ${init ?? `PyTorch's default initialisation, seed ${seed}`}
- Training: ${optimiser}, batch ${batch}, ${epochs} epochs, dropout ${dropout}, L2 ${l2}, seed ${seed}${augment ? ', images varied in position, contrast and brightness' : ''}${balance ? ', classes balanced in the loss' : ''}
- Learning rate: ${learningRate}${runs.length > 1 ? ', the one with the highest validation accuracy after the last epoch' : ''}
- \`${variant}.onnx\` holds the last epoch
- Curves: [training loss](${variant}-loss.svg), [validation accuracy](${variant}-accuracy.svg), [numbers](${variant}.json)

| learning rate | last loss | validation accuracy, last epoch | best epoch |
| --- | --- | --- | --- |
${rows.join('\n')}

Test, last epoch (${chosen.length}), after the choice of the learning rate: accuracy **${percent(test.accuracy)}** (95 % interval ${percent(test.interval.low)} to ${percent(test.interval.high)}), AUC ${percent(test.auc)}${absent.length > 0 ? ` (no image of ${absent.join(', ')})` : ''}, on ${test.images} images of ${data.origin}.

| true class | ${names.map((name) => `as ${name}`).join(' | ')} | recall |
| --- | ${names.map(() => '---').join(' | ')} | --- |
${test.confusion.map((row, i) => `| ${names[i]} | ${row.join(' | ')} | ${percent(test.recalls[i]!)} |`).join('\n')}
`;
}
