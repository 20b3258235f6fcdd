import { formatPercent } from '#hw2/format/numbers.js';
import { write } from './elements.js';

/** Shows how far a piece of work is, 0 to 1, in the bar within an element and in the text beside it. */
export function showShare(within: HTMLElement, share: number): void {
  within.querySelector('progress')!.value = share;
  // The bar says it to a screen reader.
  write(within.querySelector('.share')!, formatPercent(share, 0));
}
