type Colour = readonly [number, number, number];
type Ramp = readonly Colour[];

/** From 0 outwards: what is positive becomes blue, what is negative orange; on paper darker, on a dark page lighter. */
const RAMPS: Record<'light' | 'dark', { positive: Ramp; negative: Ramp }> = {
  light: {
    positive: ramp('f4f6f8', 'c3dbed', '6aa6d0', '2272b2', '082f5f'),
    negative: ramp('f4f6f8', 'f6d2ae', 'e09141', 'a9560c', '5c2a03'),
  },
  dark: {
    positive: ramp('171b20', '17395a', '2470ad', '69afde', 'e6f4fd'),
    negative: ramp('171b20', '4f2a0b', 'a85c1a', 'e59a4f', 'ffe6cc'),
  },
};

function ramp(...colours: string[]): Ramp {
  return colours.map((hex) => {
    const bits = Number.parseInt(hex, 16);
    return [bits >> 16, (bits >> 8) & 255, bits & 255] as const;
  });
}

const darkScheme = matchMedia('(prefers-color-scheme: dark)');

/** Shades on either side of 0: as many as the eye tells apart. */
const SHADES = 32;

/** The colours of −1 … 1, in steps of 1/32. */
function palette(): Colour[] {
  const { positive, negative } = RAMPS[darkScheme.matches ? 'dark' : 'light'];
  return Array.from({ length: 2 * SHADES + 1 }, (_, i) => {
    const value = i / SHADES - 1;
    return between(value < 0 ? negative : positive, Math.abs(value));
  });
}

/** @param at from 0, the first colour, to 1, the last */
function between(stops: Ramp, at: number): Colour {
  const position = at * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(position));
  const [low, high] = [stops[below]!, stops[below + 1]!];
  return [0, 1, 2].map((i) => low[i]! + (position - below) * (high[i]! - low[i]!)) as unknown as Colour;
}

/** Draws a matrix on a canvas, a pixel a cell, and again when the colours of the page change. */
export class HeatMap {
  readonly canvas: HTMLCanvasElement;
  #draw = () => {};

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
    darkScheme.addEventListener('change', () => this.#draw());
  }

  /** @param normalise from a value to −1 … 1 */
  draw(
    width: number,
    height: number,
    values: ArrayLike<number>,
    normalise: (value: number) => number = (x) => x,
  ): void {
    this.#draw = () => {
      const colours = palette();
      const image = new ImageData(width, height);
      for (let i = 0; i < width * height; i++) {
        const value = Math.max(-1, Math.min(1, normalise(values[i]!)));
        image.data.set([...colours[Math.round(SHADES * (value + 1))]!, 255], 4 * i);
      }
      this.canvas.width = width;
      this.canvas.height = height;
      this.canvas.getContext('2d')!.putImageData(image, 0, 0);
    };
    this.#draw();
  }
}
