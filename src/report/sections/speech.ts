import { type Dot, dotChart } from '../../charts/dots.js';
import { lineChart } from '../../charts/lines.js';
import { formatCount, formatPercent, formatProbability, formatSigned } from '../../format/numbers.js';
import { lossChart, similarityChart } from '../../speech/charts.js';
import { type Difference, type Judged, METRICS } from '../../speech/comparison.js';
import type { SetScore } from '../../speech/evaluation.js';
import { LABEL_SMOOTHING, leastLoss } from '../../speech/loss.js';
import { type Decoder, decoderNames } from '../../speech/model/recognizer.js';
import type { Interval } from '../../statistics/resampling.js';
import { isMissing } from '../findings/part.js';
import type {
  FirstEpochs,
  RecordedSets,
  SpeechEvaluation,
  SpeechFindings,
  SpeechRecord,
} from '../findings/speech.js';
import { originalClips, originalSpeech, secondRun } from '../original.js';
import { figure, paragraph, picture, remark, type Section, table } from '../page/blocks.js';
import { type Html, html } from '../page/html.js';
import { corpusInWords } from './corpus.js';
import { linearSection } from './linear-encoder.js';
import { listening } from './listening.js';
import { sourceOf } from './sentences.js';
import { similaritiesSection } from './similarities.js';
import { speechClaims } from './speech-claims.js';
import { differences } from './transcripts.js';

const EXAMPLES = 8;

/** Question 3: speech to text. */
export function speechSection({ records, recorded, first, evaluation }: SpeechFindings): Section {
  const judged = isMissing(evaluation) ? undefined : evaluation;
  return {
    number: '3',
    title: 'Writing down speech',
    body: [
      paragraph(
        'The task: a sentence is spoken, and its characters are to be written down. Two systems share an encoder, which turns the sound’s spectrogram into a sequence of vectors: two convolutions and two transformer blocks. They differ in the decoder, which writes one character after the other: one remembers what it has written in the state of an LSTM, the other looks back at it by attention. Both read the encoded sound by attention.',
      ),
      remark(
        html`The data are not the same. The original trained and tested on LJSpeech, 13,100 clips of a human reader. The recognizers of this page learned from far less, most of it <strong>synthetic</strong> speech (the sources below the curves say from what), and the test sentences that come with hw2 are synthetic: one voice without noise or slips, which is easier. Figures on genuine clips were recorded where the recognizers were trained (${recorded ? html`<code>${recorded.file}</code>` : 'here there is no such record'}); they alone compare with the original’s. <code>hw2 train-asr --data LJSpeech-1.1 …</code> trains on the original’s data where they are at hand.`,
      ),
      ...(isMissing(evaluation) ? [remark(`Missing here: ${evaluation.reason}`)] : [listening(evaluation)]),
    ],
    parts: [
      systemSection('3.1', 'lstm', records, judged, recorded),
      systemSection('3.2', 'attention', records, judged, recorded),
      ...(judged ? [comparisonSection(judged, recorded, first)] : []),
      similaritiesSection(judged),
      ...(judged ? [linearSection(judged)] : []),
    ],
  };
}

function systemSection(
  number: string,
  decoder: Decoder,
  records: SpeechFindings['records'],
  judged: SpeechEvaluation | undefined,
  recorded: RecordedSets | undefined,
): Section {
  const system = judged?.systems.find(({ name }) => name === decoder);
  return {
    number,
    title: `The system with the ${decoderNames[decoder]}`,
    body: [
      paragraph(
        decoder === 'lstm'
          ? 'An LSTM reads the characters written so far, one at a time, and keeps what matters in a state of fixed size. What it has not kept is gone.'
          : 'Self-attention looks back at all characters written so far, whenever one is needed. Nothing is lost, but each new character has to look at every one before.',
      ),
      ...records.filter((one) => one.decoder === decoder).flatMap(({ file, record }) => curves(file, record)),
      ...(system && judged ? [testTable(decoder, system, judged, recorded)] : []),
    ],
  };
}

function curves(file: string, { earlier = [], curve, data, init, options }: SpeechRecord): Html[] {
  const last = curve.at(-1)!;
  const epochs = [...earlier, ...curve];
  const stages =
    earlier.length > 0
      ? `epochs 1 to ${earlier.length} are those of the stage before, with whose best parameters epoch ${earlier.length + 1} began; `
      : init === undefined
        ? ''
        : 'this stage began with the parameters of an earlier one, whose epochs were not kept; ';
  const source = `${file}; ${stages}trained on ${corpusInWords(data)}`;
  return [
    figure({
      caption: `Loss by epoch: on the training clips as they were learned from, and on validation clips after the epoch. It is the original’s, cross-entropy with label smoothing ${LABEL_SMOOTHING}, which cannot fall below ${leastLoss().toFixed(2)}.${init === undefined ? '' : ' The first epoch shown is not the first of the training: earlier stages lie before it.'}${epochs.some(({ trainingLoss, loss }) => trainingLoss > loss) ? ` Where the training loss lies above that of validation, that is because it is the mean over an epoch in which the parameters still changed${options.augment ? ', and because training clips are varied in speed, noise and hidden bands, which validation clips are not' : ''}.` : ''}`,
      source,
      alt: `Line chart of the losses over ${epochs.length} epochs; training ends at ${last.trainingLoss.toFixed(3)}, validation at ${last.loss.toFixed(3)}.`,
      pictures: [picture(lossChart('Losses', epochs), lineChart)],
    }),
    figure({
      caption: 'The three similarities on validation clips after each epoch; 1 is a perfect transcript.',
      source,
      alt: `Line chart of the similarities over ${epochs.length} epochs; the last are cosine ${last.cosine.toFixed(3)}, Jaccard ${last.jaccard.toFixed(3)}, Damerau–Levenshtein ${last.edit.toFixed(3)}.`,
      pictures: [picture(similarityChart('Similarities', epochs), lineChart)],
    }),
  ];
}

const original = (decoder: Decoder, metric: keyof SetScore): string =>
  metric in originalSpeech[decoder]
    ? originalSpeech[decoder][metric as 'loss' | 'jaccard' | 'cosine' | 'edit'].toFixed(3)
    : '';

/** The clips of the original's reader that no training heard, as they were recorded. */
export function genuineOf(recorded: RecordedSets | undefined) {
  return recorded?.results.find(({ set }) => set.startsWith('genuine'));
}

const bracketed = (value: number, { low, high }: Interval) =>
  `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;

function testTable(
  decoder: Decoder,
  system: Judged,
  evaluation: SpeechEvaluation,
  recorded: RecordedSets | undefined,
): Html {
  const genuine = genuineOf(recorded);
  const onGenuine = genuine?.systems.find(({ name }) => name === decoder);
  return table({
    caption: html`On test sentences that no training text holds, decoded greedily; brackets are 95 % intervals. CER and WER are the field’s own measures, character and word error rate: lower is better.${genuine ? ` The genuine clips (${genuine.set.replace(/^genuine: /, '')}) are of the original’s reader, with whom most of the training had nothing to do; the original trained on ${formatCount(originalClips)} clips of hers.` : ''} The original’s data were LJSpeech.`,
    source: html`${sourceOf(evaluation)}${onGenuine ? `; genuine clips: ${recorded!.file}, ${recorded!.date}` : ''}`,
    head: [
      '',
      `${evaluation.clips} synthetic sentences`,
      ...(onGenuine ? [`${genuine!.clips} genuine clips`] : []),
      'original report, LJSpeech',
    ],
    rows: [
      ...METRICS.map(({ title, metric }) => [
        title,
        bracketed(system.score[metric], system.intervals[metric]),
        ...(onGenuine ? [bracketed(onGenuine.score[metric], onGenuine.intervals[metric])] : []),
        original(decoder, metric),
      ]),
      [
        'seconds of work on a second of sound',
        system.realTimeFactor.toFixed(3),
        ...(onGenuine ? [''] : []),
        '',
      ],
    ],
  });
}

function comparisonSection(
  evaluation: SpeechEvaluation,
  recorded: RecordedSets | undefined,
  first: FirstEpochs | undefined,
): Section {
  const { systems, comparison, clips } = evaluation;
  const source = sourceOf(evaluation);
  const genuine = genuineOf(recorded);
  const onGenuine = genuine?.comparisons.find(
    ({ of: [first, second] }) => first === 'lstm' && second === 'attention',
  );
  const dots = METRICS.filter(({ metric }) => metric !== 'loss').flatMap(({ title, metric }) =>
    systems.map(
      ({ name, score, intervals }): Dot => ({
        ...{ row: title, series: decoderNames[name as Decoder], x: score[metric] },
        ...intervals[metric],
      }),
    ),
  );
  return {
    number: '3.3',
    title: 'LSTM against attention',
    body: [
      paragraph(
        'The original compares the two by their curves and by reading transcripts. Here the question is asked of every sentence: which of the two wrote it down better, and could the difference be luck? For that, each sentence’s pair of scores is swapped or not by the toss of a coin, two thousand times; p is the share of tosses that leave a difference as large as the one found (Fisher’s randomisation test).',
      ),
      figure({
        caption:
          'Both systems on the same sentences, with 95 % intervals. For the similarities higher is better, for the error rates lower.',
        source,
        alt: dots.map(({ row, series, x }) => `${row}, ${series}: ${x.toFixed(3)}`).join('; '),
        pictures: [picture({ x: 'score', dots, title: 'LSTM against attention' }, dotChart)],
      }),
      table({
        caption: `The attention decoder’s score minus the LSTM decoder’s, mean over the clips, and in brackets whether that could be luck.`,
        source: html`${source}${onGenuine ? `; genuine clips: ${recorded!.file}, ${recorded!.date}` : ''}`,
        head: [
          '',
          `${clips} synthetic sentences`,
          ...(onGenuine ? [`${genuine!.clips} genuine clips`] : []),
          'original report, LJSpeech',
        ],
        rows: comparison.map(({ title, difference, p }, i) => [
          title,
          chance({ difference, p }),
          ...(onGenuine ? [chance(onGenuine.differences[i]!)] : []),
          originalDifference(METRICS[i]!.metric),
        ]),
      }),
      paragraph(
        verdict(comparison, `${clips} synthetic sentences`),
        ...(onGenuine ? [' ', verdict(onGenuine.differences, `${genuine!.clips} genuine clips`)] : []),
        ' The original found attention ahead in all three similarities.',
      ),
      paragraph(luck()),
      ...(recorded ? [otherVoices(recorded)] : []),
      ...speechClaims(evaluation, genuine, first),
      html`<h4>What was said, what was written</h4>`,
      paragraph(
        'The first sentences. Marked is what was not said; a dot stands for a character that is missing.',
      ),
      differences(systems, EXAMPLES, (name) => decoderNames[name as Decoder]),
    ],
  };
}

const chance = ({ difference, p }: Pick<Difference, 'difference' | 'p'>) =>
  `${formatSigned(difference)} (${formatProbability(p)})`;

/** Every set that was recorded: how the recognizers do on what they were not made for. */
function otherVoices({ file, date, results }: RecordedSets): Html {
  const strangers = results.find(({ set }) => set.startsWith('LibriSpeech'));
  const rates = (strangers?.systems ?? [])
    .filter(({ name }) => name in originalSpeech)
    .map(({ score }) => score.characterErrorRate);
  const told =
    rates.length > 0
      ? ` They know the voices that they were trained on best: of readers whom they never heard they get ${formatPercent(Math.min(...rates), 0)} to ${formatPercent(Math.max(...rates), 0)} of the characters wrong.`
      : '';
  return table({
    caption: `All sets that the recognizers were judged on, decoded greedily, with 95 % intervals.${told}`,
    source: `${file}, ${date}`,
    head: ['set', 'clips', 'system', 'Damerau–Levenshtein', 'CER'],
    rows: results.flatMap(({ set, clips, systems }) =>
      systems
        .filter(({ name }) => name in originalSpeech)
        .map(({ name, score, intervals }) => [
          set,
          clips,
          decoderNames[name as Decoder],
          bracketed(score.edit, intervals.edit),
          bracketed(score.characterErrorRate, intervals.characterErrorRate),
        ]),
    ),
  });
}

function originalDifference(metric: keyof SetScore): string {
  const [lstm, attention] = [original('lstm', metric), original('attention', metric)];
  return lstm === '' ? '' : formatSigned(Number(attention) - Number(lstm));
}

/** How far two published runs of the original's code are apart. */
function luck(): string {
  const apart = Object.entries(originalSpeech).flatMap(([decoder, scores]) =>
    Object.entries(scores).map(([metric, score]) =>
      Math.abs(score - secondRun[decoder as Decoder][metric as keyof typeof scores]),
    ),
  );
  return `Another run of the original’s code was published; its figures differ from these by up to ${Math.max(...apart).toFixed(3)}. Training anew moves a system that much by chance, which no test on one pair of models can see.`;
}

/** Which decoder is better on a sample, which it names. */
export function verdict(differences: readonly Difference[], sample: string): string {
  const edit = differences[METRICS.findIndex(({ metric }) => metric === 'edit')]!;
  const measured = `${formatSigned(edit.difference)}, ${formatProbability(edit.p)}`;
  if (edit.p >= 0.05)
    return `On ${sample}, Damerau–Levenshtein, the similarity that minds order, does not tell which decoder is better (${measured}): a smaller difference than so few clips can show is not excluded.`;
  return `On ${sample} the ${edit.difference > 0 ? 'attention' : 'LSTM'} decoder is better by Damerau–Levenshtein, the similarity that minds order (${measured}).`;
}
