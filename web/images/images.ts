import { PIXELS } from '#hw2/data/image-set.js';
import { phantomImages } from '#hw2/data/phantom/phantom.js';
import { formatChance, formatRough } from '#hw2/format/numbers.js';
import { describeTest } from '#hw2/vision/judge.js';
import type { Variant } from '#hw2/vision/network.js';
import { type Control, formControls, keepInAddress } from '../address.js';
import { acceptFile } from '../drop.js';
import { element, elementOf, offerAgain, write } from '../elements.js';
import { Remote } from '../remote.js';
import { drawGrey, readImage } from './pixels.js';
import type { Prediction, Question } from './question.js';

/** The first of the test images of `--data phantom`, three of each class. */
const SAMPLES = { count: 12, split: 2, seed: 1 };
const TITLES: Record<Variant, string> = { maxpool: 'With max-pooling', stride: 'With strides' };

/** The section in which two networks look at an image. */
export function start(): void {
  const status = elementOf('images-status', HTMLElement);
  const weights = elementOf('images-weights', HTMLSelectElement);
  const seen = elementOf('images-seen', HTMLElement);
  const results = elementOf('images-results', HTMLElement);
  const canvas = elementOf('images-input', HTMLCanvasElement);
  const remote = new Remote<Question, never, Prediction[]>('images-worker');
  /** With what it was drawn as, where a program drew it. */
  let shown: { image: Uint8Array; label?: number } | undefined;
  /** The last picture that was asked about: what is told of one before it comes too late. */
  let newest = 0;

  const classify = async () => {
    if (!shown) return;
    const turn = ++newest;
    const { image, label } = shown;
    drawGrey(canvas, image);
    seen.hidden = false;
    status.textContent = 'Looking…';
    results.setAttribute('aria-busy', 'true');
    try {
      const predictions = await remote.ask({ weights: weights.value, image });
      if (turn !== newest) return;
      results.replaceChildren(...predictions.map(predictionView));
      write(status, sentence(predictions, label));
    } catch (error) {
      if (turn !== newest) return;
      results.replaceChildren();
      offerAgain(status, (error as Error).message, classify);
    } finally {
      if (turn === newest) results.setAttribute('aria-busy', 'false');
    }
  };
  /** What was seen before has nothing to do with what went wrong. */
  const refuse = (error: unknown) => {
    shown = undefined;
    results.replaceChildren();
    results.setAttribute('aria-busy', 'false');
    seen.hidden = true;
    write(status, (error as Error).message);
  };

  let section = 0;
  const samples = phantomImages(SAMPLES.count, SAMPLES.split, SAMPLES.seed);
  const buttons = Array.from({ length: SAMPLES.count }, (_, i) => {
    const image = samples.images.subarray(i * PIXELS, (i + 1) * PIXELS);
    const thumbnail = element('canvas');
    drawGrey(thumbnail, image);
    const button = element(
      'button',
      { type: 'button', 'aria-label': `Synthetic section ${i + 1}` },
      thumbnail,
    );
    button.addEventListener('click', () => {
      weights.value = 'phantom';
      section = i;
      choose(i);
      keep();
    });
    return button;
  });
  const choose = (i: number) => {
    press(buttons[i]);
    shown = { image: samples.images.subarray(i * PIXELS, (i + 1) * PIXELS), label: samples.labels[i]! };
    classify();
  };
  const press = (pressed?: HTMLElement) => {
    for (const button of buttons) button.setAttribute('aria-pressed', String(button === pressed));
  };
  elementOf('images-samples', HTMLElement).append(...buttons);

  const [area, input] = [elementOf('images-drop', HTMLElement), elementOf('images-file', HTMLInputElement)];
  acceptFile(area, input, async (file) => {
    const turn = ++newest;
    try {
      const image = await readImage(file);
      if (turn !== newest) return;
      press();
      weights.value = 'octmnist-sample-finetuned';
      shown = { image };
      classify();
    } catch (error) {
      if (turn !== newest) return;
      press();
      refuse(error);
    }
  });
  // A file that was dropped is nowhere but here: the address names sections alone.
  const sections: Control = {
    name: 'section',
    read: () => String(section + 1),
    write: (text) => {
      if (buttons[Number(text) - 1]) section = Number(text) - 1;
    },
  };
  const form = elementOf('images-form', HTMLFormElement);
  const keep = keepInAddress('images', [sections, ...formControls(form)], () => choose(section));
  weights.addEventListener('change', () => {
    keep();
    classify();
  });
  choose(section);
}

function predictionView({ variant, classNames, probabilities, isRefused, tested }: Prediction): HTMLElement {
  const bars = probabilities.map((probability, i) =>
    element(
      'li',
      {},
      element('span', {}, classNames[i]!),
      element('span', {}, formatChance(probability)),
      element('meter', { value: String(probability), 'aria-label': classNames[i]! }),
    ),
  );
  return element(
    'div',
    {},
    element('h3', {}, TITLES[variant]),
    ...(isRefused ? [element('p', {}, 'No class is told.')] : [element('ul', { class: 'bars' }, ...bars)]),
    ...tested.map((test) => element('p', { class: 'note' }, `${describeTest(test)}.`)),
  );
}

function sentence(predictions: readonly Prediction[], label: number | undefined): string {
  const [{ isRefused, distance, classNames }] = predictions as [Prediction];
  // Both networks were trained on the same images, which is what the gate knows.
  if (isRefused)
    return `Refused: this picture is unlike those that the networks were trained on, ${formatRough(distance!)} times as far from them as the farthest that is accepted.`;
  const [first, second] = predictions.map(
    (own) => own.classNames[own.probabilities.indexOf(Math.max(...own.probabilities))]!,
  );
  const said =
    first === second
      ? `Both networks say: ${first}.`
      : `The network with max-pooling says ${first}, the one with strides ${second}.`;
  return label === undefined ? said : `${said} It was drawn as: ${classNames[label]}.`;
}
