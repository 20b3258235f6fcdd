interface Pass {
  readonly radix: number;
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/**
 * Computes power spectra of real frames of one even length.
 *
 * The samples, taken in pairs as complex numbers, are transformed at half the length by Stockham's mixed-radix algorithm
 * (Van Loan, "Computational Frameworks for the Fast Fourier Transform", 1992, §1.7), one pass for each prime factor and
 * without reordering; the spectrum of the frame follows from the symmetry of even and odd samples (§4.3).
 */
export class PowerSpectrum {
  readonly #passes: Pass[] = [];
  readonly #half: number;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  #re: Float64Array;
  #im: Float64Array;
  #nextRe: Float64Array;
  #nextIm: Float64Array;

  /** @throws RangeError when `length` is not a positive even number */
  constructor(length: number) {
    if (!Number.isInteger(length) || length < 2 || length % 2 !== 0)
      throw new RangeError(`a frame of ${length} samples, expected a positive even number`);
    this.#half = length / 2;
    this.#cos = Float64Array.from({ length: this.#half + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / length));
    this.#sin = Float64Array.from(
      { length: this.#half + 1 },
      (_, k) => -Math.sin((2 * Math.PI * k) / length),
    );
    for (let rest = this.#half; rest > 1; ) {
      const radix = smallestFactor(rest);
      this.#passes.push(twiddles(radix, rest));
      rest /= radix;
    }
    this.#re = new Float64Array(this.#half);
    this.#im = new Float64Array(this.#half);
    this.#nextRe = new Float64Array(this.#half);
    this.#nextIm = new Float64Array(this.#half);
  }

  /** Writes |X[k]|² for k = 0 … length/2 of the frame's discrete Fourier transform, unscaled, into `power`. */
  transform(frame: Float64Array, power: Float64Array): void {
    const half = this.#half;
    for (let i = 0; i < half; i++) {
      this.#re[i] = frame[2 * i]!;
      this.#im[i] = frame[2 * i + 1]!;
    }
    this.#transformPairs();
    for (let k = 0; k <= half; k++) {
      const a = k === half ? 0 : k;
      const b = k === 0 ? 0 : half - k;
      const evenRe = (this.#re[a]! + this.#re[b]!) / 2;
      const evenIm = (this.#im[a]! - this.#im[b]!) / 2;
      const oddRe = (this.#im[a]! + this.#im[b]!) / 2;
      const oddIm = (this.#re[b]! - this.#re[a]!) / 2;
      const re = evenRe + this.#cos[k]! * oddRe - this.#sin[k]! * oddIm;
      const im = evenIm + this.#cos[k]! * oddIm + this.#sin[k]! * oddRe;
      power[k] = re * re + im * im;
    }
  }

  #transformPairs(): void {
    let stride = 1;
    for (const pass of this.#passes) {
      runPass(pass, stride, this.#re, this.#im, this.#nextRe, this.#nextIm);
      [this.#re, this.#im, this.#nextRe, this.#nextIm] = [this.#nextRe, this.#nextIm, this.#re, this.#im];
      stride *= pass.radix;
    }
  }
}

/** Transforms columns of `radix` numbers, `stride` of them at a time by the same factors. */
function runPass(
  { radix, cos, sin }: Pass,
  stride: number,
  re: Float64Array,
  im: Float64Array,
  nextRe: Float64Array,
  nextIm: Float64Array,
): void {
  const apart = re.length / radix;
  for (let block = 0; block < apart / stride; block++) {
    for (let k = 0; k < radix; k++) {
      const row = (block * radix + k) * radix;
      for (let offset = 0; offset < stride; offset++) {
        let sumRe = 0;
        let sumIm = 0;
        for (let j = 0; j < radix; j++) {
          const from = offset + stride * block + apart * j;
          sumRe += re[from]! * cos[row + j]! - im[from]! * sin[row + j]!;
          sumIm += re[from]! * sin[row + j]! + im[from]! * cos[row + j]!;
        }
        const to = offset + stride * (block * radix + k);
        nextRe[to] = sumRe;
        nextIm[to] = sumIm;
      }
    }
  }
}

/**
 * The roots of unity e^(−2πi·k(j·rest/radix + block)/rest) by which input j enters output k of a block: the short
 * transform and the rotation after it in one table, [rest/radix, radix, radix].
 */
function twiddles(radix: number, rest: number): Pass {
  const cos = new Float64Array(rest * radix);
  const sin = new Float64Array(rest * radix);
  for (let block = 0; block < rest / radix; block++) {
    for (let k = 0; k < radix; k++) {
      for (let j = 0; j < radix; j++) {
        const turn = ((k * ((j * rest) / radix + block)) % rest) / rest;
        cos[(block * radix + k) * radix + j] = Math.cos(2 * Math.PI * turn);
        sin[(block * radix + k) * radix + j] = -Math.sin(2 * Math.PI * turn);
      }
    }
  }
  return { radix, cos, sin };
}

function smallestFactor(n: number): number {
  for (let factor = 2; factor * factor <= n; factor++) if (n % factor === 0) return factor;
  return n;
}
