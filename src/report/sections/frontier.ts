import { type LineChart, lineChart } from '../../charts/lines.js';
import { formatCount, formatError, formatPercent, formatSeconds } from '../../format/numbers.js';
import type { Frontier } from '../findings/frontier.js';
import { figure, paragraph, picture, table } from '../page/blocks.js';
import { formula } from '../page/formula.js';
import { type Html, html } from '../page/html.js';

/** What comes closer than an order: a series about each of several centroids of the keys. */
export function frontierParts({ L, D, points }: Frontier, source: string): Html[] {
  const exact = points.find(({ method }) => method === 'exact')!;
  const linear = points.filter(({ error }) => error && Number.isFinite(error.rms) && error.rms > 0);
  const best = linear.filter(({ isOnFrontier }) => isOnFrontier);
  const share = (seconds: number) => seconds / exact.secondsMedian;
  const distances = linear.map(({ error }) => error!.rms);
  const chart: LineChart = {
    title: 'Time against distance to softmax',
    x: 'time as a share of that of exact attention',
    y: 'distance to softmax',
    logarithmic: 'y',
    points: linear.map(({ name, secondsMedian, error }) => ({
      series: name,
      x: share(secondsMedian),
      y: error!.rms,
    })),
    bounds: [Math.min(...distances), Math.max(...distances)].map((y) => ({ series: 'exact', x: 1, y })),
  };
  const told = best
    .map(
      ({ name, centroids, secondsMedian, error }) =>
        `${centroids ? `${centroids} centroids, ` : ''}${name}: ${formatPercent(error!.rms)} in ${formatPercent(share(secondsMedian), 0)} of the time`,
    )
    .join('; ');
  return [
    paragraph(
      html`A higher order is one way to come closer, and the dearer one. The other is to start the series from several points: the keys are divided into clusters, and for each centroid ${formula('μ')} the factor ${formula('"exp"(q·μ)')} of a key’s weight is exact, so that only ${formula('"exp"(q·(k − μ))')}, whose argument is small where k is near μ, is replaced by its first one or two terms. Where scores are sharp, the keys of the clusters that matter most are taken one by one, as softmax does. That presupposes keys with structure: these resemble their neighbours, as those of speech and text do. On independent keys nothing is gained.`,
    ),
    figure({
      caption: `Every way to compute attention of the same ${formatCount(L)} tokens, D = ${D}: further left is faster, further down is closer; each line is an order and a share of near keys, each point a number of centroids. The dashed line is the time of exact attention.`,
      source,
      alt: `Lines of the distance to softmax against time. Nothing that takes less time is closer than: ${told}.`,
      pictures: [picture(chart, lineChart)],
    }),
    table({
      caption:
        'Those of them that nothing beats in both time and distance. Distances are taken to exact attention; its own, of float32’s rounding, stands in the table of what time buys.',
      source,
      head: ['', 'centroids', 'time', 'of exact', 'distance', 'at most, 95 %'],
      rows: [
        ...best.map(({ name, order, centroids, secondsMedian, error }) => [
          centroids ? name : `order ${order} ${name}`,
          centroids ? String(centroids) : '–',
          formatSeconds(secondsMedian),
          formatPercent(share(secondsMedian), 0),
          formatError(error!.rms),
          formatError(error!.interval[1]),
        ]),
        ['exact', '–', formatSeconds(exact.secondsMedian), formatPercent(1, 0), '–', '–'],
      ],
    }),
  ];
}
