import { crossoverLength, featureDim } from 'hw2-engine';
import { OURS, titleOf } from '../../bench/names.js';
import type { Race } from '../../bench/race.js';
import { contendersOf, crossover, entryOf, isOurs, raceRows, strongestPeer } from '../../bench/summary.js';
import { type Dot, dotChart } from '../../charts/dots.js';
import { formatCount, formatPercent } from '../../format/numbers.js';
import { median } from '../../statistics/estimates.js';
import { type AttentionFindings, HEAD_DIMS } from '../findings/attention.js';
import { figure, list, paragraph, picture, remark, type Section, table } from '../page/blocks.js';
import { formula } from '../page/formula.js';
import { html } from '../page/html.js';

export interface Crossing {
  D: number;
  isCausal: boolean;
  /** Measured; nothing where one method was faster at all lengths. */
  length: number | undefined;
  /** In words. */
  text: string;
}

/** The measured lengths from which linear attention pays, on one thread. */
export function crossings({ races }: AttentionFindings): Crossing[] {
  return HEAD_DIMS.flatMap((D) =>
    [false, true].map((isCausal) => {
      const own = races
        .filter(({ problem }) => problem.D === D && problem.isCausal === isCausal && problem.threads === 1)
        .sort((a, b) => a.problem.L - b.problem.L);
      const length = crossover(own);
      if (length !== undefined) return { D, isCausal, length, text: formatCount(Math.round(length)) };
      const [shortest, longest] = [own[0]!, own.at(-1)!];
      const pays = linearGain(shortest) >= 1;
      const text = pays
        ? `below ${formatCount(shortest.problem.L)}`
        : `above ${formatCount(longest.problem.L)}`;
      return { D, isCausal, length, text };
    }),
  );
}

/** Counted operations of linear attention over those of exact attention in the same time, where their times are nearest. */
function relativeRate({ races }: AttentionFindings, D: number, isCausal: boolean): number | undefined {
  const own = races
    .filter(({ problem }) => problem.D === D && problem.isCausal === isCausal && problem.threads === 1)
    .sort((a, b) => Math.abs(Math.log(linearGain(a))) - Math.abs(Math.log(linearGain(b))));
  const [nearest] = own;
  if (!nearest) return undefined;
  const rate = (name: string) => entryOf(nearest, name)!.flops / median(entryOf(nearest, name)!.seconds);
  return rate(OURS.taylor) / rate(OURS.exact);
}

/** Time of exact attention over that of linear attention. */
function linearGain(race: Race): number {
  return median(entryOf(race, OURS.exact)!.seconds) / median(entryOf(race, OURS.taylor)!.seconds);
}

export function crossoverSection(findings: AttentionFindings, source: string): Section {
  const found = crossings(findings);
  const measured = (D: number, isCausal: boolean) =>
    found.find((crossing) => crossing.D === D && crossing.isCausal === isCausal)!.text;
  return {
    number: '1.6',
    title: 'When linear attention pays',
    body: [
      paragraph(
        html`Exact attention takes ${formula('4 L^2 D')} operations, linear attention ${formula('4 L M (D + 1)')}. They are equal near ${formula('L = M')}. Causal attention needs only half of the exact matrix, and nothing less of the linear state, so there the crossover is near ${formula('L = 2M')}. Shorter sequences are better served by exact attention, which is also correct.`,
      ),
      table({
        caption:
          'Sequence length from which linear attention of order 2 takes less time, one thread, by count of operations and as measured: where the lines through the times of the two nearest lengths cross.',
        source,
        head: [
          'head dimension',
          'M',
          'dense, counted',
          'dense, measured',
          'causal, counted',
          'causal, measured',
          'linear over exact, operations in the same time',
        ],
        rows: HEAD_DIMS.map((D) => [
          `D = ${D}`,
          formatCount(featureDim(D, 2)),
          formatCount(crossoverLength(D, 2)),
          measured(D, false),
          formatCount(crossoverLength(D, 2, true)),
          measured(D, true),
          [false, true].map((isCausal) => relativeRate(findings, D, isCausal)?.toFixed(2) ?? '–').join(', '),
        ]),
      }),
      paragraph(
        'Measured and counted lengths differ because the count takes all operations for equally fast. They are not: softmax has an exponential for every score, which the count leaves out and which weighs the more, the smaller D is; linear attention has to make its features, and works on a state that no longer fits the nearest cache when D is large; causal exact attention computes whole tiles, also those that the diagonal cuts. The last column says what that comes to, dense and causal: how many counted operations the linear kernel does while the exact one does one, at the measured length nearest to the crossover. The crossover lies near the counted length divided by it.',
      ),
      paragraph(
        'The original report stops at the orders of growth; it has no measured lengths to compare with.',
      ),
    ],
  };
}

export function nativeSection({ races }: AttentionFindings, source: string): Section {
  const compared = races.filter((race) => race.entries.some((entry) => !isOurs(entry)));
  const absent = [
    ...new Set(
      races.flatMap((race) =>
        race.absent.map(
          (one) => `${one.contender}, ${race.problem.isCausal ? 'causal' : 'dense'}: ${one.reason}`,
        ),
      ),
    ),
  ];
  if (compared.length === 0) {
    return {
      number: '1.7',
      title: 'WebAssembly against native code',
      body: [remark('No native contender could run here:'), list(...absent)],
    };
  }
  const dots = compared.flatMap((race) =>
    (['exact', 'taylor'] as const).flatMap((kind): Dot[] => {
      const peer = strongestPeer(race, kind);
      const speed = raceRows(race).find(({ contender }) => contender === peer?.contender)?.hw2Speed;
      if (!speed) return [];
      return [
        {
          row: nameOf(race),
          series: `${titleOf(kind)} attention`,
          x: speed.value,
          low: speed.low,
          high: speed.high,
        },
      ];
    }),
  );
  return {
    number: '1.7',
    title: 'WebAssembly against native code',
    body: [
      paragraph(
        'The other contenders are ONNX Runtime’s native kernels, as strong as we could write their graphs: fused and plain softmax attention, and linear attention over the same features. Contenders run by turns on the same tensors, so that what slows the machine for a while slows all of them, and none gets a time whose output is off the formula in float64. Ratios are taken round by round.',
      ),
      figure({
        caption:
          'Speed of hw2 over that of the fastest native contender of the same kind and number of threads; above 1 hw2 is faster. Lines are 95 % intervals.',
        source,
        alt: dots.map(({ row, series, x }) => `${row}, ${series}: ${x.toFixed(2)}`).join('; '),
        pictures: [
          picture({ x: 'speed of hw2 over native', dots, title: 'WebAssembly against native' }, dotChart),
        ],
      }),
      table({
        caption:
          'How many times as fast hw2 is as each contender at the same kind of attention, median of the rounds.',
        source,
        head: ['', ...compared.map(nameOf)],
        rows: contendersOf(compared)
          .filter((name) => !isOurs({ contender: name }))
          .map((name) => [
            name,
            ...compared.map((race) => {
              const speed = raceRows(race).find(({ contender }) => contender === name)?.hw2Speed;
              return speed ? `${speed.value.toFixed(2)}×` : '–';
            }),
          ]),
      }),
      table({
        caption:
          'Speed in GFLOP/s. The roof is a loop of multiply-adds on registers in the same tier, threads and rounds; native code can pass it where its vectors are wider than WebAssembly’s 128 bits.',
        source,
        head: ['', ...compared.map(nameOf)],
        rows: [
          ...contendersOf(compared).map((name) => [name, ...compared.map((race) => speedOf(race, name))]),
          ...Object.values(OURS).map((name) => [
            `${name}, share of the roof`,
            ...compared.map((race) => {
              const row = raceRows(race).find(({ contender }) => contender === name);
              return row ? formatPercent(row.roofShare, 0) : '–';
            }),
          ]),
        ],
      }),
      ...(absent.length > 0 ? [paragraph('Did not take part:'), list(...absent)] : []),
    ],
  };
}

function speedOf(race: Race, contender: string): string {
  const entry = entryOf(race, contender);
  return entry ? (entry.flops / median(entry.seconds) / 1e9).toPrecision(3) : '–';
}

function nameOf({ problem: { L, isCausal, threads } }: Race): string {
  return `L\u00a0${formatCount(L)}${isCausal ? ', causal' : ''}${threads === 1 ? '' : `, ${threads}\u00a0threads`}`;
}
