import { shown } from './arguments.js';
import { setEngineFlag } from './host.js';

/**
 * How the kernels are compiled.
 * - `simd`: 128-bit vectors, multiply then add. Runs wherever WebAssembly SIMD does.
 * - `relaxed`: 128-bit vectors, fused multiply-add (relaxed SIMD).
 * - `wide`: as `relaxed` and with the same results, laid out so that V8's experimental revectoriser
 *   pairs vectors into 256 bits. Without its flag it is slower than `relaxed`, hence never chosen by default.
 */
export type Tier = 'simd' | 'relaxed' | 'wide';

/** Every tier. */
export const TIERS: readonly Tier[] = ['simd', 'relaxed', 'wide'];

/** V8 flags that a tier needs where it is not on by default. */
const TIER_FLAGS: Partial<Record<Tier, string>> = {
  relaxed: '--experimental-wasm-relaxed-simd',
  wide: '--experimental-wasm-revectorize',
};

// A function that returns a v128: i32.const 0, i8x16.splat, end; the relaxed one is f32x4.relaxed_madd of three of them.
const header = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
const zero = [65, 0, 253, 15];
const probe = (body: number[]) =>
  new Uint8Array([...header, 10, body.length + 4, 1, body.length + 2, 0, ...body, 11]);
const SIMD_PROBE = probe(zero);
const RELAXED_PROBE = probe([...zero, ...zero, ...zero, 253, 133, 2]);

/**
 * Which tiers this runtime can compile now, with the reason for each that it cannot.
 *
 * @example
 * tierSupport().simd.available; // → true
 */
export function tierSupport(): Record<Tier, { available: boolean; reason?: string }> {
  const simd = WebAssembly.validate(SIMD_PROBE);
  const relaxed = WebAssembly.validate(RELAXED_PROBE);
  const noRelaxed = {
    available: false,
    reason: `no relaxed SIMD; V8 before 11.4 needs ${TIER_FLAGS.relaxed}`,
  };
  return {
    simd: simd ? { available: true } : { available: false, reason: 'no WebAssembly SIMD' },
    relaxed: relaxed ? { available: true } : noRelaxed,
    wide: relaxed ? { available: true } : noRelaxed,
  };
}

/**
 * The tier to use: the one asked for, or the fastest that needs no experimental flag.
 * @throws RangeError when the runtime cannot compile the tier asked for.
 *
 * @example
 * chooseTier('simd'); // → 'simd'
 */
export function chooseTier(asked?: Tier): Tier {
  if (asked !== undefined && !TIERS.includes(asked)) {
    throw new RangeError(`tier: given ${shown(asked)}, expected one of ${TIERS.join(', ')}`);
  }
  const support = tierSupport();
  const tier = asked ?? (support.relaxed.available ? 'relaxed' : 'simd');
  if (!support[tier].available)
    throw new RangeError(`tier: "${tier}" is not available here: ${support[tier].reason}`);
  return tier;
}

/**
 * Turns on, for the whole process, what V8 needs to run `tier` at full speed. For programs, not for libraries:
 * hw2 calls it for itself. Must come before an engine is created. Node only.
 *
 * @example
 * enableTier('relaxed'); // on Node 20, which has it behind a flag
 * const engine = await createEngine({ tier: 'relaxed' });
 */
export function enableTier(tier: Tier): void {
  if (tier !== 'simd' && !tierSupport().relaxed.available) setEngineFlag(TIER_FLAGS.relaxed!);
  if (tier === 'wide') setEngineFlag(TIER_FLAGS.wide!);
}
