const NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** Control characters, line separators, and the marks that change the direction of writing. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** More than a terminal shows at once is no message. */
const MAX_LENGTH = 2_000;

/**
 * Text that came from outside, as one line for a terminal: what would break the line, move the cursor or change the
 * terminal's state is spelled out (`\n`, `\x1b`), and what is very long is cut.
 */
export function printable(text: string): string {
  const seen = text.replace(
    UNSEEN,
    (mark) => NAMES[mark] ?? `\\x${mark.codePointAt(0)!.toString(16).padStart(2, '0')}`,
  );
  return seen.length > MAX_LENGTH ? `${seen.slice(0, MAX_LENGTH)}…` : seen;
}
