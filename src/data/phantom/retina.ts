import type { Random } from '../../statistics/random.js';

/** Columns of a section: two for each pixel of the finished image. */
export const COLUMNS = 56;

/** A pocket of fluid: an ellipse, dark because clear fluid scatters nothing. Lengths in pixels. */
export interface Cyst {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * A cross-section of the back of an eye before it is imaged. Depths are in pixels of the finished 28×28 image,
 * downwards, one for each column: the light comes from above, through the vitreous.
 */
export interface Retina {
  /** Inner limiting membrane: where the retina begins. */
  surface: Float64Array;
  /** Pigment epithelium, as it is bent and lifted. */
  epithelium: Float64Array;
  /** Bruch's membrane, on which a healthy pigment epithelium lies. */
  membrane: Float64Array;
  /** Height of clear fluid on the pigment epithelium. */
  fluid: Float64Array;
  /** How much of the pigment epithelium's brightness is left, 0 to 1. */
  integrity: Float64Array;
  /** What lies between pigment epithelium and membrane, where they part: 0 clear fluid, 1 dense tissue. */
  deposit: Float64Array;
  cysts: Cyst[];
  /** Bright specks: lipid that leaked into the retina. */
  exudates: Cyst[];
}

/** Horizontal position of a column, 0 at the left edge, 1 at the right. */
export function position(column: number): number {
  return (column + 0.5) / COLUMNS;
}

export function bell(distance: number, width: number): number {
  return Math.exp(-0.5 * (distance / width) ** 2);
}

/** A healthy section: tilted and curved membrane, layered retina on it, foveal pit near the middle of most. */
export function healthyRetina(random: Random): Retina {
  const depth = random.uniform(9, 16.5);
  const tilt = random.normal() * 2.2;
  const curvature = random.uniform(-7, 4);
  const thickness = random.uniform(3.5, 5.2);
  const fovea = random.uniform(0.25, 0.75);
  const pit = random.uniform() < 0.75 ? random.uniform(0.25, 0.55) : 0;
  const pitWidth = random.uniform(0.06, 0.12);
  const nasal = random.normal() * 0.6;
  const wave = waviness(random, 0.08);

  const columns = (f: (x: number, column: number) => number) =>
    Float64Array.from({ length: COLUMNS }, (_, column) => f(position(column), column));
  const membrane = columns((x, i) => depth + tilt * (x - 0.5) + curvature * (x - 0.5) ** 2 + wave[i]!);
  const height = columns((x) => {
    const rim = 0.12 * bell(Math.abs(x - fovea) - 2.2 * pitWidth, 1.5 * pitWidth);
    return thickness * (1 + rim - pit * bell(x - fovea, pitWidth)) + nasal * (x - 0.5);
  });
  return {
    surface: membrane.map((y, i) => y - height[i]!),
    epithelium: membrane.slice(),
    membrane,
    fluid: new Float64Array(COLUMNS),
    integrity: new Float64Array(COLUMNS).fill(1),
    deposit: new Float64Array(COLUMNS).fill(1),
    cysts: [],
    exudates: [],
  };
}

/** Smooth random displacement of each column, of about the given deviation. */
export function waviness(random: Random, deviation: number): Float64Array {
  const waves = Array.from({ length: 5 }, (_, k) => ({
    amplitude: (random.normal() * deviation) / Math.sqrt(k + 1),
    frequency: 2 * Math.PI * (k + 1) * random.uniform(0.8, 1.4),
    phase: random.uniform(0, 2 * Math.PI),
  }));
  return Float64Array.from({ length: COLUMNS }, (_, column) =>
    waves.reduce((sum, w) => sum + w.amplitude * Math.sin(w.frequency * position(column) + w.phase), 0),
  );
}
