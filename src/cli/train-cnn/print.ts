import colours from 'picocolors';
import { formatCount, formatInterval } from '../../format/numbers.js';
import { recordCharts } from '../../vision/charts.js';
import type { TrainedModel } from '../../vision/experiment.js';
import { besideChance } from '../../vision/judge.js';
import { print } from '../output.js';
import { printTable } from '../table.js';

/** Curves, choice and test of one variant. */
export async function printResults({ variant, record }: TrainedModel): Promise<void> {
  print(
    `\n${variant} on ${record.data.origin}: learning rate ${record.options.learningRate} chosen on validation\n`,
  );
  printTable(
    ['learning rate', 'last loss', 'validation, last epoch', 'validation, best epoch'],
    record.runs.map(({ learningRate, progress: { curve, diverged } }) => [
      String(learningRate),
      ...(diverged
        ? [`diverged in epoch ${diverged.epoch}`, '–', '–']
        : [
            curve.at(-1)!.loss.toFixed(4),
            curve.at(-1)!.accuracy.toFixed(4),
            Math.max(...curve.map(({ accuracy }) => accuracy)).toFixed(4),
          ]),
    ]),
  );
  if (process.stdout.isTTY && record.options.epochs > 1) {
    const { chartText } = await import('../../charts/text.js');
    print(`\n${chartText(recordCharts(record).accuracy, colours.isColorSupported)}\n`);
  }
  const { accuracy, interval, images } = record.test;
  const chance = besideChance(record.trust.tested[0]!);
  print(
    `test: accuracy ${accuracy.toFixed(4)} (95 % ${formatInterval(interval, 4)}), ${formatCount(images)} images${chance}`,
  );
}
