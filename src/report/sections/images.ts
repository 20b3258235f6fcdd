import { encode } from 'fast-png';
import { confusionChart } from '../../charts/confusion.js';
import { lineChart } from '../../charts/lines.js';
import { formatCount, formatPercent } from '../../format/numbers.js';
import { accuracyChart, lossChart } from '../../vision/charts.js';
import type { Variant } from '../../vision/network.js';
import { IMAGES, type ImageEvaluation, type ImageFindings, type ImageTraining } from '../findings/images.js';
import { isMissing } from '../findings/part.js';
import { originalAccuracy } from '../original.js';
import { figure, paragraph, picture, remark, type Section, table } from '../page/blocks.js';
import { type Html, html } from '../page/html.js';
import { comparisonSection, TITLES } from './image-comparison.js';

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
      caption: `Confusion matrix, network ${TITLES[variant]}. Rows are what an image shows, columns what it was told to show; the diagonal is right. Shade is the share of the row.`,
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
