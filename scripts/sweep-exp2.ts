/**
 * Proves the error of the kernels' exponential: compares exp2Array with float64 for every float32 x ≤ 0 whose 2ˣ is
 * normal, and prints the worst error of each tier in ULP. Minutes: `npm run build && node build/scripts/sweep-exp2.js`.
 */
import { fileURLToPath } from 'node:url';
import { createEngine } from '#hw2/engine/engine.js';
import { enableTier, TIERS, type Tier, tierSupport } from '#hw2/engine/tiers.js';

/** The bits of −0 and of −126: between them lie all float32 x ≤ 0 for which 2ˣ is normal. */
export const FIRST = 0x80000000;
export const LAST = 0xc2fc0000;
const CHUNK = 2 ** 20;

export interface Worst {
  /** |result − 2ˣ| in units of the spacing of float32 numbers at 2ˣ. */
  ulp: number;
  x: number;
}

/**
 * Error of a result for an argument.
 * Math.pow is off by less than 1 ULP of float64, 2⁻²⁹ of what is measured here.
 */
export function ulpError(x: number, result: number): number {
  const exact = 2 ** x;
  // 2ˣ lies in [2^⌊x⌋, 2^(⌊x⌋+1)), where float32 numbers are 2^(⌊x⌋−23) apart.
  return Math.abs(result - exact) / 2 ** (Math.floor(x) - 23);
}

/** The worst error among every `step`-th argument, in the order of their bits. */
export async function sweep(tier: Tier, step = 1): Promise<Worst> {
  const engine = await createEngine({ tier });
  const address = engine.arena.allocate(4 * CHUNK);
  const bits = new Uint32Array(engine.arena.memory.buffer, address, CHUNK);
  const results = engine.arena.float32(address, CHUNK);
  const view = new Uint32Array(1);
  const argument = new Float32Array(view.buffer);
  const worst: Worst = { ulp: 0, x: 0 };
  for (let first = FIRST; first <= LAST; first += CHUNK * step) {
    for (let i = 0; i < CHUNK; i++) bits[i] = Math.min(first + i * step, LAST);
    engine.kernels.exp2Array(address, CHUNK);
    for (let i = 0; i < CHUNK; i++) {
      view[0] = Math.min(first + i * step, LAST);
      const x = argument[0]!;
      const ulp = ulpError(x, results[i]!);
      // Not `ulp > worst.ulp`: NaN is the worst of all.
      if (!(ulp <= worst.ulp)) Object.assign(worst, { ulp, x });
    }
  }
  await engine.dispose();
  return worst;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const tier of TIERS) enableTier(tier);
  for (const tier of TIERS.filter((name) => tierSupport()[name].available)) {
    const { ulp, x } = await sweep(tier);
    console.log(`${tier}: ${LAST - FIRST + 1} arguments, worst error ${ulp.toFixed(4)} ULP at ${x}`);
    if (!(ulp <= 2)) process.exitCode = 1;
  }
}
