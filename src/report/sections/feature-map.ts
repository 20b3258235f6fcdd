import {
  featureDim,
  featureMap,
  monomials,
  monomialWeight,
  remainderBound,
  stateBytes,
  taylorExp,
} from 'hw2-engine';
import { type LineChart, lineChart, type Point } from '../../charts/lines.js';
import { formatBytes, formatCount, formatError } from '../../format/numbers.js';
import { Random } from '../../statistics/random.js';
import { HEAD_DIM, HEAD_DIMS, ORDERS } from '../findings/attention.js';
import { figure, paragraph, picture, type Section, table } from '../page/blocks.js';
import { display, formula } from '../page/formula.js';
import { type Html, html } from '../page/html.js';

const SOURCE = 'computed by src/engine/attention/feature-map.ts when this page was made';
const EXAMPLE_DIM = 2;
/** So many terms beyond the order are below float64 for |t| ≤ 4. */
const TERMS = 40;

export function featureMapSection(): Section {
  return {
    number: '1.2',
    title: 'A feature map that replaces the exponential',
    body: [
      paragraph(
        html`To get rid of L², the exponential in softmax has to be taken apart: ${formula('"exp"(q·k)')} mixes every query with every key. (In this section q is the query after the scale: ${formula('q∕√D')} of section 1.1. Who makes features of queries without it approximates another operator.) If it were a plain dot product of something made from q alone and something made from k alone, ${formula('φ(q)·φ(k)')}, everything about the keys could be summed up once, before any query is looked at. The Maclaurin series does just that:`,
      ),
      display('"exp"(t) ≈ T_K (t) = ∑_{n = 0}^K {t^n/n!} = 1 + t + t^2/2 + … + t^K/K!'),
      paragraph(
        html`With ${formula('t = q·k')}, the power ${formula('(q·k)^n')} is a sum of products of n elements of q and the same n elements of k. By the multinomial theorem, every product of powers ${formula('x_1^{k_1} … x_D^{k_D}')} whose exponents add up to n occurs, and ${formula('n!∕(k_1! k_2! … k_D!)')} times. So the features of a vector are all its monomials of degree 0 to K, each with the weight`,
      ),
      display('√{1/{k_1! k_2! … k_D!}}'),
      paragraph('and then the product of two feature vectors is the series, exactly:'),
      display('φ(q)·φ(k) = ∑_{n = 0}^K {(q·k)^n/n!}'),
      ...example(),
      paragraph(
        html`How many features are there? A monomial of degree n in D variables is a way to drop n equal balls into D boxes: ${formula('C(n + D − 1, D − 1)')} by stars and bars. All degrees together:`,
      ),
      display('M = ∑_{n = 0}^K C(n + D − 1, D − 1) = C(D + K, K)'),
      paragraph(
        html`For K = 2 this is ${formula('1 + D + D(D + 1)∕2')}, as the original report found; its sum for K ≥ 3 is the same number, and the closed form on the right holds for every K. It grows fast: that is the price of the method.`,
      ),
      dimensions(),
      ...polynomials(),
    ],
  };
}

/** The features of a vector of two elements, and the identity checked on numbers. */
function example(): Html[] {
  const features = [...monomials(EXAMPLE_DIM, 2)].map((monomial) => {
    const degree = monomial.filter((variable) => variable > 0);
    const root = 1 / monomialWeight(monomial);
    const name =
      degree.length === 2 && degree[0] === degree[1]
        ? `x_${degree[0]}^2`
        : degree.map((i) => `x_${i}`).join(' ');
    return root === 1 ? name || '1' : `{${name}∕√${root}}`;
  });
  const random = new Random(7);
  const vector = () => Float64Array.from({ length: 8 }, () => 0.6 * random.normal());
  const [q, k] = [vector(), vector()];
  const t = q.reduce((sum, value, d) => sum + value * k[d]!, 0);
  return [
    paragraph('For two elements and K = 2 these are'),
    display(`φ(x) = [${features.join(', ')}]`),
    table({
      caption: html`The identity on two random vectors of 8 elements with ${formula(`q·k = ${t.toFixed(4)}`)}, where ${formula(`"exp"(q·k) = ${Math.exp(t).toFixed(6)}`)}. The third column differs from the second by rounding alone.`,
      source: SOURCE,
      head: [
        'order K',
        formula('T_K (q·k)'),
        formula('φ(q)·φ(k)'),
        html`distance to ${formula('"exp"(q·k)')}`,
        'Lagrange’s bound',
      ],
      rows: ORDERS.map((order) => {
        const [a, b] = [featureMap(q, order), featureMap(k, order)];
        const dot = a.reduce((sum, value, i) => sum + value * b[i]!, 0);
        return [
          String(order),
          taylorExp(t, order).toFixed(9),
          dot.toFixed(9),
          formatError(Math.abs(dot - Math.exp(t))),
          formatError(remainderBound(t, order)),
        ];
      }),
    }),
  ];
}

function dimensions(): Html {
  return table({
    caption:
      'Features M by order and head dimension, and the state of one head, M × (D + 1) sums of two 4-byte words (the second keeps what rounding left out of the first), which is what linear attention carries from token to token.',
    source: SOURCE,
    head: ['order K', ...HEAD_DIMS.map((D) => `M, D = ${D}`), `state, D = ${HEAD_DIM}`, 'original report, M'],
    rows: ORDERS.map((order) => [
      String(order),
      ...HEAD_DIMS.map((D) => formatCount(featureDim(D, order))),
      formatBytes(stateBytes(HEAD_DIM, HEAD_DIM, order)),
      order === 1
        ? ''
        : order === 2
          ? html`${formula('1 + D + D(D + 1)∕2')}`
          : html`${formula('∑ C(n+D−1, D−1)')}`,
    ]),
  });
}

function polynomials(): Html[] {
  const at = Array.from({ length: 13 }, (_, i) => -4 + i / 2);
  const exponential = at.map((x): Point => ({ series: 'exp', x, y: Math.exp(x) }));
  const series: Point[] = ORDERS.flatMap((order) =>
    at.map((x) => ({ series: `order ${order}`, x, y: taylorExp(x, order) })),
  );
  const values: LineChart = {
    ...{ title: 'exp and its series', x: 'score t', y: 'weight before normalisation' },
    points: [...exponential, ...series],
  };
  // Closer together near 0, where the error falls by powers; at 0 itself it is 0, which has no logarithm.
  const positive = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4];
  const away = [...positive.map((x) => -x).reverse(), ...positive];
  // The terms that the series leaves out, summed: near 0 the difference of both sides would be rounding alone.
  const error = (order: number, x: number) => {
    let [term, sum] = [1, 0];
    for (let n = 1; n <= order + TERMS; n++) {
      term *= x / n;
      if (n > order) sum += term;
    }
    return Math.abs(sum);
  };
  const errors: LineChart = {
    ...{ title: 'Error of the series', x: 'score t', y: '|T(t) − exp(t)|', logarithmic: 'y' },
    points: ORDERS.flatMap((order) => away.map((x) => ({ series: `order ${order}`, x, y: error(order, x) }))),
    bounds: ORDERS.flatMap((order) =>
      away.map((x) => ({ series: `order ${order}`, x, y: remainderBound(x, order) })),
    ),
  };
  return [
    figure({
      caption: html`The exponential and its series. Orders 2 and 4 stay above zero; orders 1 and 3 fall below it for scores that are low enough, and then a key is weighed negatively and the sum that divides can come near zero. This is why hw2 takes order 2 by default and warns of odd ones.`,
      source: SOURCE,
      alt: 'Line chart of exp and of its Maclaurin polynomials of order 1 to 4 for scores from minus 4 to 2. All agree near zero. Order 1 is negative below minus 1, order 3 below minus 1.6.',
      pictures: [picture(values, lineChart)],
    }),
    paragraph(
      html`How wrong can the series be? Taylor’s theorem with Lagrange’s form of the remainder answers for every score:`,
    ),
    display('|"exp"(t) − T_K (t)| ≤ {{|t|}^{K + 1} "exp"("max"(t, 0))}/{(K + 1)!}'),
    figure({
      caption:
        'Error of the series (lines with symbols) and Lagrange’s bound on it (dashed), by score. Around 0 the error falls like |t|ᴷ⁺¹, to nothing at 0 itself: every order is good there and bad far from it. What counts is how large the scores are.',
      source: SOURCE,
      alt: 'Line chart with a logarithmic axis: the error of each order is smallest at score zero and rises on both sides, always below its dashed bound. At score 4 order 2 is off by 41.6.',
      pictures: [picture(errors, lineChart)],
    }),
    paragraph(
      'Softmax does not change when the same vector is subtracted from all keys, but the series does. hw2 subtracts the mean key in dense attention, which brings scores closer to 0, for nothing.',
    ),
  ];
}
