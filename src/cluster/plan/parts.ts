/** Ranges of at most `size` that together are `count`. */
export function partsOf(count: number, size: number): { first: number; end: number }[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
    first: i * size,
    end: Math.min(count, (i + 1) * size),
  }));
}

/** A number as part of a name: names sort as their numbers do. */
export const numbered = (index: number) => String(index).padStart(6, '0');
