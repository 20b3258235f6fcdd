/** The 35 symbols of a transcript; a token is an index into them. */
export const SYMBOLS = '<>@# ,.?-abcdefghijklmnopqrstuvwxyz';

export const START_TOKEN = 0;
export const END_TOKEN = 1;
export const PAD_TOKEN = 2;
export const UNKNOWN_TOKEN = 3;

/** Length to which the report's protocol pads every transcript: start, 97 characters, end. */
export const PROTOCOL_TOKENS = 99;

/** The tokens of the characters that a transcript may hold, those above but the four marks. */
const TOKEN_OF = new Map(Array.from(SYMBOLS, (symbol, token) => [symbol, token] as const).slice(4));

/**
 * The tokens of a text: lower-cased, cut to 97 characters, between `<` and `>`; 2 to 99 of them, without padding.
 *
 * A character is a code point. Every other one than the letters a–z, space and `,.?-` becomes `#`: digits, letters with
 * accents (decomposed: the letter and a `#`), other scripts, emoji, line breaks. So do `<`, `>` and `@`, which would
 * end or blank the transcript; the transcripts of LJSpeech hold none.
 */
export function encodeText(text: string): Uint8Array {
  const characters = [...text.toLowerCase()].slice(0, PROTOCOL_TOKENS - 2);
  const tokens = characters.map((character) => TOKEN_OF.get(character) ?? UNKNOWN_TOKEN);
  return Uint8Array.from([START_TOKEN, ...tokens, END_TOKEN]);
}

/**
 * The text before the first `>`, or all where there is none. `<` and `@` are left out; what was unknown stays `#`.
 *
 * @throws RangeError when a token is none of 0 to 34
 */
export function decodeTokens(tokens: Iterable<number>): string {
  let text = '';
  for (const token of tokens) {
    const symbol = SYMBOLS[token];
    if (symbol === undefined) throw new RangeError(`token ${token}, expected 0 to ${SYMBOLS.length - 1}`);
    if (token === END_TOKEN) break;
    if (token !== START_TOKEN && token !== PAD_TOKEN) text += symbol;
  }
  return text;
}

/** The tokens up to and with the first `>`, all where there is none: what the report's scores compare. */
export function throughEnd(tokens: ArrayLike<number>): number[] {
  const all = Array.from(tokens);
  const end = all.indexOf(END_TOKEN);
  return end < 0 ? all : all.slice(0, end + 1);
}

/**
 * The tokens followed by `@` to `length` of them.
 *
 * @throws RangeError when there are more than that
 */
export function padTokens(tokens: Uint8Array, length: number): Uint8Array {
  if (tokens.length > length) throw new RangeError(`${tokens.length} tokens, expected at most ${length}`);
  const padded = new Uint8Array(length).fill(PAD_TOKEN);
  padded.set(tokens);
  return padded;
}

/** What a recognizer wrote. */
export interface Decoded {
  /** From the start to the end, or to the protocol's 99. */
  readonly tokens: readonly number[];
  /** Of each token after the start, given those before it. */
  readonly logProbabilities: readonly number[];
}
