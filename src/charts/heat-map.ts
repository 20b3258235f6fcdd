import * as Plot from '@observablehq/plot';
import { encode } from 'fast-png';
import { frame } from './theme.js';

export interface HeatMap {
  title?: string;
  source?: string;
  /** Names of the axes, with their units; rows run down. */
  x: string;
  y: string;
  /** Row-major. */
  values: ArrayLike<number>;
  columns: number;
  /** Values of the first and the last colour; what lies outside has the colour of the end. */
  domain: readonly [number, number];
}

const SIDE = 290;
const MARGINS = { marginTop: 26, marginRight: 12, marginBottom: 44, marginLeft: 44 };
const COLOURS = 256;

/** A matrix as a picture: dark is low, bright is high, in the colours of viridis, which grow lighter all the way. */
export function heatMap({ title, x, y, values, columns, domain }: HeatMap, document: Document): Element {
  const rows = values.length / columns;
  return Plot.plot({
    ...frame,
    document,
    ...MARGINS,
    width: SIDE + MARGINS.marginLeft + MARGINS.marginRight,
    height: Math.round((SIDE * rows) / columns) + MARGINS.marginTop + MARGINS.marginBottom,
    ...(title && { ariaLabel: title }),
    x: { domain: [0, columns], label: x, ticks: 5, labelAnchor: 'center' },
    y: { domain: [rows, 0], label: y, ticks: 5 },
    marks: [pixels(levelsOf(values, domain), columns, { x1: 0, x2: columns, y1: 0, y2: rows })],
  });
}

/** The colours of heat maps and the values that they stand for. */
export function colourBar(
  label: string,
  [low, high]: readonly [number, number],
  document: Document,
): Element {
  const levels = Uint8Array.from({ length: COLOURS }, (_, level) => level);
  return Plot.plot({
    ...frame,
    document,
    ...MARGINS,
    width: SIDE + MARGINS.marginLeft + MARGINS.marginRight,
    height: 58,
    marginTop: 4,
    ariaLabel: label,
    x: { domain: [low, high], label, ticks: 5, labelAnchor: 'center' },
    y: { domain: [0, 1], axis: null },
    marks: [pixels(levels, COLOURS, { x1: low, x2: high, y1: 0, y2: 1 })],
  });
}

/** The colours from the lowest to the highest level, red, green and blue of each. */
export const heatColours = (): Uint8Array => Uint8Array.from(palette().flat());

/** The places in the palette of values between the ends of a domain. */
export function levelsOf(values: ArrayLike<number>, [low, high]: readonly [number, number]): Uint8Array {
  return Uint8Array.from(values, (value) => {
    const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
    return Math.round((COLOURS - 1) * share);
  });
}

interface Box {
  x1: number;
  x2: number;
  y1: number;
  y2: number;
}

/** One pixel a level, drawn into a box in the units of the axes. */
export function pixels(levels: Uint8Array, width: number, { x1, x2, y1, y2 }: Box): Plot.RenderFunction {
  const data = new Uint8Array(3 * levels.length);
  levels.forEach((level, i) => {
    data.set(palette()[level]!, 3 * i);
  });
  const png = encode({ width, height: levels.length / width, data, channels: 3, depth: 8 });
  return (_index, scales, _values, _dimensions, { document }) => {
    const [left, right] = [scales.x!(x1), scales.x!(x2)].sort((a, b) => a - b) as [number, number];
    const [top, bottom] = [scales.y!(y1), scales.y!(y2)].sort((a, b) => a - b) as [number, number];
    const image = document.createElementNS('http://www.w3.org/2000/svg', 'image');
    const attributes = {
      ...{ x: left, y: top, width: right - left, height: bottom - top },
      ...{ preserveAspectRatio: 'none', style: 'image-rendering: pixelated' },
      href: `data:image/png;base64,${toBase64(png)}`,
    };
    for (const [name, value] of Object.entries(attributes)) image.setAttribute(name, String(value));
    return image as SVGElement;
  };
}

let colours: [number, number, number][] | undefined;

function palette(): [number, number, number][] {
  colours ??= Array.from({ length: COLOURS }, (_, level) => {
    const scale = Plot.scale({ color: { type: 'linear', domain: [0, COLOURS - 1], scheme: 'viridis' } });
    const hex: string = scale.apply(level);
    return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
  });
  return colours;
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
