/** What tells a kind of file from others: text, a byte a letter, at a place near its beginning. */
export interface Signature {
  kind: string;
  /** Bytes before it; none unless given. */
  at?: number;
  begins: string;
}

/** Whether bytes begin with a text of single bytes. */
export function begins(bytes: Uint8Array, text: string, at = 0): boolean {
  return [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
}

/** The kind of a file, of those that are known. */
export function kindOf(bytes: Uint8Array, known: readonly Signature[]): string | undefined {
  return known.find((signature) => begins(bytes, signature.begins, signature.at))?.kind;
}
