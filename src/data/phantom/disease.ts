import type { Random } from '../../statistics/random.js';
import { bell, COLUMNS, type Cyst, position, type Retina, waviness } from './retina.js';

/** Changes a healthy section into a diseased one, in place. */
export type Disease = (retina: Retina, random: Random) => void;

/** Share of early cases. */
const EARLY = 0.1;

/**
 * How far a disease has gone, 0 to 1. Some eyes are seen early, when its signs are no larger than a pixel and may well be
 * taken for none.
 */
function stage(random: Random): number {
  return random.uniform() < EARLY ? random.uniform(0, 0.1) : random.uniform(0.25, 1);
}

/**
 * Choroidal neovascularisation: vessels grow through Bruch's membrane, lift and break the pigment epithelium and leak
 * under the retina.
 */
export const neovascularisation: Disease = (retina, random) => {
  const centre = random.uniform(0.2, 0.8);
  const width = random.uniform(0.09, 0.26);
  const severity = stage(random);
  const lift = 0.4 + severity * random.uniform(1.4, 4);
  const rough = waviness(random, 0.5 * severity);
  const density = random.uniform(0.2, 1);
  raise(retina, (x, i) => bell(x - centre, width) * Math.max(0, lift + rough[i]!), 0.55);
  for (let i = 0; i < COLUMNS; i++) {
    const inside = bell(position(i) - centre, width * 1.2);
    retina.deposit[i] = density;
    retina.integrity[i]! *= 1 - inside * random.uniform(0.1, 0.35 + 0.5 * severity);
  }
  if (random.uniform() < 0.3 + 0.4 * severity) {
    const side = centre + random.uniform(-1, 1) * width * 1.5;
    addFluid(retina, side, random.uniform(0.06, 0.16), severity * random.uniform(0.8, 2.4));
  }
  if (random.uniform() < 0.3 * severity)
    addCysts(retina, random, 1 + random.integer(3), centre, width, severity);
};

/** Diabetic macular oedema: leaking vessels swell the retina and fill it with cysts. */
export const macularOedema: Disease = (retina, random) => {
  const centre = random.uniform(0.3, 0.7);
  const width = random.uniform(0.08, 0.25);
  const severity = stage(random);
  const swelling = 0.4 + severity * random.uniform(1, 5.5);
  for (let i = 0; i < COLUMNS; i++) retina.surface[i]! -= swelling * bell(position(i) - centre, width);
  addCysts(retina, random, 1 + random.integer(2 + Math.round(4 * severity)), centre, width, severity);
  if (random.uniform() < 0.25)
    addFluid(retina, centre, random.uniform(0.06, 0.15), severity * random.uniform(0.5, 2));
  const specks = random.uniform() < 0.4 ? 1 + random.integer(4) : 0;
  for (let k = 0; k < specks; k++) {
    const { x, y } = within(retina, random, centre + random.normal() * width, 0.3, 0.75);
    retina.exudates.push({ x, y, width: random.uniform(0.3, 0.7), height: random.uniform(0.25, 0.5) });
  }
};

/** Drusen: deposits under the pigment epithelium, which rides over them in small bumps. */
export const drusen: Disease = (retina, random) => {
  const severity = stage(random);
  const count = 2 + random.integer(3 + Math.round(5 * severity));
  const middle = random.uniform(0.3, 0.7);
  for (let k = 0; k < count; k++) {
    const centre = middle + random.normal() * 0.22;
    const width = random.uniform(0.022, 0.055);
    const height = random.uniform(0.35, 0.6) + severity * random.uniform(0.4, 1.3);
    raise(retina, (x) => height * bell(x - centre, width), 0.35);
  }
  for (let i = 0; i < COLUMNS; i++) {
    const lifted = retina.membrane[i]! - retina.epithelium[i]!;
    retina.integrity[i]! *= 1 - Math.min(0.35, 0.2 * lifted) * random.uniform(0.5, 1);
  }
};

/** Lifts the pigment epithelium; the surface of the retina follows by a share. */
function raise(retina: Retina, height: (x: number, column: number) => number, follow: number): void {
  for (let i = 0; i < COLUMNS; i++) {
    const lift = height(position(i), i);
    retina.epithelium[i]! -= lift;
    retina.surface[i]! -= follow * lift;
  }
}

/** Parts the retina from the pigment epithelium by a lens of clear fluid. */
function addFluid(retina: Retina, centre: number, width: number, height: number): void {
  for (let i = 0; i < COLUMNS; i++) {
    const lens = height * Math.max(0, 1 - ((position(i) - centre) / width) ** 2);
    retina.fluid[i]! += lens;
    retina.surface[i]! -= 0.8 * lens;
  }
}

function addCysts(
  retina: Retina,
  random: Random,
  count: number,
  centre: number,
  width: number,
  severity: number,
): void {
  for (let k = 0; k < count; k++) {
    const { x, y, thickness } = within(retina, random, centre + random.normal() * width * 0.7, 0.3, 0.7);
    const height = thickness * random.uniform(0.06, 0.1 + 0.2 * severity);
    retina.cysts.push({ x, y, width: height * random.uniform(0.6, 1.6), height });
  }
}

/** A place inside the retina, between two shares of its thickness. */
function within(retina: Retina, random: Random, x: number, from: number, to: number) {
  const column = Math.min(COLUMNS - 1, Math.max(0, Math.floor(x * COLUMNS)));
  const top = retina.surface[column]!;
  const thickness = retina.epithelium[column]! - retina.fluid[column]! - top;
  const place: Pick<Cyst, 'x' | 'y'> = {
    x: (column + 0.5) / 2,
    y: top + thickness * random.uniform(from, to),
  };
  return { ...place, thickness };
}
