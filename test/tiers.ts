/** Every engine that this runtime can make: each tier it can compile, with one thread and with two. */
import type { Test } from 'uvu';
import type { Arena } from '#engine/runtime/arena.js';
import { createEngine, type EngineOptions, type Engine as PublicEngine } from '#engine/runtime/engine.js';
import type { Kernels } from '#engine/runtime/module.js';
import { enableTier, TIERS, type Tier, tierSupport } from '#engine/runtime/tiers.js';

/** An engine with what the package keeps to itself, which is not in its types. */
export type Engine = PublicEngine & { readonly arena: Arena; readonly kernels: Kernels };

/** An engine whose insides a test looks at. */
export const openEngine = (options?: EngineOptions) => createEngine(options) as Promise<Engine>;

// Before anything is compiled: relaxed SIMD is behind a flag on Node 20.
for (const tier of TIERS) enableTier(tier);
if (Number.parseInt(process.versions.v8, 10) < 12) {
  console.warn('skipped: pairing of vectors in the tier wide, which this V8 does not have; it runs unpaired');
}

const support = tierSupport();
export const tiers: readonly Tier[] = TIERS.filter((tier) => support[tier].available);
for (const tier of TIERS) {
  if (!support[tier].available)
    console.warn(`skipped: all tests of the tier ${tier}: ${support[tier].reason}`);
}

const engines = new Map<string, Promise<Engine>>();

/** The engine of a tier and number of threads that all tests share. */
export function sharedEngine(tier: Tier, threads = 1): Promise<Engine> {
  const key = `${tier} ${threads}`;
  const engine = engines.get(key) ?? openEngine({ tier, threads });
  engines.set(key, engine);
  return engine;
}

/** An engine of its own for one test, disposed of afterwards. */
export async function withEngine<T>(
  options: EngineOptions,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await openEngine({ tier: 'simd', ...options });
  try {
    return await work(engine);
  } finally {
    await engine.dispose();
  }
}

/** Registers a test for each tier, with one thread and with two. */
export function testEngines(test: Test, name: string, body: (engine: Engine) => Promise<void>): void {
  for (const tier of tiers) {
    for (const threads of [1, 2]) {
      test(`${name} (${tier}, ${threads})`, async () => body(await sharedEngine(tier, threads)));
    }
  }
}

/** Registers a test for each tier on one thread, for what does not depend on threads. */
export function testTiers(test: Test, name: string, body: (engine: Engine) => Promise<void>): void {
  for (const tier of tiers) test(`${name} (${tier})`, async () => body(await sharedEngine(tier)));
}
