import { chooseTier, cores, TIERS, type Tier, tierSupport } from 'hw2-engine';
import { element } from './elements.js';

const NOTES: Record<Tier, string> = {
  simd: 'multiply, then add',
  relaxed: 'fused multiply-add',
  wide: 'needs a flag of V8 to be fast',
};

/** The tiers that this browser has, with a word on each. */
export function availableTiers(): { tier: Tier; note: string; isDefault: boolean }[] {
  const support = tierSupport();
  return TIERS.filter((tier) => support[tier].available).map((tier) => ({
    tier,
    note: NOTES[tier],
    isDefault: tier === chooseTier(),
  }));
}

/** Numbers of threads to choose from: one alone where the page is not isolated from other origins. */
export function threadCounts(): number[] {
  if (!crossOriginIsolated) return [1];
  const counts = [1, 2, 4, 8, 16, 32].filter((count) => count < cores());
  return [...counts, cores()];
}

/** Fills the two lists with what this browser has; the fastest tier and, of the threads, all are chosen. */
export function engineChoices(tiers: HTMLSelectElement, threads: HTMLSelectElement): void {
  for (const { tier, note, isDefault } of availableTiers()) {
    const option = element('option', { value: tier }, `${tier}: ${note}`);
    option.selected = isDefault;
    tiers.append(option);
  }
  threadChoice(threads);
}

export function threadChoice(select: HTMLSelectElement): void {
  const counts = threadCounts();
  select.append(...counts.map((count) => element('option', { value: String(count) }, String(count))));
  select.value = String(counts.at(-1));
}
