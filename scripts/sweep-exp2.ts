/**
 * Proves the error of the kernels' exponential: compares exp2Array with float64 for every float32 x ≤ 0 whose 2ˣ is
 * normal, and prints the worst error of each tier in ULP. Minutes: `npm run build && node build/scripts/sweep-exp2.js`.
 */
import { fileURLToPath } from 'node:url';
import { enableTier, TIERS, type Tier, tierSupport } from '#engine/runtime/tiers.js';
import { openEngine } from '../test/tiers.js';
import { argumentsOf } from './given.js';

/** The bits of −0 and of −126: between them lie all float32 x ≤ 0 for which 2ˣ is normal. */
const FIRST = 0x80000000;
const LAST = 0xc2fc0000;
/** Arguments at a time. Within an aligned block they are evenly spaced, and only the first can be a whole number. */
const BLOCK = 1024;

export interface Worst {
  /** |result − 2ˣ| in units of the spacing of float32 numbers at 2ˣ; NaN where the result was. */
  ulp: number;
  x: number;
}

/** The worst error among the arguments of every `every`-th block. */
export async function sweep(tier: Tier, every = 1): Promise<Worst> {
  const engine = await openEngine({ tier });
  const address = engine.arena.allocate(4 * BLOCK);
  const results = engine.arena.float32(address, BLOCK);
  const resultBits = new Uint32Array(results.buffer, address, BLOCK);
  const bits = new Uint32Array(BLOCK);
  const x = new Float32Array(bits.buffer);
  const worst: Worst = { ulp: 0, x: 0 };
  const compare = (i: number, exact: number, spacing: number) => {
    const ulp = Math.abs(results[i]! - exact) * spacing;
    // Not `ulp > worst.ulp`: NaN is the worst of all.
    if (!(ulp <= worst.ulp)) Object.assign(worst, { ulp, x: x[i] });
  };
  for (let first = FIRST; first <= LAST; first += BLOCK * every) {
    const count = Math.min(BLOCK, LAST - first + 1);
    for (let i = 0; i < BLOCK; i++) bits[i] = first + Math.min(i, count - 1);
    resultBits.set(bits);
    engine.kernels.exp2Array(address, BLOCK);
    // 2ˣ lies in [2^⌊x⌋, 2^(⌊x⌋+1)), where float32 numbers are 2^(⌊x⌋−23) apart.
    compare(0, 2 ** x[0]!, 2 ** (23 - Math.floor(x[0]!)));
    if (count === 1) continue;
    const spacing = 2 ** (23 - Math.floor(x[1]!));
    // A power an argument would take hours. A thousand products in float64 are off by 2⁻⁴³, 2⁻²⁰ of what is measured.
    const factor = 2 ** (x[1]! - x[0]!);
    let exact = 2 ** x[0]!;
    for (let i = 1; i < count; i++) {
      exact *= factor;
      compare(i, exact, spacing);
    }
  }
  await engine.dispose();
  return worst;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  argumentsOf('');
  for (const tier of TIERS) enableTier(tier);
  for (const tier of TIERS.filter((name) => tierSupport()[name].available)) {
    const { ulp, x } = await sweep(tier);
    console.log(`${tier}: ${LAST - FIRST + 1} arguments, worst error ${ulp.toFixed(4)} ULP at ${x}`);
    if (!(ulp <= 2)) process.exitCode = 1;
  }
}
