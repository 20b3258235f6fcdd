import { describe } from '../bench/formats.js';
import { OURS, titleOf } from '../bench/names.js';
import { entryOf, growthInLength, strongestPeer } from '../bench/summary.js';
import {
  formatCount,
  formatEstimate,
  formatPercent,
  formatProbability,
  formatSeconds,
} from '../format/numbers.js';
import { type Decoder, decoderNames } from '../speech/model/recognizer.js';
import { ratioEstimate } from '../statistics/estimates.js';
import { HEAD_DIM } from './findings/attention.js';
import type { ReportFindings } from './findings/findings.js';
import { isMissing, type Part } from './findings/part.js';
import { originalSpeech } from './original.js';
import { list, paragraph, remark, type Section } from './page/blocks.js';
import { type Content, type Html, html } from './page/html.js';
import { pageHtml } from './page/page.js';
import { attentionSection } from './sections/attention.js';
import { busyScatter, lengthRaces } from './sections/cost.js';
import { imagesSection } from './sections/images.js';
import { crossings } from './sections/native.js';
import { genuineOf, speechSection } from './sections/speech.js';

/** The findings as one HTML document that needs nothing beside itself. */
export function reportHtml(findings: ReportFindings): string {
  const { machine, attention, images, speech, quick, seconds, tier } = findings;
  const command = `hw2 report${quick ? ' --quick' : ''}`;
  const measured = `${command}, ${machine.date.slice(0, 10)}, ${machine.cpu}, Node ${machine.node.slice(1)}`;
  const sections = [
    section(attention, '1', 'Attention and its cost', (found) => attentionSection(found, measured)),
    section(images, '2', 'Telling images of the retina apart', imagesSection),
    section(speech, '3', 'Writing down speech', speechSection),
  ].flatMap((one) => one ?? []);
  return pageHtml({
    title: 'Attention, pooling and speech, measured again',
    lead: html`<p>Every answer of “Deep Learning - Homework 2” (Frederico Silva and Sebastião Carvalho, 2024), with its figures made anew by hw2 and set beside the original’s.</p>
<p>Measured by <code>${command}</code> in ${formatSeconds(seconds)} on ${describe(machine)}; kernels of the tier <code>${tier}</code>.${quick ? ' Without --quick it takes longer, and measures more lengths and rounds, and linear attention inside the recognizer on all sentences.' : ''}</p>`,
    summary: [list(...inShort(findings)), honesty()],
    sections,
    record: withoutArrays(findings),
    explores: attention !== undefined && !isMissing(attention),
    footer: paragraph(
      'Written by hw2. Figures come from measurements made when this page was written, or from the files that are named below them; nothing was typed in but what the original report and other publications say, which stands in columns of its own or is named as theirs. Formulas are set in a part of STIX Two Math, under the SIL Open Font License 1.1.',
    ),
  });
}

/** The section on a question, or why there is none; nothing where it was not asked. */
function section<T extends object>(
  part: Part<T> | undefined,
  number: string,
  title: string,
  make: (found: T) => Section,
): Section | undefined {
  if (!part) return undefined;
  if (!isMissing(part)) return make(part);
  return { number, title, body: [remark(`This part could not be made here: ${part.reason}`)] };
}

/** Findings as JSON holds them: matrices and predictions, number by number, are left out. */
export function withoutArrays(findings: ReportFindings): unknown {
  return JSON.parse(JSON.stringify(findings, (_, value) => (ArrayBuffer.isView(value) ? undefined : value)));
}

function honesty(): Html {
  return paragraph(
    'Images and speech are synthetic unless they are called real or genuine, the original’s were not: columns side by side show how far the same method goes on other data, not who did better.',
  );
}

/** What it comes to, each line where it was found. */
function inShort({ attention, images, speech }: ReportFindings): Content[] {
  const lines: Content[] = [];
  if (attention && !isMissing(attention)) {
    const races = lengthRaces(attention);
    const growth = growthInLength(races);
    const exponent = (name: string) => growth.find(({ contender }) => contender === name)?.exponent;
    const [exact, linear] = [exponent(OURS.exact), exponent(OURS.taylor)];
    const scatter = busyScatter(attention);
    if (exact && linear)
      lines.push(
        `The time of exact attention grows with L to the power ${formatEstimate(exact)}, that of linear attention with L to the power ${formatEstimate(linear)}, over L from ${formatCount(races[0]!.problem.L)} to ${formatCount(races.at(-1)!.problem.L)} at head dimension ${HEAD_DIM}${scatter ? `. The machine was busy: times scatter by ${scatter}, which dividing by the roof’s takes out in part` : ''}.`,
      );
    const crossed = crossings(attention).filter(({ isCausal, length }) => !isCausal && length !== undefined);
    if (crossed.length > 0)
      lines.push(
        `Linear attention of order 2 pays from ${crossed.map(({ D, length }) => `${formatCount(Math.round(length!))} tokens at head dimension ${D}`).join(', ')}.`,
      );
    const near = attention.tradeoffs[0]?.orders.find(({ order }) => order === 2);
    const sigmas = attention.tradeoffs[0]?.sigmas ?? [];
    if (near)
      lines.push(
        `Its output is off softmax’s by ${formatPercent(near.errors[0]!, 2)} where scores have a standard deviation of ${sigmas[0]}, by ${formatPercent(near.errors.at(-1)!, 0)} at ${sigmas.at(-1)}: it depends on the scores whether it is an approximation.`,
      );
    const longest = races.at(-1);
    for (const kind of ['exact', 'taylor'] as const) {
      const [ours, peer] = [longest && entryOf(longest, OURS[kind]), longest && strongestPeer(longest, kind)];
      if (ours && peer)
        lines.push(
          `WebAssembly runs ${titleOf(kind)} attention at ${formatEstimate(ratioEstimate(peer.seconds, ours.seconds))} times the speed of the fastest native contender, at ${formatCount(longest!.problem.L)} tokens.`,
        );
    }
  }
  if (images && !isMissing(images) && !isMissing(images.evaluation)) {
    const { models, test } = images.evaluation;
    lines.push(
      `On ${formatCount(models[0]!.result.images)} synthetic images of the retina, the network with max-pooling is right in ${formatPercent(models[0]!.result.accuracy)}, the one with strides in ${formatPercent(models[1]!.result.accuracy)} (McNemar’s test: ${formatProbability(test.p)}).`,
    );
  }
  if (speech && !isMissing(speech) && !isMissing(speech.evaluation))
    for (const { name, score } of speech.evaluation.systems)
      lines.push(
        `On ${speech.evaluation.clips} synthetic sentences, the ${decoderNames[name as Decoder]} reaches Jaccard ${score.jaccard.toFixed(3)}, cosine ${score.cosine.toFixed(3)}, Damerau–Levenshtein ${score.edit.toFixed(3)}, and gets ${formatPercent(score.characterErrorRate)} of the characters wrong.`,
      );
  const genuine = speech && !isMissing(speech) && genuineOf(speech.recorded);
  if (genuine)
    for (const { name, score } of genuine.systems.filter((system) => system.name in originalSpeech))
      lines.push(
        `On ${genuine.clips} genuine clips of LJSpeech, as recorded when it was trained, the ${decoderNames[name as Decoder]} reaches Jaccard ${score.jaccard.toFixed(3)}, cosine ${score.cosine.toFixed(3)}, Damerau–Levenshtein ${score.edit.toFixed(3)}; the original, trained on all of LJSpeech, ${(['jaccard', 'cosine', 'edit'] as const).map((metric) => originalSpeech[name as Decoder][metric].toFixed(3)).join(', ')}.`,
      );
  return lines;
}
