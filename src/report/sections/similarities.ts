import { editDistance } from '../../metrics/edit-distance.js';
import { cosineSimilarity, editSimilarity, jaccardSimilarity } from '../../metrics/similarity.js';
import type { ClipScore } from '../../speech/evaluation.js';
import { type Decoder, decoderNames } from '../../speech/model/recognizer.js';
import type { SpeechEvaluation } from '../findings/speech.js';
import { list, paragraph, type Section, table } from '../page/blocks.js';
import { display, formula } from '../page/formula.js';
import { type Html, html } from '../page/html.js';
import { marked } from './transcripts.js';

/** Question 3.4: what each similarity measures; worked out on a transcript, where there is one. */
export function similaritiesSection(evaluation: SpeechEvaluation | undefined): Section {
  const example = evaluation && instructive(evaluation.systems.flatMap(({ clips }) => clips));
  return {
    number: '3.4',
    title: 'What the three similarities measure, and why they differ',
    body: [
      paragraph(
        html`All three compare the characters that were said, a, with those that were written, b, each up to and with the end mark. Two of them do not look at the order at all: they shake each text into a bag in which a letter lies as often as it occurs, and ask how much the bags share. Write ${formula('a_s')} for how often symbol s occurs in a, and ${formula('|a|')} for the length of a.`,
      ),
      display('"Jaccard" = {∑_s "min"(a_s, b_s)}/{∑_s "max"(a_s, b_s)}'),
      display('"cosine" = {∑_s "min"(a_s, b_s)}/{√{|a| |b|}}'),
      display('"Damerau–Levenshtein" = 1 − {d(a, b)}/{"max"(|a|, |b|)}'),
      paragraph(
        html`${formula('d(a, b)')} is the least number of edits that make b of a: a character put in, left out, replaced, or two neighbours swapped.`,
      ),
      list(
        html`<strong>Cosine is never below Jaccard.</strong> Both have what is shared above the line; below it Jaccard has everything that is in either, cosine the geometric mean of the lengths, which is less. A wrong letter costs Jaccard about twice what it costs cosine.`,
        html`<strong>Damerau–Levenshtein is the strict one.</strong> An anagram scores 1 with the other two. It alone minds order, so it alone tells a transcript from a pile of plausible letters. English sentences share most of their letters with one another, and so the first two start high and end high, while this one starts low: that is why the original saw the smallest values and the largest difference between its systems here.`,
        html`The original calls the two bags “unique words” and “word frequency vectors”; its program compared characters, and counted repeats. “Cosine” here is the library’s that it used, <code>textdistance</code>: it is not the cosine of the vectors of counts but Ochiai’s coefficient.`,
      ),
      anagram(),
      ...(example && evaluation ? worked(example, evaluation) : []),
    ],
  };
}

/** Two texts of the same letters. */
function anagram(): Html {
  const [a, b] = ['listen to the sound', 'the sound to listen'];
  const row = (x: string, y: string) => [
    html`“${x}”, “${y}”`,
    jaccardSimilarity(x, y).toFixed(3),
    cosineSimilarity(x, y).toFixed(3),
    editSimilarity(x, y).toFixed(3),
  ];
  return table({
    caption:
      'Constructed examples: the same letters in another order, two unrelated sentences, one letter missing.',
    source: 'computed by src/metrics/similarity.ts when this page was made',
    head: ['texts', 'Jaccard', 'cosine', 'Damerau–Levenshtein'],
    rows: [row(a, b), row(a, 'it rained all night'), row(a, 'listen to the soud')],
  });
}

/** A transcript with some errors but not lost, the shortest of those with the most different similarities. */
function instructive(clips: readonly ClipScore[]): ClipScore | undefined {
  // What ran out of room has no end mark, and would need other counts.
  const flawed = clips.filter(
    ({ edit, target, predicted }) =>
      edit > 0.5 && edit < 1 && edit === editSimilarity(framed(target), framed(predicted)),
  );
  return flawed.reduce<ClipScore | undefined>(
    (best, clip) => (best && best.jaccard - best.edit >= clip.jaccard - clip.edit ? best : clip),
    undefined,
  );
}

/** A text between its marks, as it is compared. */
const framed = (text: string) => `<${text}>`;

function worked({ target, predicted }: ClipScore, { systems }: SpeechEvaluation): Html[] {
  const [a, b] = [framed(target), framed(predicted)];
  const counts = (text: string) => {
    const all = new Map<string, number>();
    for (const symbol of text) all.set(symbol, (all.get(symbol) ?? 0) + 1);
    return all;
  };
  const [inA, inB] = [counts(a), counts(b)];
  const symbols = [...new Set([...inA.keys(), ...inB.keys()])].sort();
  const uneven = symbols.filter((symbol) => inA.get(symbol) !== inB.get(symbol));
  const sum = (pick: (x: number, y: number) => number) =>
    symbols.reduce((total, symbol) => total + pick(inA.get(symbol) ?? 0, inB.get(symbol) ?? 0), 0);
  const [shared, either, d] = [sum(Math.min), sum(Math.max), editDistance(a, b, 'restricted')];
  const name = systems.find(({ clips }) =>
    clips.some((clip) => clip.target === target && clip.predicted === predicted),
  )!.name;
  return [
    html`<h4>Worked out on a transcript of this run</h4>`,
    html`<dl class="transcript"><dt>said</dt><dd>${target}</dd><dt>written by the ${decoderNames[name as Decoder]}</dt><dd>${marked(target, predicted)}</dd></dl>`,
    uneven.length > 0
      ? table({
          caption: html`The symbols that do not occur equally often; all others, and the marks of start and end, are shared in full. Together ${formula(`∑"min" = ${shared}`)}, ${formula(`∑"max" = ${either}`)}, ${formula(`|a| = ${a.length}`)}, ${formula(`|b| = ${b.length}`)}.`,
          source: 'this run',
          head: ['symbol', 'in a, said', 'in b, written', 'min', 'max'],
          rows: uneven.map((symbol) => {
            const [x, y] = [inA.get(symbol) ?? 0, inB.get(symbol) ?? 0];
            return [symbol === ' ' ? 'space' : symbol, x, y, Math.min(x, y), Math.max(x, y)];
          }),
        })
      : paragraph('Both texts have the same symbols equally often; only their order differs.'),
    display(`"Jaccard" = ${shared}/${either} = ${jaccardSimilarity(a, b).toFixed(3)}`),
    display(`"cosine" = ${shared}/{√{${a.length} · ${b.length}}} = ${cosineSimilarity(a, b).toFixed(3)}`),
    display(
      `"Damerau–Levenshtein" = 1 − ${d}/${Math.max(a.length, b.length)} = ${editSimilarity(a, b).toFixed(3)}`,
    ),
  ];
}
