import type { Tier } from 'hw2-engine';
import { NOISY } from '#hw2/bench/settings.js';
import type { Tokens } from '#hw2/bench/tokens.js';
import { verdict } from '#hw2/bench/verdict.js';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatError,
  formatFaster,
  formatPercent,
  formatRate,
  formatRough,
  formatSeconds,
} from '#hw2/format/numbers.js';
import { type Control, formControls, keepInAddress } from '../address.js';
import { Unavailable } from '../assets.js';
import { elementOf, offerAgain, write } from '../elements.js';
import { engineChoices } from '../engine-choices.js';
import { showShare } from '../progress.js';
import { Cancelled, Remote } from '../remote.js';
import { distance, matrixViews } from './matrices.js';
import type { MethodNumbers, Numbers, Part, Setting } from './question.js';

const LENGTHS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
const DIMENSIONS = [4, 8, 16, 32, 64, 128];
const CENTROIDS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
const NEAR = [0, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2];
const SIGMAS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3];

/** The section that shows exact and linear attention of the same tokens, and what sets them apart. */
export function start(): void {
  const form = elementOf('explorer-form', HTMLFormElement);
  const status = elementOf('explorer-status', HTMLElement);
  const results = elementOf('explorer-results', HTMLElement);
  const length = slider('L', LENGTHS, 1024, formatCount);
  const dimension = slider('D', DIMENSIONS, 16, String);
  const order = slider('order', [0, 1, 2, 3, 4], 2, String);
  const centroids = slider('centroids', CENTROIDS, 1, (count) =>
    count === 1 ? 'their mean' : String(count),
  );
  const near = slider('near', NEAR, 0, (share) => (share === 0 ? 'none' : `1/${1 / share}`));
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
    const isCausal = data.has('causal');
    // What there is no form of cannot be set, nor order 2 about centroids, which takes (D + 2)/2 times as long as order 1.
    near.limit(isCausal ? 0 : 1);
    order.limit(centroids.value() > 1 || near.value() > 0 ? 1 : 4);
    return {
      ...{ L: length.value(), D: dimension.value(), order: order.value(), sigma: sigma.value() },
      ...{ centroids: centroids.value(), near: near.value(), isCausal },
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
          else maps.show(part, asked);
        });
        showNumbers(numbers, asked);
        write(status, sentences(numbers, asked));
        results.classList.remove('refused', 'blank');
      } catch (error) {
        if (error instanceof Cancelled) waiting = undefined;
        const { message } = error as Error;
        const isBlank = results.classList.contains('blank');
        if (error instanceof Cancelled)
          offerAgain(
            status,
            isBlank ? message : 'Cancelled: the figures below are not of these settings.',
            update,
          );
        else if (error instanceof Unavailable) offerAgain(status, message, update);
        else write(status, message);
        results.classList.add('refused');
      }
    }
    busy = false;
    working.hidden = true;
    results.setAttribute('aria-busy', 'false');
  };
  const sliders = [length, dimension, order, centroids, near, sigma].map(({ control }) => control);
  const keep = keepInAddress('attention', [...sliders, ...formControls(form)], update);
  form.addEventListener('input', update);
  form.addEventListener('change', keep);
  elementOf('explorer-cancel', HTMLButtonElement).addEventListener('click', () => remote.cancel());
  update();
}

interface Slider {
  value(): number;
  /** Takes values up to one alone; with one value left there is nothing to slide. */
  limit(most: number): void;
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
  const last = values.length - 1;
  input.max = String(last);
  const value = () => values[input.valueAsNumber]!;
  const show = () => {
    const isLimited = Number(input.max) < last && !input.disabled;
    output.value = `${text(value())}${isLimited ? ` (at most ${text(values[Number(input.max)]!)})` : ''}`;
    input.setAttribute('aria-valuetext', output.value);
  };
  const limit = (most: number) => {
    const end = values.findLastIndex((one) => one <= most);
    // The browser takes a value beyond the end to the end.
    input.max = String(end);
    input.disabled = end === 0;
    show();
  };
  const restore = (written: string) => {
    input.max = String(last);
    const index = values.indexOf(Number(written));
    if (index >= 0) input.value = String(index);
    show();
  };
  input.addEventListener('input', show);
  restore(String(initial));
  return { value, limit, control: { name, read: () => String(value()), write: restore } };
}

function showNumbers({ exact, linear, error, series, threads }: Numbers, setting: Setting) {
  const put = (id: string, text: string) => {
    write(elementOf(`number-${id}`, HTMLElement), text);
  };
  const putMethod = (name: string, { seconds, flops, maxAbsError }: MethodNumbers) => {
    put(`${name}-time`, formatSeconds(seconds));
    put(`${name}-speed`, formatRate(flops / seconds));
    put(`${name}-float64`, maxAbsError === undefined ? '–' : formatError(maxAbsError));
  };
  putMethod('exact', exact);
  putMethod('linear', linear);
  put('error', distance(error));
  put('features', series ? formatCount(series.features) : '–');
  put('state', series ? formatBytes(series.stateBytes) : 'none');
  put('engine', `${setting.tier}, ${formatCounted(threads, 'thread')}`);
}

function sentences(numbers: Numbers, { order, centroids }: Setting): string {
  const { exact, linear, ratio, scatter, error, series, warnings } = numbers;
  // A few rounds on a busy machine can say anything.
  const speed =
    ratio.low <= 1 && ratio.high >= 1 ? 'The times do not tell which was faster' : formatFaster(ratio.value);
  const count = series
    ? `linear pays from L = ${formatCount(series.crossover)}`
    : `linear takes ${formatRough(linear.flops / exact.flops)} times as many as exact`;
  return [
    verdict(order, error, centroids > 1 ? centroids : undefined),
    `${speed}; by count of operations ${count}.`,
    ...(scatter > NOISY
      ? [
          `Times scatter by ${formatPercent(scatter, 0)}: the machine was busy; measure again when it is quiet.`,
        ]
      : []),
    ...warnings.map((warning) => `${warning[0]!.toUpperCase()}${warning.slice(1)}.`),
  ].join(' ');
}
