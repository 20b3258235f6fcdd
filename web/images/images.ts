import { PIXELS } from '#hw2/data/image-set.js';
import { phantomImages } from '#hw2/data/phantom/phantom.js';
import { formatPercent } from '#hw2/format/numbers.js';
import type { Variant } from '#hw2/vision/network.js';
import { acceptFile } from '../drop.js';
import { element, elementOf } from '../elements.js';
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
  const canvas = elementOf('images-input', HTMLCanvasElement);
  const remote = new Remote<Question, never, Prediction[]>('images-worker');
  /** With what it was drawn as, where a program drew it. */
  let shown: { image: Uint8Array; label?: number } | undefined;

  const classify = async () => {
    if (!shown) return;
    const { image, label } = shown;
    drawGrey(canvas, image);
    status.textContent = 'Looking…';
    try {
      const predictions = await remote.ask({ weights: weights.value, image });
      if (shown.image !== image) return;
      elementOf('images-results', HTMLElement).replaceChildren(...predictions.map(predictionView));
      status.textContent = sentence(predictions, label);
    } catch (error) {
      status.textContent = (error as Error).message;
    }
  };

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
      press(button);
      weights.value = 'phantom';
      shown = { image, label: samples.labels[i]! };
      classify();
    });
    return button;
  });
  const press = (pressed?: HTMLElement) => {
    for (const button of buttons) button.setAttribute('aria-pressed', String(button === pressed));
  };
  elementOf('images-samples', HTMLElement).append(...buttons);

  const [area, input] = [elementOf('images-drop', HTMLElement), elementOf('images-file', HTMLInputElement)];
  acceptFile(area, input, async (file) => {
    try {
      const image = await readImage(file);
      press();
      weights.value = 'octmnist-sample-finetuned';
      shown = { image };
      classify();
    } catch (error) {
      status.textContent = (error as Error).message;
    }
  });
  weights.addEventListener('change', classify);
  buttons[0]!.click();
}

function predictionView({ variant, classNames, probabilities }: Prediction): HTMLElement {
  const bars = probabilities.map((probability, i) =>
    element(
      'li',
      {},
      element('span', {}, classNames[i]!),
      element('span', {}, formatPercent(probability)),
      element('meter', { value: String(probability), 'aria-label': classNames[i]! }),
    ),
  );
  return element('div', {}, element('h3', {}, TITLES[variant]), element('ul', { class: 'bars' }, ...bars));
}

function sentence(predictions: readonly Prediction[], label: number | undefined): string {
  const [first, second] = predictions.map(
    ({ classNames, probabilities }) => classNames[probabilities.indexOf(Math.max(...probabilities))]!,
  );
  const said =
    first === second
      ? `Both networks say: ${first}.`
      : `The network with max-pooling says ${first}, the one with strides ${second}.`;
  return label === undefined ? said : `${said} It was drawn as: ${predictions[0]!.classNames[label]}.`;
}
