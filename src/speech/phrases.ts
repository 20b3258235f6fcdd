/** Phrases of a transcript keep to this many characters: about four seconds of speech. */
export const LONGEST_PHRASE = 64;
const SHORTEST = 10;

/** In characters. */
export interface PhraseLimits {
  shortest: number;
  longest: number;
}

/**
 * Cuts a transcript into phrases for a voice to speak: at punctuation, and between words where that leaves more than
 * the longest have, 64 characters unless given; neighbours that fit together stay together. Marks that nothing is heard
 * of, as quotes, are left out, and so are phrases shorter than the shortest, of 10 characters.
 */
export function phrasesOf(
  transcript: string,
  { shortest, longest }: PhraseLimits = { shortest: SHORTEST, longest: LONGEST_PHRASE },
): string[] {
  const audible = transcript.replace(/[^\w\s,.?;:!'-]/g, ' ').replace(/\s+/g, ' ');
  const clauses = audible.split(/(?<=[,.?;:!]) /);
  const phrases: string[] = [];
  for (const clause of clauses.flatMap((text) => wordsTogether(text, longest))) {
    const joined = `${phrases.at(-1)} ${clause}`;
    if (phrases.length > 0 && joined.length <= longest) phrases[phrases.length - 1] = joined;
    else phrases.push(clause);
  }
  return phrases
    .map((phrase) => phrase.replace(/[;:!]/g, '').trim())
    .filter(({ length }) => length >= shortest);
}

/** The words of a clause in as few parts as fit, one after the other. */
function wordsTogether(clause: string, longest: number): string[] {
  const parts: string[] = [];
  for (const word of clause.trim().split(' ')) {
    const joined = `${parts.at(-1)} ${word}`;
    if (parts.length > 0 && joined.length <= longest) parts[parts.length - 1] = joined;
    else parts.push(word);
  }
  return parts;
}
