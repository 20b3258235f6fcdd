/**
 * The explorer of the report: bundled with the engine and its kernels into one script, which the report holds. Sliders for the
 * score t and the order K at the exponential, and for deviation σ, length L and head dimension D at matrices of attention.
 */
import { attention, createEngine, featureDim, remainderBound, taylorExp } from 'hw2-engine';
import { colourOf, placesOf } from '#hw2/charts/theme.js';
import { formatPercent, unbroken } from '#hw2/format/numbers.js';
import { type Axis, drawCurves } from './curves.js';

const root = document.querySelector<HTMLElement>('#explorer')!;
const element = <T extends Element>(selector: string): T => root.querySelector<T>(selector)!;
const slider = (name: string) => element<HTMLInputElement>(`input[name=${name}]`);
const numberOf = (name: string) => Number(slider(name).value);
const write = (name: string, text: string) => {
  element(`output[name=${name}]`).textContent = text;
};

/** Normal numbers from a seed, so that a slider moved back shows what it showed. */
function normals(count: number): Float32Array {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

const ticks = (...places: number[]) => places.map((place) => [place, `${place}`.replace('-', '−')] as const);
const SCORES: Axis = { from: -4, to: 2.5, ticks: ticks(-4, -2, 0, 2) };
const WEIGHTS: Axis = { from: -6, to: 13, ticks: ticks(-4, 0, 4, 8, 12) };
/** Powers of ten. */
const ERRORS: Axis = { from: -6, to: 2, ticks: [-6, -4, -2, 0, 2].map((power) => [power, `1e${power}`]) };

function showSeries(): void {
  const [t, K] = [numberOf('t'), numberOf('K')];
  const [exact, series] = [Math.exp(t), taylorExp(t, K)];
  write('t', t.toFixed(2));
  write('K', String(K));
  element('.series').textContent =
    `exp(t) = ${exact.toPrecision(6)}, series ${series.toPrecision(6)}, error ${Math.abs(series - exact).toExponential(2)}, Lagrange’s bound ${remainderBound(t, K).toExponential(2)}${series <= 0 ? '; a weight that is not positive' : ''}`;
  const order = `order ${K}`;
  const places = placesOf(['exp', order]);
  const colour = colourOf(places.get(order)!);
  drawCurves(element('svg.weights'), {
    ...{ x: SCORES, y: WEIGHTS, marked: t },
    curves: [
      { name: 'exp', colour: colourOf(places.get('exp')!), at: Math.exp },
      { name: order, colour, at: (score) => taylorExp(score, K) },
    ],
  });
  drawCurves(element('svg.errors'), {
    ...{ x: SCORES, y: ERRORS, marked: t },
    curves: [
      {
        ...{ name: 'error', colour },
        at: (score) => Math.log10(Math.abs(taylorExp(score, K) - Math.exp(score))),
      },
      {
        ...{ name: 'Lagrange’s bound', colour, isDashed: true },
        at: (score) => Math.log10(remainderBound(score, K)),
      },
    ],
  });
}

/** This share of the weights of exact attention is within the scale of the colours. */
const BRIGHT = 0.995;

/** Those of the report's other matrices: red, green and blue of each level. */
const colours = Uint8Array.from(atob(root.dataset.colours!), (character) => character.charCodeAt(0));
const MAGENTA = [200, 0, 160];

/** Colours of its own for each canvas would hide the difference: all have the scale of the exact matrix. */
function draw(canvas: HTMLCanvasElement, values: Float32Array, L: number, brightest: number): void {
  canvas.width = L;
  canvas.height = L;
  const image = new ImageData(L, L);
  const last = colours.length / 3 - 1;
  values.forEach((value, i) => {
    // The root shows small weights, too.
    const level = Math.round(last * Math.sqrt(Math.min(1, Math.abs(value) / brightest)));
    image.data.set(value < 0 ? MAGENTA : colours.subarray(3 * level, 3 * level + 3), 4 * i);
    image.data[4 * i + 3] = 255;
  });
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}

const engine = await createEngine({ threads: 1, tier: 'simd' });

async function showMatrices(): Promise<void> {
  const [K, sigma, L, D] = [numberOf('K'), numberOf('sigma'), numberOf('L'), numberOf('D')];
  write('sigma', sigma.toFixed(2));
  write('L', String(L));
  write('D', String(D));
  const factor = Math.sqrt(sigma);
  const both = normals(2 * L * D).map((x) => factor * x);
  const identity = Float32Array.from({ length: L * L }, (_, i) => Number(i % (L + 1) === 0));
  const inputs = {
    q: { data: both.slice(0, L * D), dims: [1, 1, L, D] },
    k: { data: both.slice(L * D), dims: [1, 1, L, D] },
    v: { data: identity, dims: [1, 1, L, L] },
  };
  const exact = (await attention(engine, inputs)).output.data as Float32Array;
  const linear = (await attention(engine, inputs, { method: 'taylor', order: K })).output
    .data as Float32Array;
  // A single large weight would leave all others in the dark.
  const brightest = exact.toSorted()[Math.floor(BRIGHT * (exact.length - 1))]!;
  draw(element('canvas.exact'), exact, L, brightest);
  draw(element('canvas.linear'), linear, L, brightest);
  const moved = exact.reduce((sum, value, i) => sum + Math.abs(value - linear[i]!), 0) / 2 / L;
  element('.distance').textContent = unbroken(
    `${formatPercent(moved, 2)} of the weight lies on other keys than in softmax; M = ${featureDim(D, K).toLocaleString('en')} features, against ${L} keys.`,
  );
}

let wanted = false;
let busy = false;
async function update(): Promise<void> {
  wanted = true;
  if (busy) return;
  busy = true;
  while (wanted) {
    wanted = false;
    showSeries();
    await showMatrices();
  }
  busy = false;
}

root.addEventListener('input', update);
element<HTMLElement>('.controls').hidden = false;
await update();
