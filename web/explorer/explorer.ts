import type { Tier } from 'hw2-engine';
import { NOISY } from '#hw2/bench/settings.js';
import type { Tokens } from '#hw2/bench/tokens.js';
import { verdict } from '#hw2/bench/verdict.js';
import {
  formatBytes,
  formatCount,
  formatError,
  formatPercent,
  formatRate,
  formatSeconds,
} from '#hw2/format/numbers.js';
import { type Control, formControls, keepInAddress } from '../address.js';
import { elementOf } from '../elements.js';
import { engineChoices } from '../engine-choices.js';
import { HeatMap } from '../heat-map.js';
import { showShare } from '../progress.js';
import { Cancelled, Remote } from '../remote.js';
import { Cursor } from './cursor.js';
import type { BlockWeights, MethodNumbers, Numbers, Part, Setting } from './question.js';

const LENGTHS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
const DIMENSIONS = [4, 8, 16, 32, 64, 128];
const SIGMAS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3];

/** The section that shows exact and linear attention of the same tokens, and what sets them apart. */
export function start(): void {
  const form = elementOf('explorer-form', HTMLFormElement);
  const status = elementOf('explorer-status', HTMLElement);
  const results = elementOf('explorer-results', HTMLElement);
  const length = slider('L', LENGTHS, 1024, formatCount);
  const dimension = slider('D', DIMENSIONS, 16, String);
  const order = slider('order', [1, 2, 3, 4], 2, String);
  const sigma = slider('sigma', SIGMAS, 0.3, String);
  engineChoices(
    elementOf('explorer-tier', HTMLSelectElement),
    elementOf('explorer-threads', HTMLSelectElement),
  );
  const remote = new Remote<Setting, Part, Numbers>('explorer-worker');
  const maps = matrixViews();
  const working = elementOf('explorer-working', HTMLElement);

  const setting = (): Setting => {
    const data = new FormData(form);
    return {
      ...{ L: length.value(), D: dimension.value(), order: order.value(), sigma: sigma.value() },
      isCausal: data.has('causal'),
      tokens: data.get('tokens') as Tokens,
      tier: data.get('tier') as Tier,
      threads: Number(data.get('threads')),
    };
  };

  // While one setting is computed, only the newest of the others waits.
  let waiting: Setting | undefined;
  let busy = false;
  const update = async () => {
    waiting = setting();
    if (busy) return;
    busy = true;
    results.setAttribute('aria-busy', 'true');
    working.hidden = false;
    while (waiting) {
      const asked: Setting = waiting;
      waiting = undefined;
      try {
        showShare(working, 0);
        const numbers = await remote.ask(asked, (part) => {
          if ('share' in part) showShare(working, part.share);
          else maps.show(part.matrices, asked);
        });
        showNumbers(numbers, asked);
        status.textContent = sentences(numbers, asked);
        results.classList.remove('refused');
      } catch (error) {
        if (error instanceof Cancelled) waiting = undefined;
        status.textContent =
          error instanceof Cancelled
            ? 'Cancelled: the figures below are not of these settings.'
            : (error as Error).message;
        results.classList.add('refused');
      }
    }
    busy = false;
    working.hidden = true;
    results.setAttribute('aria-busy', 'false');
  };
  const sliders = [length, dimension, order, sigma].map(({ control }) => control);
  const keep = keepInAddress('attention', [...sliders, ...formControls(form)], update);
  form.addEventListener('input', update);
  form.addEventListener('change', keep);
  elementOf('explorer-cancel', HTMLButtonElement).addEventListener('click', () => remote.cancel());
  update();
}

interface Slider {
  value(): number;
  control: Control;
}

/** A slider over the values that are given; in the address it is what it shows, by the name of the quantity. */
function slider(
  name: string,
  values: readonly number[],
  initial: number,
  text: (value: number) => string,
): Slider {
  const input = elementOf(`explorer-${name}`, HTMLInputElement);
  const output = elementOf(`explorer-${name}-value`, HTMLOutputElement);
  input.max = String(values.length - 1);
  const value = () => values[input.valueAsNumber]!;
  const show = () => {
    output.value = text(value());
    input.setAttribute('aria-valuetext', text(value()));
  };
  const write = (written: string) => {
    const index = values.indexOf(Number(written));
    if (index >= 0) input.value = String(index);
    show();
  };
  input.addEventListener('input', show);
  write(String(initial));
  return { value, control: { name, read: () => String(value()), write } };
}

/** Of the cells of exact attention this share is within the scale of the colours. */
const SCALE_QUANTILE = 0.995;

function matrixViews(): { show(matrices: BlockWeights, setting: Setting): void } {
  const [exactMap, linearMap, differenceMap] = ['exact', 'linear', 'difference'].map(
    (name) => new HeatMap(elementOf(`map-${name}`, HTMLCanvasElement)),
  ) as [HeatMap, HeatMap, HeatMap];
  const legend = new HeatMap(elementOf('map-legend', HTMLCanvasElement));
  legend.draw(
    128,
    1,
    Array.from({ length: 128 }, (_, i) => i / 127),
  );
  const readout = elementOf('map-readout', HTMLElement);
  let shown: { matrices: BlockWeights; L: number } | undefined;

  const cursor = new Cursor(elementOf('maps', HTMLElement), (row, column) => {
    if (!shown) return;
    const { matrices, L } = shown;
    const { cells, exact, linear } = matrices;
    const i = row * cells + column;
    const range = (word: string, cell: number) => {
      const [first, last] = [(cell * L) / cells, ((cell + 1) * L) / cells - 1];
      return first === last ? `${word} ${first}` : `${plural(word)} ${first} to ${last}`;
    };
    readout.textContent = `${range('query', row)}, ${range('key', column)}: exact ${weight(exact[i]!)}, linear ${weight(linear[i]!)}`;
  });

  return {
    show(matrices, { L, order }) {
      shown = { matrices, L };
      const { cells, exact, linear } = matrices;
      const top = exact.toSorted()[Math.floor(SCALE_QUANTILE * (exact.length - 1))]!;
      // The root shows small weights, too; its sign is the weight's.
      const normalise = (value: number) => Math.sign(value) * Math.sqrt(Math.abs(value) / top);
      exactMap.draw(cells, cells, exact, normalise);
      linearMap.draw(cells, cells, linear, normalise);
      const difference = linear.map((value, i) => value - exact[i]!);
      differenceMap.draw(cells, cells, difference, normalise);
      elementOf('legend-top', HTMLElement).textContent = weight(top);
      const block = L / cells;
      elementOf('map-note', HTMLElement).textContent =
        block === 1
          ? 'A row is a query, a column a key.'
          : `A row is ${block} queries, a column ${block} keys.`;
      for (const caption of document.querySelectorAll('.order')) caption.textContent = String(order);
      describe(exactMap.canvas, 'Exact attention', exact);
      describe(linearMap.canvas, `Linear attention of order ${order}`, linear);
      describe(differenceMap.canvas, 'Linear minus exact attention', difference);
      cursor.resize(cells);
    },
  };
}

/** 1 is what every key gets where all get the same. */
const weight = (value: number) => `${Number(value.toPrecision(3))}×`;
const plural = (word: string) => (word === 'query' ? 'queries' : 'keys');

function describe(canvas: HTMLCanvasElement, title: string, values: Float32Array): void {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(weight);
  canvas.setAttribute('aria-label', `${title}: weights from ${low} to ${high} the mean.`);
}

function showNumbers({ exact, linear, error, features, stateBytes, threads }: Numbers, setting: Setting) {
  const put = (id: string, text: string) => {
    elementOf(`number-${id}`, HTMLElement).textContent = text;
  };
  const putMethod = (name: string, { seconds, flops, maxAbsError }: MethodNumbers) => {
    put(`${name}-time`, formatSeconds(seconds));
    put(`${name}-speed`, formatRate(flops / seconds));
    put(`${name}-float64`, formatError(maxAbsError));
  };
  putMethod('exact', exact);
  putMethod('linear', linear);
  put('error', `${(100 * error).toPrecision(3)} %`);
  put('features', formatCount(features));
  put('state', formatBytes(stateBytes));
  put('engine', `${setting.tier}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`);
}

function sentences({ ratio, scatter, error, crossover, warnings }: Numbers, { order }: Setting): string {
  const faster = ratio.value >= 1 ? 'Linear' : 'Exact';
  const times = Math.max(ratio.value, 1 / ratio.value).toPrecision(2);
  // A few rounds on a busy machine can say anything.
  const speed =
    ratio.low <= 1 && ratio.high >= 1
      ? 'The times do not tell which was faster'
      : `${faster} attention was ${times} times as fast`;
  return [
    verdict(order, error),
    `${speed}; by count of operations linear pays from L = ${formatCount(crossover)}.`,
    ...(scatter > NOISY
      ? [
          `Times scatter by ${formatPercent(scatter, 0)}: the machine was busy; measure again when it is quiet.`,
        ]
      : []),
    ...warnings.map((warning) => `${warning[0]!.toUpperCase()}${warning.slice(1)}.`),
  ].join(' ');
}
