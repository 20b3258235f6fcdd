import * as assert from 'uvu/assert';
import { type AttentionOptions, attention } from '#engine/attention/attention.js';
import { sharedEngine, tiers } from '../tiers.js';
import { sameBits } from './tensors.js';

/** Asserts that a call gives the same bits on one thread and two, in every tier, and in all tiers with fused products. */
export async function assertSameEverywhere(
  inputs: Parameters<typeof attention>[1],
  options: AttentionOptions,
): Promise<void> {
  for (const tier of tiers) {
    const [one, two] = await Promise.all(
      [1, 2].map(async (threads) => attention(await sharedEngine(tier, threads), inputs, options)),
    );
    assert.ok(sameBits(one!.output.data, two!.output.data), tier);
  }
  const fused = tiers.filter((tier) => tier !== 'simd');
  const outputs = await Promise.all(
    fused.map(async (tier) => attention(await sharedEngine(tier), inputs, options)),
  );
  for (const { output } of outputs) assert.ok(sameBits(output.data, outputs[0]!.output.data));
}
