import { type Dot, dotChart } from '../../charts/dots.js';
import { formatPercent, formatProbability, formatSigned } from '../../format/numbers.js';
import { type Difference, type Judged, METRICS } from '../../speech/comparison.js';
import { isMissing } from '../findings/part.js';
import type { LinearEncoder, SpeechEvaluation } from '../findings/speech.js';
import { figure, paragraph, picture, remark, type Section, table } from '../page/blocks.js';
import { type Html, html } from '../page/html.js';
import { matrixPictures } from './matrix-pictures.js';
import { sourceOf } from './sentences.js';

/** The recognizer with one of the self-attentions in its encoder, and how it does. */
interface Variation {
  name: string;
  judged: Judged;
  /** Against softmax, where there is something to compare. */
  against?: readonly Difference[];
}

/** Softmax against linear attention inside a trained model. */
export function linearSection(evaluation: SpeechEvaluation): Section {
  const { linear } = evaluation;
  const title = 'Linear attention inside a trained model';
  const body = isMissing(linear)
    ? [remark(`This part could not be made here: ${linear.reason}`)]
    : experiment(evaluation, linear);
  return { number: '3.5', title, body };
}

function experiment(
  evaluation: SpeechEvaluation,
  { matrices, softmax, exact, orders, trained }: LinearEncoder,
): Html[] {
  const source = sourceOf(evaluation, softmax.clips.length);

  const same = softmax.clips.filter(({ predicted }, i) => predicted === exact.clips[i]!.predicted).length;
  const variations: Variation[] = [
    { name: 'softmax, as trained', judged: softmax },
    ...orders.map(({ order, judged, against }) => ({
      name: `linear, order ${order}, in its stead`,
      judged,
      against,
    })),
    ...(trained ? [{ name: 'linear, order 2, trained on with it', ...trained }] : []),
  ];
  const measured = METRICS.filter(({ metric }) => metric === 'edit' || metric === 'characterErrorRate');
  const dots = measured.flatMap(({ title, metric }) =>
    variations.map(
      ({ name, judged }): Dot => ({
        ...{ row: title, series: name, x: judged.score[metric] },
        ...judged.intervals[metric],
      }),
    ),
  );
  return [
    paragraph(
      html`Question 1 asked how far linear attention is from softmax, by numbers. Here is what it does to a model that has work to do. The encoder of the system with the attention decoder attends to itself twice, with two heads of 100 dimensions. Everything else stays as it was trained; only these attentions are computed in another way. With hw2’s exact kernels in place of ONNX Runtime’s, ${same} of ${softmax.clips.length} transcripts are the same, letter by letter.`,
    ),
    figure({
      caption: html`What the encoder’s first self-attention does with the sentence of section 1.3, head by head: the same queries and keys, weighed by softmax and by linear attention. The scores of the heads have standard deviations of ${matrices.map(({ sigma }) => sigma.toFixed(2)).join(' and ')}; ${matrices.map(({ taylor }) => formatPercent(taylor[0]!.distance, 0)).join(' and ')} of the weight lies on other keys.`,
      source: `models/asr-test/wavs/${matrices[0]!.id}.wav through the encoder, when this page was made`,
      alt: `Heat maps of attention weights, softmax and linear, for ${matrices.length} heads.`,
      pictures: matrices.map((head, i) => matrixPictures(head, 2, `head ${i + 1}: `)),
    }),
    figure({
      caption:
        'The same recognizer with different self-attention in its encoder, with 95 % intervals: Damerau–Levenshtein similarity, of which more is better, and character error rate, of which less is.',
      source,
      alt: dots.map(({ row, series, x }) => `${row}, ${series}: ${x.toFixed(3)}`).join('; '),
      pictures: [picture({ x: 'score', dots, title: 'Self-attention of the encoder' }, dotChart)],
    }),
    table({
      caption: `All measures. Below each, its difference from softmax on the same sentences, and whether that could be luck (randomisation test over ${softmax.clips.length} sentences). The original report has no such experiment.`,
      source,
      head: ['', ...variations.map(({ name }) => name)],
      rows: METRICS.flatMap(({ title, metric }, i) => [
        [title, ...variations.map(({ judged }) => judged.score[metric].toFixed(3))],
        [
          html`<span class="source">difference</span>`,
          ...variations.map(({ against }) =>
            against ? `${formatSigned(against[i]!.difference)} (${formatProbability(against[i]!.p)})` : '',
          ),
        ],
      ]),
    }),
    paragraph(
      'A model that was trained with softmax expects sharp weights; linear attention gives it blurred ones (section 1.3), in places where it never learned to live with them.',
      trained
        ? ` The last column is a model that learned to. ${trained.began ? 'It began with the parameters of a softmax model and was trained on' : 'It was trained'} with linear attention for ${trained.epochs} ${trained.epochs === 1 ? 'epoch' : 'epochs'}; its distance from the first column is that of ${trained.epochs === 1 ? 'that epoch' : 'those epochs'} and of the attention together.`
        : '',
    ),
  ];
}
