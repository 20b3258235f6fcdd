import { encode } from 'fast-png';
import { confusionChart } from '../../charts/confusion.js';
import { type Dot, dotChart } from '../../charts/dots.js';
import { lineChart } from '../../charts/lines.js';
import {
  formatCount,
  formatInterval,
  formatPercent,
  formatPoints,
  formatProbability,
  formatSeconds,
} from '../../format/numbers.js';
import { accuracyChart, lossChart } from '../../vision/charts.js';
import { type Variant, variants } from '../../vision/network.js';
import { IMAGES, type ImageEvaluation, type ImageFindings, type ImageTraining } from '../findings/images.js';
import { isMissing } from '../findings/part.js';
import { originalAccuracy, originalParameters, publishedAccuracy } from '../original.js';
import { figure, list, paragraph, picture, remark, type Section, table } from '../page/blocks.js';
import { formula } from '../page/formula.js';
import { type Html, html } from '../page/html.js';

const TITLES: Record<Variant, string> = { maxpool: 'with max-pooling', stride: 'with strides' };

/** Question 2: images, and what pooling is good for. */
export function imagesSection({ records, evaluation }: ImageFindings): Section {
  const record = records.find(({ folder }) => folder === IMAGES)!.variants;
  const judged = isMissing(evaluation) ? undefined : evaluation;
  return {
    number: '2',
    title: 'Telling images of the retina apart',
    body: [
      paragraph(
        'The task: a cross-section of the retina, 28 × 28 grey pixels, shows one of four things: new vessels under the retina (choroidal neovascularization), swelling (diabetic macular edema), deposits (drusen), or none of them. The original trained a small convolutional network on OctMNIST, 97,477 such images, once with max-pooling after each convolution and once with convolutions that take steps of two pixels instead.',
      ),
      remark(
        html`The data are not the same. OctMNIST does not come with hw2; the networks of this page were trained in the same way on as many <strong>synthetic</strong> images (“phantoms”) that hw2 generates. Figures from them say how the two networks compare on phantoms, not how well either does on patients. <code>hw2 data octmnist</code> and <code>hw2 train-cnn --data octmnist</code> run the original’s experiment.`,
      ),
      ...(judged ? [examples(judged)] : []),
      ...(isMissing(evaluation)
        ? [remark(`The networks could not be judged anew here: ${evaluation.reason}`)]
        : []),
    ],
    parts: [
      variantSection('2.1', 'maxpool', record.maxpool, judged),
      variantSection('2.2', 'stride', record.stride, judged),
      comparisonSection(records, judged),
    ],
  };
}

function variantSection(
  number: string,
  variant: Variant,
  record: ImageTraining,
  judged: ImageEvaluation | undefined,
): Section {
  const source = `models/${IMAGES}/${variant}.json, written by ${record.command}`;
  const last = ({ epochs }: ImageTraining['curves'][0]) => epochs.at(-1)!;
  const model = judged?.models.find((one) => one.variant === variant);
  return {
    number,
    title: variant === 'maxpool' ? 'The network with max-pooling' : 'The network with strides',
    body: [
      ...(variant === 'maxpool' ? [network()] : [strideNetwork()]),
      figure({
        caption: `Mean loss of the training batches by epoch, one line a learning rate η, network ${TITLES[variant]}, on phantoms (synthetic). ${variant === 'maxpool' ? 'The original’s figure 1 shows the same for OctMNIST, at η = 0.01.' : 'The original has no figure for this network.'}`,
        source,
        alt: `Line chart of the training loss over ${record.epochs} epochs. ${record.curves.map((curve) => `η = ${curve.learningRate} ends at ${last(curve).loss.toFixed(3)}`).join(', ')}.`,
        pictures: [picture(lossChart('Training loss', record.curves), lineChart)],
      }),
      figure({
        caption: `Accuracy on ${formatCount(record.images.val)} validation images after each epoch. The learning rate is chosen here, by the last epoch: η = ${record.learningRate}. ${variant === 'maxpool' ? 'The original’s figure 2 shows the same for OctMNIST, at η = 0.01.' : 'The original has no figure for this network; it took the rate of the other.'}`,
        source,
        alt: `Line chart of the validation accuracy over ${record.epochs} epochs. ${record.curves.map((curve) => `η = ${curve.learningRate} ends at ${formatPercent(last(curve).accuracy)}`).join(', ')}.`,
        pictures: [picture(accuracyChart('Validation accuracy', record.curves), lineChart)],
      }),
      table({
        caption: 'After the last epoch, by learning rate.',
        source,
        head: ['learning rate', 'training loss', 'validation accuracy', 'original report'],
        rows: record.curves.map((curve) => [
          `${curve.learningRate}${curve.learningRate === record.learningRate ? ' (chosen)' : ''}`,
          last(curve).loss.toFixed(4),
          formatPercent(last(curve).accuracy, 2),
          curve.learningRate === 0.01 ? (variant === 'maxpool' ? 'chosen on OctMNIST' : 'taken over') : '',
        ]),
      }),
      ...(model && judged ? verdictOn(model, judged) : []),
    ],
  };
}

function network(): Html {
  return paragraph(
    html`Two convolutions of 3 × 3 pixels find patterns, 8 and then 16 kinds of them. After each, max-pooling keeps the strongest answer in every square of 2 × 2, which halves the image and forgets where exactly in the square it was. What is left, 16 maps of 6 × 6, goes through layers of 320 and 120 units to the log-probabilities of the four classes. Training is plain stochastic gradient descent on batches of eight images, with dropout 0.7.`,
  );
}

function strideNetwork(): Html {
  return paragraph(
    'The same network, but the image is halved by the convolutions themselves, which look at every second position only. That saves three quarters of their work and throws away what lies in between, whatever it is.',
  );
}

function verdictOn(
  { variant, file, result }: ImageEvaluation['models'][0],
  { data, classNames }: ImageEvaluation,
): Html[] {
  const { low, high } = result.interval;
  const source = `${file} on ${formatCount(result.images)} test images of ${data}, judged when this page was made`;
  return [
    paragraph(
      html`On ${formatCount(result.images)} test images, which had no part in training or in the choice of the learning rate, its accuracy is <strong>${formatPercent(result.accuracy)}</strong> (95 % interval ${formatPercent(low)} to ${formatPercent(high)}). The original reports ${formatPercent(originalAccuracy[variant], 2)} on 529 of the 1,000 test images of OctMNIST; these are other images.`,
    ),
    figure({
      caption: `Confusion matrix, network ${TITLES[variant]}. Rows are what an image shows, columns what it was told to show; the diagonal is right. Colour is the share of the row.`,
      source,
      alt: classNames
        .map(
          (name, i) =>
            `${name}: ${result.confusion[i]!.map((count, j) => `${count} told as ${classNames[j]}`).join(', ')}`,
        )
        .join('. '),
      pictures: [
        picture({ names: classNames, matrix: result.confusion, title: 'Confusion matrix' }, confusionChart),
      ],
    }),
  ];
}

function comparisonSection(records: ImageFindings['records'], judged: ImageEvaluation | undefined): Section {
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

/** Images of each class, and those that the first network told wrong. */
function examples({ data, classNames, examples: all }: ImageEvaluation): Html {
  const shown = (right: boolean, label: number) =>
    all
      .filter((one) => one.label === label && (one.predicted === label) === right)
      .map(
        ({ predicted, pixels }) =>
          html`<span class="sample">${imageOf(pixels)}${right ? '' : classNames[predicted]!}</span>`,
      );
  return table({
    caption: `Test images of each class (${data}), enlarged: the first that the network with max-pooling told right, and the first that it told wrong, with what it told.`,
    source: 'drawn when this page was made',
    head: ['class', 'told right', 'told wrong, as'],
    rows: classNames.map((name, label) => [name, html`${shown(true, label)}`, html`${shown(false, label)}`]),
  });
}

function imageOf(pixels: Uint8Array): Html {
  const png = encode({ width: 28, height: 28, data: pixels, channels: 1, depth: 8 });
  return html`<img alt="" width="56" height="56" src="data:image/png;base64,${Buffer.from(png).toString('base64')}">`;
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

/** The accuracy of naming the most frequent class of the test images: `49.5 %, always class 0: 45 of 91`. */
function chanceOf({ test: { confusion, images } }: ImageTraining): string {
  const counts = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const most = Math.max(...counts);
  return `${formatPercent(most / images)} (always class ${counts.indexOf(most)}: ${formatCount(most)} of ${formatCount(images)})`;
}

/** The other data sets: what training recorded, on real images. */
function others(records: ImageFindings['records']): Html[] {
  const real = records.filter(({ folder }) => folder !== IMAGES);
  if (real.length === 0) return [];
  const cell = ({ test: { accuracy, interval } }: ImageTraining) =>
    `${formatPercent(accuracy)} (${formatInterval({ low: 100 * interval.low, high: 100 * interval.high }, 1)})`;
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
