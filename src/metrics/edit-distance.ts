/**
 * What exchanging two neighbours costs.
 *
 * - `restricted`: one edit, and nothing between or around the pair may be edited again (optimal string alignment).
 * - `unrestricted`: one edit, and symbols may be inserted or deleted between the pair (Damerau–Levenshtein proper).
 * - `none`: two edits, as in Levenshtein's distance.
 */
export type Transpositions = 'restricted' | 'unrestricted' | 'none';

/**
 * The least number of insertions, deletions, substitutions and transpositions of neighbours that turn `a` into `b`.
 *
 * A string is a sequence of code points, so that no surrogate pair is ever cut; anything else is a sequence of its
 * elements, equal where a `Map` would find them equal. The distance to an empty sequence is the other's length.
 *
 * `unrestricted` and `none` are metrics. `restricted` is not: CA → AC → ABC takes 1 + 1 edits, but CA → ABC takes 3.
 *
 * Θ(|a||b|) time; memory Θ(min(|a|, |b|)) beside one integer for every symbol of the input.
 */
export function editDistance<T>(
  a: Iterable<T>,
  b: Iterable<T>,
  transpositions: Transpositions = 'restricted',
): number {
  const ids = new Map<T, number>();
  const [short, long] = [numbered(a, ids), numbered(b, ids)].sort((x, y) => x.length - y.length);
  return transpositions === 'unrestricted'
    ? unrestricted(short!, long!, ids.size)
    : aligned(short!, long!, ids.size, transpositions === 'restricted');
}

/** The symbols as the integers 0, 1, 2 … in the order in which they first appear. */
function numbered<T>(sequence: Iterable<T>, ids: Map<T, number>): Int32Array {
  return Int32Array.from(sequence, (symbol) => {
    const id = ids.get(symbol) ?? ids.size;
    ids.set(symbol, id);
    return id;
  });
}

/**
 * 32 cells of a row at a time: Hyyrö, "A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit Distances",
 * Nordic Journal of Computing 10 (2003), in blocks of 32 symbols of `short`, one row for each symbol of `long`. A row is
 * kept as the differences of neighbouring cells, which are −1, 0 or 1; `swaps` admits the transpositions.
 */
function aligned(short: Int32Array, long: Int32Array, symbols: number, swaps: boolean): number {
  if (short.length === 0) return long.length;
  const planes = bitPlanes(short, symbols);
  const blocks = Math.ceil(short.length / 32);
  const rises = new Int32Array(blocks).fill(-1); // the next cell of the row is one more
  const falls = new Int32Array(blocks); // the next cell of the row is one less
  const flats = new Int32Array(blocks); // the cell equals the one diagonally before it
  const matches = new Int32Array(blocks);
  const lastBit = (short.length - 1) % 32;
  let distance = short.length;

  for (const symbol of long) {
    let carryUp = 1;
    let carryDown = 0;
    let carrySwap = 0;
    let up = 0;
    let down = 0;
    for (let block = 0; block < blocks; block++) {
      const match = matchesIn(planes, block, symbol);
      const rise = rises[block]!;
      const fall = falls[block]!;
      const pending = ~flats[block]! & match;
      const swapped = swaps ? ((pending << 1) | carrySwap) & matches[block]! : 0;
      const seed = match | carryDown;
      const flat = (((seed & rise) + rise) ^ rise) | seed | fall | swapped;
      up = fall | ~(flat | rise);
      down = flat & rise;
      const shiftedUp = (up << 1) | carryUp;
      const shiftedDown = (down << 1) | carryDown;
      rises[block] = shiftedDown | ~(flat | shiftedUp);
      falls[block] = flat & shiftedUp;
      flats[block] = flat;
      matches[block] = match;
      carryUp = up >>> 31;
      carryDown = down >>> 31;
      carrySwap = pending >>> 31;
    }
    distance += ((up >>> lastBit) & 1) - ((down >>> lastBit) & 1);
  }
  return distance;
}

/** Plane p has bit p of every symbol's number, so that no alphabet, however large, needs more than 32 of them. */
function bitPlanes(sequence: Int32Array, symbols: number): Int32Array[] {
  return Array.from({ length: 32 - Math.clz32(symbols - 1) }, (_, bit) => {
    const plane = new Int32Array(Math.ceil(sequence.length / 32));
    sequence.forEach((symbol, i) => {
      plane[i >>> 5]! |= ((symbol >>> bit) & 1) << (i & 31);
    });
    return plane;
  });
}

/** One bit for each of a block's 32 symbols, set where it is `symbol`. */
function matchesIn(planes: Int32Array[], block: number, symbol: number): number {
  let matches = -1;
  for (let bit = 0; bit < planes.length; bit++) {
    matches &= ~(planes[bit]![block]! ^ -((symbol >>> bit) & 1));
  }
  return matches;
}

/**
 * Lowrance & Wagner (1975) in linear memory, after Zhao & Sahni, "String correction using the Damerau-Levenshtein
 * distance", BMC Bioinformatics 20 (2019). A transposition of xy to y…x only pays off where x and y are neighbours in
 * one of the two strings. Then the cell before the pair lies in the row before this column's last match, or two rows
 * back at this row's last match, and two values remembered in passing stand for the full matrix.
 */
function unrestricted(short: Int32Array, long: Int32Array, symbols: number): number {
  const width = short.length + 1;
  const unreachable = short.length + long.length;
  const lastRowOf = new Int32Array(symbols);
  const beforeMatchInColumn = new Int32Array(width).fill(unreachable);
  let previous = new Int32Array(width).fill(unreachable);
  let current = Int32Array.from({ length: width }, (_, column) => column);

  for (let i = 1; i <= long.length; i++) {
    // Until it is overwritten, `current` holds the row before `previous`.
    [previous, current] = [current, previous];
    const symbol = long[i - 1]!;
    let lastMatch = 0;
    let beforeMatchInRow = unreachable;
    let twoBackLeft = current[0]!;
    let left = i;
    current[0] = i;
    for (let j = 1; j < width; j++) {
      const other = short[j - 1]!;
      let cost = Math.min(left + 1, previous[j]! + 1);
      if (symbol === other) {
        cost = Math.min(cost, previous[j - 1]!);
        beforeMatchInColumn[j] = j > 1 ? previous[j - 2]! : unreachable;
        beforeMatchInRow = twoBackLeft;
        lastMatch = j;
      } else {
        cost = Math.min(cost, previous[j - 1]! + 1);
        const lastRow = lastRowOf[other]!;
        if (lastMatch === j - 1) cost = Math.min(cost, beforeMatchInColumn[j]! + i - lastRow);
        else if (lastRow === i - 1) cost = Math.min(cost, beforeMatchInRow + j - lastMatch);
      }
      twoBackLeft = current[j]!;
      current[j] = cost;
      left = cost;
    }
    lastRowOf[symbol] = i;
  }
  return current[short.length]!;
}
