import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A reproducible stream of random numbers: the same keys give the same numbers on every machine. */
export class Random {
  readonly #generator;

  /** @param keys integers, for instance a seed, a purpose and an index; other keys, another stream */
  constructor(...keys: number[]) {
    this.#generator = xoroshiro128plus(keys.reduce(mix, 0x9e3779b9));
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * uniformFloat64(this.#generator);
  }

  /** An integer from 0 up to, not with, `end`. */
  integer(end: number): number {
    return uniformInt(this.#generator, 0, end - 1);
  }

  /** Normal with mean 0 and deviation 1 (Box–Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /**
   * Fills an array with normal values of mean 0, by Marsaglia's polar method: each pair of uniforms that falls into the
   * unit circle gives two of them. A quarter of the time of so many calls of `normal`, and other numbers.
   */
  fillNormal(values: Float32Array, deviation = 1): void {
    const generator = this.#generator;
    for (let i = 0; i < values.length; i += 2) {
      let x: number;
      let y: number;
      let square: number;
      do {
        x = generator.next() * 2 ** -31;
        y = generator.next() * 2 ** -31;
        square = x * x + y * y;
      } while (square >= 1 || square === 0);
      const scale = deviation * Math.sqrt((-2 * Math.log(square)) / square);
      values[i] = scale * x;
      // Beyond the end of an odd length nothing is written.
      values[i + 1] = scale * y;
    }
  }

  /** Puts a list in random order, in place (Fisher–Yates). */
  shuffle<T>(list: { readonly length: number; [index: number]: T }): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
  }
}

/** Folds a key into a hash: the finaliser of MurmurHash3. */
function mix(hash: number, key: number): number {
  let h = Math.imul(hash ^ key, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
