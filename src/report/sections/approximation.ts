import { tradeoffChart } from '../../bench/charts.js';
import { expansionTitle, type Tradeoff } from '../../bench/tradeoff.js';
import { type LineChart, lineChart } from '../../charts/lines.js';
import { formatCount, formatError, formatPercent, formatSeconds } from '../../format/numbers.js';
import { median } from '../../statistics/estimates.js';
import type { AttentionFindings } from '../findings/attention.js';
import type { Matrices } from '../findings/matrices.js';
import type { WeightErrors } from '../findings/weights.js';
import { figure, paragraph, picture, type Section, table } from '../page/blocks.js';
import { display, formula } from '../page/formula.js';
import { type Html, html } from '../page/html.js';
import { noise } from './cost.js';
import { frontierParts } from './frontier.js';
import { matrixPictures } from './matrix-pictures.js';

export function approximationSection({ matrices }: AttentionFindings): Section {
  return {
    number: '1.3',
    title: 'Attention with the feature map',
    body: [
      paragraph(
        html`Write ${formula('Φ(X)')} for the matrix whose rows are ${formula('φ(x_i)')}. Row i, column j of ${formula('Φ(Q∕√D) Φ(K)^⊤')} is ${formula('φ(q_i∕√D)·φ(k_j) ≈ "exp"(q_i·k_j∕√D)')}: softmax before its rows are divided by their sums. The scale goes into the queries before features are made of them, and nowhere else. The sums are that matrix times a vector of ones, and dividing by them is multiplying by the inverse of a diagonal matrix:`,
      ),
      display('Z ≈ N^{−1} Φ(Q∕√D) Φ(K)^⊤ V'),
      display('N = "diag"(Φ(Q∕√D) Φ(K)^⊤ 1_L)'),
      paragraph(
        'The original report calls the diagonal matrix D, as it does the head dimension, and writes its approximation without the scale: for queries that carry it already that is the same.',
      ),
      ...matricesFigure(matrices),
    ],
  };
}

function matricesFigure(matrices: Matrices): Html[] {
  const { id, sentence, L, D, sigma, exact, taylor } = matrices;
  const shown = taylor.find(({ order }) => order === 2)!;
  const source = `models/asr-test/wavs/${id}.wav through src/speech/mel.ts and the kernels, when this page was made`;
  return [
    paragraph(
      html`What does it do to real input? Below, a spoken sentence (“${sentence}”) attends to itself: query and key i are both the ${D} log-mel energies of its i-th 14.5 milliseconds, as the recognizers of question 3 hear them. Each row shows how one moment distributes its attention over all ${L} moments. Both pictures came out of hw2’s kernels: with the identity matrix as V, the output is the matrix of weights. The scores have a standard deviation of ${sigma.toFixed(2)}.`,
    ),
    figure({
      caption: html`Softmax attention and linear attention of order 2 on the same sentence, in the same colours. Bright squares are stretches of sound that are alike, such as the silence before and after. Linear attention finds the same places but blurs them: what is far from 0 in the exponent grows too slowly. On average ${formatPercent(shown.distance, 0)} of a row’s weight lies on other keys than in softmax.`,
      source,
      alt: `Two heat maps of ${L} by ${L} attention weights. Both show the same pattern of blocks; in the linear one the bright blocks are darker and the dark ones brighter.`,
      pictures: matrixPictures(matrices, 2),
    }),
    table({
      caption:
        'The same sentence with each order: the share of a row’s weight that lies on other keys than in softmax (half of Σ|p̃ − p|), mean over all rows.',
      source,
      head: ['order K', 'weight on other keys', 'largest weight', 'smallest weight'],
      rows: [
        ['softmax', '–', largest(exact).toFixed(4), smallest(exact).toExponential(1)],
        ...taylor.map(({ order, weights, distance }) => [
          String(order),
          formatPercent(distance),
          largest(weights).toFixed(4),
          smallest(weights).toExponential(1).replace(/^-/, '−'),
        ]),
      ],
    }),
  ];
}

const largest = (values: Float32Array) => values.reduce((a, b) => Math.max(a, b));
const smallest = (values: Float32Array) => values.reduce((a, b) => Math.min(a, b));

export function errorSection(findings: AttentionFindings, source: string): Section {
  const { weights, tradeoffs, frontier } = findings;
  return {
    number: '1.5',
    title: 'How close linear attention comes',
    body: [
      paragraph(
        html`The original report does not ask how good the approximation is; whoever wants to use it has to. Two knobs decide: the order K, and how large the scores are, which is told by their standard deviation σ. The bound follows from Lagrange’s: if weight j is off by at most a factor ${formula('1 ± r_j')}, and ${formula('r')} is the mean of the ${formula('r_j')} over the softmax weights, then at most a share of ${formula('r∕(1 − r)')} of the weight can lie on wrong keys.`,
      ),
      weightsFigure(weights),
      ...(tradeoffs.length > 0 ? noise(findings) : []),
      ...tradeoffs.flatMap((found): Html[] => {
        const { problem, sigmas, exactSeconds, exactErrors, orders, expansions = [] } = found;
        return [
          table({
            caption: `What time buys: time of one head, L = ${formatCount(problem.L)}, D = ${problem.D}, and distance of the output to softmax’s in float64 (root mean square, relative), by deviation σ of the scores. Where float32 adds to it, the distance of the series itself, in float64, stands in brackets. From σ = 1 on, order 2 is not an approximation of softmax but another operator. These tokens are independent, so that centroids of their keys find nothing; the figure after the next has tokens that resemble their neighbours.`,
            source,
            head: ['', 'time', ...sigmas.map((sigma) => `σ = ${sigma}`)],
            rows: [
              ['exact', formatSeconds(median(exactSeconds)), ...exactErrors.map(formatError)],
              ...orders.map(({ order, seconds, errors, seriesErrors }) => [
                `linear, order ${order}`,
                formatSeconds(median(seconds)),
                ...errors.map((error, i) => withRounding(error, seriesErrors[i]!)),
              ]),
              ...expansions.map(({ seconds, errors, ...expansion }) => [
                expansionTitle(expansion),
                formatSeconds(median(seconds)),
                ...errors.map(formatError),
              ]),
            ],
          }),
          paragraph(
            'Exact attention is not at 0 either: its kernels compute in float32, which keeps seven digits. Linear attention sums features of very different size over all keys, so its rounding weighs more, and grows with the order: where the scores are small it, and not the series, is the floor below which no order gets.',
          ),
          figure({
            caption: `The same as a picture: each line is one deviation of the scores, each colour an order; further down is closer, further left is faster. More time buys less error where the scores are small; at σ = ${sigmas.at(-1)} it buys next to nothing. ${againstExact(found)}`,
            source,
            alt: `Line chart of the distance to softmax against time, one line for each deviation of the scores from ${sigmas[0]} to ${sigmas.at(-1)}, and one for exact attention. ${againstExact(found)}`,
            pictures: [picture(tradeoffChart(found), lineChart)],
          }),
        ];
      }),
      ...frontierParts(frontier, source),
    ],
  };
}

/** An error, and that of the series alone where rounding is a third of it or more. */
function withRounding(error: number, ofSeries: number): string {
  return error > 1.5 * ofSeries ? `${formatError(error)} (${formatError(ofSeries)})` : formatError(error);
}

/** Which orders exact attention beats in time and in error, whatever the scores. */
function againstExact({ problem: { L }, exactSeconds, exactErrors, orders }: Tradeoff): string {
  const slower = orders.filter(
    ({ seconds, errors }) =>
      median(seconds) > median(exactSeconds) && errors.every((error, i) => error > exactErrors[i]!),
  );
  const names = new Intl.ListFormat('en').format(slower.map(({ order }) => String(order)));
  const shorter = `Linear attention is for longer sequences: section 1.6 says from where it pays.`;
  if (slower.length === 0) return '';
  return slower.length === orders.length
    ? `At ${formatCount(L)} tokens exact attention beats every order on both axes: it takes less time and is closer. ${shorter}`
    : `At ${formatCount(L)} tokens exact attention beats ${slower.length === 1 ? 'order' : 'orders'} ${names} on both axes: it takes less time and is closer. ${shorter}`;
}

function weightsFigure({ L, D, rows, points }: WeightErrors): Html {
  const sigmas = [...new Set(points.map(({ sigma }) => sigma))];
  const orders = [...new Set(points.map(({ order }) => order))];
  const chart: LineChart = {
    title: 'Error by order and deviation of the scores',
    ...{ x: 'standard deviation σ of the scores', y: 'share of weight on other keys', logarithmic: true },
    points: points.map(({ order, sigma, distance }) => ({ series: `order ${order}`, x: sigma, y: distance })),
    bounds: points.flatMap(({ order, sigma, bound }) =>
      bound === undefined ? [] : [{ series: `order ${order}`, x: sigma, y: bound }],
    ),
  };
  return figure({
    caption:
      'Share of the weight that linear attention puts on other keys than softmax, and the most that it can be (dashed; where there is no dashed line the bound promises nothing).',
    source: `random tensors, L = ${formatCount(L)}, D = ${D}, ${rows} rows, in float64, when this page was made`,
    alt: `Line chart on logarithmic axes: for every order the error grows with the deviation of the scores, and higher orders are better. ${orders.map((order) => `Order ${order}: ${sigmas.map((sigma) => `${formatPercent(points.find((point) => point.order === order && point.sigma === sigma)!.distance, 2)} at ${sigma}`).join(', ')}`).join('. ')}.`,
    pictures: [picture(chart, lineChart)],
    data: {
      head: ['', ...sigmas.map((sigma) => `σ = ${sigma}`)],
      rows: orders.flatMap((order) => {
        const own = points.filter((point) => point.order === order);
        return [
          [`order ${order}`, ...own.map(({ distance }) => formatError(distance))],
          [`its bound`, ...own.map(({ bound }) => (bound === undefined ? '–' : formatError(bound)))],
        ];
      }),
    },
  });
}
