import type { Random } from '../../statistics/random.js';
import { COLUMNS, type Cyst, type Retina, waviness } from './retina.js';

const ROWS = COLUMNS;
const SIDE = COLUMNS / 2;

/**
 * Layers of the retina from its surface to the pigment epithelium: where each ends, as a share of the thickness, and
 * how much light it scatters. Nerve fibres and the two plexiform layers are bright, the nuclear layers between dark.
 */
const layers = [
  { name: 'nerve fibres', end: 0.16, reflectance: 0.6 },
  { name: 'ganglion cells, inner plexiform', end: 0.4, reflectance: 0.54 },
  { name: 'inner nuclear', end: 0.52, reflectance: 0.34 },
  { name: 'outer plexiform', end: 0.6, reflectance: 0.44 },
  { name: 'outer nuclear', end: 0.86, reflectance: 0.28 },
  { name: 'photoreceptors', end: 1, reflectance: 0.62 },
] as const;

const VITREOUS = 0.1;
const FLUID = 0.05;
/** Thickness of the pigment epithelium, pixels. */
const EPITHELIUM = 1.1;

/** Images a section as an OCT scanner does, at 28×28 pixels of 8 bits. */
export function scan(retina: Retina, random: Random): Uint8Array {
  const fine = new Float64Array(ROWS * COLUMNS);
  const tissue = {
    epithelium: random.uniform(0.85, 1.15),
    choroid: random.uniform(0.3, 0.6),
    depth: random.uniform(2.5, 5.5),
    mottle: Array.from({ length: 4 }, () => waviness(random, 0.2)),
  };
  const shade = vesselShadows(random);
  for (let column = 0; column < COLUMNS; column++)
    for (let row = 0; row < ROWS; row++) {
      const y = (row + 0.5) / 2;
      const light = y > retina.surface[column]! + 1 ? shade[column]! : 1;
      fine[row * COLUMNS + column] = light * reflectance(retina, tissue, column, y);
    }
  for (const cyst of retina.cysts) paint(fine, cyst, 0.05, random.uniform(0.6, 0.95));
  for (const speck of retina.exudates) paint(fine, speck, 1, 0.8);
  return expose(fine, random);
}

interface Tissue {
  epithelium: number;
  choroid: number;
  depth: number;
  mottle: Float64Array[];
}

function reflectance(retina: Retina, tissue: Tissue, column: number, y: number): number {
  const top = retina.surface[column]!;
  const epithelium = retina.epithelium[column]!;
  const membrane = retina.membrane[column]!;
  const bottom = epithelium - retina.fluid[column]!;
  if (y < top) return VITREOUS;
  if (y < bottom) {
    const share = (y - top) / (bottom - top);
    return layers.find((layer) => share < layer.end)!.reflectance;
  }
  if (y < epithelium) return FLUID;
  if (y < epithelium + EPITHELIUM) return tissue.epithelium * retina.integrity[column]!;
  if (y < membrane + EPITHELIUM) return 0.1 + 0.6 * retina.deposit[column]!;
  // Below, what the epithelium let through: more where it is broken, mottled by the vessels of the choroid.
  const below = y - membrane - EPITHELIUM;
  const mottle = tissue.mottle[Math.min(3, Math.floor(below / 1.5))]![column]!;
  const through = 1 + 2 * (1 - retina.integrity[column]!);
  return tissue.choroid * through * (1 + mottle) * Math.exp(-((below / tissue.depth) ** 1.3));
}

/** Vessels on the retina throw narrow shadows on all that lies under them. */
function vesselShadows(random: Random): Float64Array {
  const light = new Float64Array(COLUMNS).fill(1);
  const vessels = random.uniform() < 0.3 ? random.integer(4) : 0;
  for (let k = 0; k < vessels; k++) {
    const start = random.integer(COLUMNS);
    const width = 1 + random.integer(2);
    light.fill(random.uniform(0.6, 0.9), start, start + width);
  }
  return light;
}

/** Draws an ellipse with a soft edge over the section. */
function paint(fine: Float64Array, ellipse: Cyst, value: number, opacity: number): void {
  for (let row = 0; row < ROWS; row++)
    for (let column = 0; column < COLUMNS; column++) {
      const dx = ((column + 0.5) / 2 - ellipse.x) / ellipse.width;
      const dy = ((row + 0.5) / 2 - ellipse.y) / ellipse.height;
      const cover = opacity * Math.min(1, Math.max(0, 2 * (1.25 - Math.hypot(dx, dy))));
      const i = row * COLUMNS + column;
      fine[i] = fine[i]! * (1 - cover) + value * cover;
    }
}

/** Speckle, the optics' blur, gain and offset, and the white border that straightening real scans leaves. */
function expose(fine: Float64Array, random: Random): Uint8Array {
  const gain = random.uniform(120, 165);
  const offset = random.uniform(1, 14);
  const speckle = random.uniform(0.02, 0.07);
  const blurred = blur(fine, random.uniform(0.05, 0.3));
  const border = whiteBorder(random);
  const image = new Uint8Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row++)
    for (let column = 0; column < SIDE; column++) {
      const first = 2 * row * COLUMNS + 2 * column;
      const signal =
        (blurred[first]! + blurred[first + 1]! + blurred[first + COLUMNS]! + blurred[first + COLUMNS + 1]!) /
        4;
      const noisy = offset * (1 + 0.25 * random.normal()) + gain * signal * (1 + speckle * random.normal());
      const white = border(column, row);
      image[row * SIDE + column] = Math.min(255, Math.max(0, Math.round(noisy * (1 - white) + 255 * white)));
    }
  return image;
}

/** One pass of [side, 1, side] over rows and columns. */
function blur(fine: Float64Array, side: number): Float64Array {
  const pass = (source: Float64Array, step: number) =>
    source.map(
      (value, i) =>
        (value + side * ((source[i - step] ?? value) + (source[i + step] ?? value))) / (1 + 2 * side),
    );
  return pass(pass(fine, 1), COLUMNS);
}

/** How much of a pixel the white border covers. */
function whiteBorder(random: Random): (column: number, row: number) => number {
  if (random.uniform() > 0.4) return () => 0;
  const atTop = random.uniform() < 0.55;
  const height = random.uniform(0.2, 3.5);
  const slope = random.normal() * 0.06;
  return (column, row) => {
    const fromEdge = atTop ? row : SIDE - 1 - row;
    return Math.min(1, Math.max(0, height + slope * (column - SIDE / 2) - fromEdge));
  };
}
