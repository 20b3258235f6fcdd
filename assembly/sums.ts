/**
 * Long sums, of which a second word keeps what rounding left out of the first (Kahan 1965, doi:10.1145/363707.363723): however
 * many terms are added, such a sum is about as exact as one addition. Products form running sums over a short depth, in
 * registers, and these are the terms; so the second word costs a few operations a product, not a few an addition.
 */
import { LANES_ROW } from './tile';

/** Adds four numbers to four sums, the second words of which lie `rest` bytes behind them. */
// @ts-ignore: decorator
@inline
export function addToSums(sums: usize, rest: usize, terms: v128): void {
  const added = f32x4.add(terms, v128.load(sums + rest));
  const before = v128.load(sums);
  const after = f32x4.add(before, added);
  v128.store(sums, after);
  v128.store(sums + rest, f32x4.sub(added, f32x4.sub(after, before)));
}

/** The sum of four numbers: of the first and the third, of the second and the fourth, then of both. */
// @ts-ignore: decorator
@inline
export function sumOfLanes(terms: v128): f32 {
  const pairs = f32x4.add(terms, v128.shuffle<f32>(terms, terms, 2, 3, 2, 3));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Adds four numbers to four adjacent float64 sums. */
// @ts-ignore: decorator
@inline
export function addToDoubles(totals: usize, terms: v128): void {
  const high = v128.shuffle<f32>(terms, terms, 2, 3, 2, 3);
  v128.store(totals, f64x2.add(v128.load(totals), f64x2.promote_low_f32x4(terms)));
  v128.store(totals, f64x2.add(v128.load(totals, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** Adds rows of LANES terms, adjacent, to adjacent rows of sums without second words: for a few terms. */
export function addRows(terms: usize, sums: usize, rows: i32): void {
  for (const end = terms + <usize>rows * LANES_ROW; terms < end; terms += 32, sums += 32) {
    const sum0 = f32x4.add(v128.load(sums), v128.load(terms));
    const sum1 = f32x4.add(v128.load(sums, 16), v128.load(terms, 16));
    // In pairs, the upper one first (scripts/generate-tiles.ts).
    v128.store(sums, sum1, 16);
    v128.store(sums, sum0);
  }
}

/** Adds rows of LANES terms, adjacent, to rows of sums, `stride` bytes apart. */
export function addRowsToSums(terms: usize, sums: usize, stride: usize, rest: usize, rows: i32): void {
  for (const end = terms + <usize>rows * LANES_ROW; terms < end; terms += LANES_ROW) {
    const low = sums + rest;
    for (let i: usize = 0; i < LANES_ROW; i += 32) {
      const before0 = v128.load(sums + i);
      const before1 = v128.load(sums + i, 16);
      const added0 = f32x4.add(v128.load(terms + i), v128.load(low + i));
      const added1 = f32x4.add(v128.load(terms + i, 16), v128.load(low + i, 16));
      const after0 = f32x4.add(before0, added0);
      const after1 = f32x4.add(before1, added1);
      const left0 = f32x4.sub(added0, f32x4.sub(after0, before0));
      const left1 = f32x4.sub(added1, f32x4.sub(after1, before1));
      // In pairs, the upper one first (scripts/generate-tiles.ts).
      v128.store(sums + i, after1, 16);
      v128.store(sums + i, after0);
      v128.store(low + i, left1, 16);
      v128.store(low + i, left0);
    }
    sums += stride;
  }
}
