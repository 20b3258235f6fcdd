import { type Dot, dotChart } from '../../charts/dots.js';
import {
  formatCount,
  formatInterval,
  formatPercent,
  formatPercentEstimate,
  formatPoints,
  formatProbability,
  formatSeconds,
} from '../../format/numbers.js';
import { type Variant, variants } from '../../vision/network.js';
import { IMAGES, type ImageEvaluation, type ImageFindings, type ImageTraining } from '../findings/images.js';
import { originalAccuracy, originalParameters, publishedAccuracy } from '../original.js';
import { figure, list, paragraph, picture, type Section, table } from '../page/blocks.js';
import { formula } from '../page/formula.js';
import { type Html, html } from '../page/html.js';

/** What each network is called in a sentence. */
export const TITLES: Record<Variant, string> = { maxpool: 'with max-pooling', stride: 'with strides' };

/** Section 2.3: what pooling is good for, beside strides. */
export function comparisonSection(
  records: ImageFindings['records'],
  judged: ImageEvaluation | undefined,
): Section {
  return {
    number: '2.3',
    title: 'Pooling against strides',
    body: [
      paragraph(
        html`Both networks have the same number of parameters, ${formatCount(originalParameters)} in the original. That is no accident: pooling learns nothing, and both halve the image twice, so that the first dense layer sees 576 numbers either way:`,
      ),
      parameterTable(),
      ...(judged ? [summary(judged), ...tested(judged), reasons(records, judged)] : []),
      ...others(records),
    ],
  };
}

const LAYERS: [string, string, number][] = [
  ['convolution, 1 to 8 maps', '8 · (1 · 3 · 3 + 1)', 8 * 10],
  ['convolution, 8 to 16 maps', '16 · (8 · 3 · 3 + 1)', 16 * 73],
  ['dense, 576 to 320', '320 · (576 + 1)', 320 * 577],
  ['dense, 320 to 120', '120 · (320 + 1)', 120 * 321],
  ['dense, 120 to 4', '4 · (120 + 1)', 4 * 121],
];

function parameterTable(): Html {
  const total = LAYERS.reduce((sum, [, , count]) => sum + count, 0);
  return table({
    caption: 'Where the parameters are.',
    source: 'counted from the network’s definition',
    head: ['layer', 'weights and biases', 'parameters', 'original report'],
    rows: [
      ...LAYERS.map(([name, product, count]) => [name, product, formatCount(count), '']),
      ['together', '', formatCount(total), formatCount(originalParameters)],
    ],
  });
}

function summary({ data, models }: ImageEvaluation): Html {
  const source = `models/${IMAGES}, judged when this page was made`;
  const dots = models.flatMap(({ variant, result }): Dot[] => [
    { row: TITLES[variant], series: 'hw2, phantoms (synthetic)', x: result.accuracy, ...result.interval },
    { row: TITLES[variant], series: 'original report, OctMNIST', x: originalAccuracy[variant] },
  ]);
  const row = (
    title: string,
    cell: (model: ImageEvaluation['models'][0]) => string,
    ...original: string[]
  ) => [title, ...models.map(cell), ...(original.length > 0 ? original : ['', ''])];
  return html`${figure({
    caption:
      'Accuracy of both networks with 95 % intervals (Wilson’s), and the original’s. The data differ: only the distance between the two networks can be compared, not their heights.',
    source,
    alt: dots.map(({ row: name, series, x }) => `${name}, ${series}: ${formatPercent(x)}`).join('; '),
    pictures: [picture({ x: 'accuracy on test images', dots, title: 'Accuracy' }, dotChart)],
  })}${table({
    caption: `Both networks on test images: ${data}; the original on 529 images of OctMNIST.`,
    source,
    head: ['', ...variants.map((variant) => TITLES[variant]), 'original, max-pooling', 'original, strides'],
    rows: [
      row(
        'accuracy',
        ({ result }) => result.accuracy.toFixed(4),
        ...variants.map((variant) => originalAccuracy[variant].toFixed(4)),
      ),
      row('95 % interval', ({ result: { interval } }) => formatInterval(interval, 4)),
      row('AUC, mean over classes', ({ result }) => result.auc.toFixed(4)),
      row(
        'parameters, counted from the file',
        ({ parameters }) => formatCount(parameters),
        ...variants.map(() => formatCount(originalParameters)),
      ),
      row('one image alone', ({ result }) => formatSeconds(result.secondsPerImage)),
      row('images a second, in batches', ({ result }) => formatCount(Math.round(result.throughput))),
    ],
  })}`;
}

/** What the original says about why pooling helps, measured. */
function reasons(records: ImageFindings['records'], { models, shifts }: ImageEvaluation): Html {
  const { maxpool, stride } = records.find(({ folder }) => folder === IMAGES)!.variants;
  const end = ({ curves, learningRate }: ImageTraining) =>
    curves.find((curve) => curve.learningRate === learningRate)!.epochs.at(-1)!.loss;
  const far = shifts.at(-1)!;
  const both = (values: readonly number[]) => values.map((value) => formatPercent(value)).join(' against ');
  const robust = far.kept[0]! > far.kept[1]!;
  const lower = end(maxpool) < end(stride);
  return html`<h4>The original’s reasons, tested</h4>${table({
    caption: `What the original gives as reasons, in our words, and what the two networks say to it; pooling first, ${formatCount(models[0]!.result.images)} synthetic test images.`,
    source: `models/${IMAGES}, judged when this page was made, and the records of their training`,
    head: ['the original says', 'measured', 'verdict'],
    rows: [
      [
        'Pooling makes the network robust to small changes of the input.',
        html`Images moved down: ${shifts.map(({ pixels, kept }) => html`by ${pixels} px the answer stays for ${both(kept)}<br>`)}accuracy at ${far.pixels} px: ${both(far.accuracies)}`,
        robust ? 'holds for shifts' : 'does not hold for shifts',
      ],
      [
        'Pooling helps against overfitting.',
        `Training loss in the last epoch, with dropout: ${end(maxpool).toFixed(3)} against ${end(stride).toFixed(3)}.`,
        lower
          ? 'not seen: the network with pooling fits its training images better, not less well'
          : 'agrees: the network with pooling fits its training images less well',
      ],
      [
        'Pooling lets the network look at the most important features.',
        'It keeps the strongest answer of four, by definition; which features are important the original does not say.',
        'cannot be measured as it stands',
      ],
      [
        'Pooling is more accurate.',
        both(models.map(({ result }) => result.accuracy)),
        models[0]!.result.accuracy > models[1]!.result.accuracy
          ? 'holds on these images'
          : 'does not hold on these images',
      ],
    ],
  })}`;
}

function tested({ models, test }: ImageEvaluation): Html[] {
  const [first, second] = models;
  const { onlyFirst, onlySecond, p } = test;
  const difference = first!.result.accuracy - second!.result.accuracy;
  const better = difference > 0 ? 'pooling' : 'striding';
  return [
    paragraph(
      html`Is the difference real, or luck with these images? Only those count on which the two disagree: ${onlyFirst} are told right by the pooling network alone, ${onlySecond} by the striding one alone. If both were equally good, each of these ${onlyFirst + onlySecond} would be a toss of a coin. McNemar’s exact test gives the probability of a split at least as uneven: ${formatProbability(p)}. ${p < 0.05 ? `On these ${formatCount(first!.result.images)} synthetic images ${better} is better, by ${formatPoints(Math.abs(difference))}.` : `So these ${formatCount(first!.result.images)} synthetic images do not tell which is better.`}`,
    ),
    paragraph(
      'What the original found, 438 against 431 of 529 images right, could be chance: such a difference of 7 images says little unless one knows on how many they disagree.',
    ),
    list(
      html`Pooling: all positions are looked at, the strongest answer is kept. ${formula('28 → 14 → 6')} pixels.`,
      html`Strides: every second position is looked at. ${formula('28 → 14 → 6')} pixels, with a quarter of the work.`,
    ),
  ];
}

/** The accuracy of naming the most frequent class of the test images: `49.5 % (always class 0: 45 of 91)`. */
function chanceOf({ test: { confusion, images } }: ImageTraining): Html {
  const counts = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const most = Math.max(...counts);
  return html`${formatPercent(most / images)} (always class ${counts.indexOf(most)}: <span class="whole">${formatCount(most)} of ${formatCount(images)})</span>`;
}

/** The other data sets: what training recorded, on real images. */
function others(records: ImageFindings['records']): Html[] {
  const real = records.filter(({ folder }) => folder !== IMAGES);
  if (real.length === 0) return [];
  const cell = ({ test: { accuracy, interval } }: ImageTraining) => formatPercentEstimate(accuracy, interval);
  return [
    table({
      caption:
        'The same comparison on real images, as recorded when the models were trained. Some of these sets are small; mind the intervals. Chance is the accuracy of whoever names the most frequent class of the test images for every one of them: a network whose interval holds it has not been shown to have learned anything. The last column is the accuracy of a network fifty times as large in the paper of MedMNIST v2.',
      source: 'models/*/*.json',
      head: [
        'models',
        'images for training',
        'test images',
        ...variants.map((variant) => `accuracy ${TITLES[variant]}`),
        'chance',
        'published, ResNet-18',
      ],
      rows: real.map(({ folder, variants: { maxpool, stride } }) => [
        html`<code>${folder}</code>${maxpool.init ? ', after phantoms' : ''}`,
        formatCount(maxpool.images.train),
        formatCount(maxpool.test.images),
        cell(maxpool),
        cell(stride),
        chanceOf(maxpool),
        folder in publishedAccuracy ? formatPercent(publishedAccuracy[folder]!) : '',
      ]),
    }),
  ];
}
