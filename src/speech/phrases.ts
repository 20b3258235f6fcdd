/** Phrases of a transcript keep to this many characters: about four seconds of speech. */
export const LONGEST_PHRASE = 64;
const SHORTEST = 10;

/**
 * Cuts a transcript into phrases for a voice to speak: at punctuation, and between words where that leaves more than 64
 * characters; neighbours that fit together stay together. Marks that nothing is heard of, as quotes, are left out, and
 * so are phrases of less than 10 characters.
 */
export function phrasesOf(transcript: string): string[] {
  const audible = transcript.replace(/[^\w\s,.?;:!'-]/g, ' ').replace(/\s+/g, ' ');
  const clauses = audible.split(/(?<=[,.?;:!]) /);
  const phrases: string[] = [];
  for (const clause of clauses.flatMap(wordsTogether)) {
    const joined = `${phrases.at(-1)} ${clause}`;
    if (phrases.length > 0 && joined.length <= LONGEST_PHRASE) phrases[phrases.length - 1] = joined;
    else phrases.push(clause);
  }
  return phrases
    .map((phrase) => phrase.replace(/[;:!]/g, '').trim())
    .filter(({ length }) => length >= SHORTEST);
}

/** The words of a clause in as few parts as fit, one after the other. */
function wordsTogether(clause: string): string[] {
  const parts: string[] = [];
  for (const word of clause.trim().split(' ')) {
    const joined = `${parts.at(-1)} ${word}`;
    if (parts.length > 0 && joined.length <= LONGEST_PHRASE) parts[parts.length - 1] = joined;
    else parts.push(word);
  }
  return parts;
}
