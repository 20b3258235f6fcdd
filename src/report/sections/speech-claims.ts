import { lineChart, type Point } from '../../charts/lines.js';
import { formatPercent, formatProbability } from '../../format/numbers.js';
import { cosineSimilarity, editSimilarity, jaccardSimilarity } from '../../metrics/similarity.js';
import type { Judged } from '../../speech/comparison.js';
import { type Decoder, decoderNames, decoders } from '../../speech/model/recognizer.js';
import { mean } from '../../statistics/estimates.js';
import { isMissing } from '../findings/part.js';
import type { FirstEpochs, RecordedSets, SpeechEvaluation } from '../findings/speech.js';
import { originalClips } from '../original.js';
import { figure, picture, table } from '../page/blocks.js';
import { type Content, type Html, html } from '../page/html.js';

const MEASURES = { jaccard: jaccardSimilarity, cosine: cosineSimilarity, edit: editSimilarity };

/** What the original says about why the two differ: its sentence in our words, the measurement, the verdict. */
export function speechClaims(
  evaluation: SpeechEvaluation,
  genuine: RecordedSets['results'][0] | undefined,
  first: FirstEpochs | undefined,
): Html[] {
  return [
    html`<h4>The original’s reasons, tested</h4>`,
    table({
      caption: 'What the original gives as reasons, in our words, and what is known of it here; LSTM first.',
      source: html`this run${genuine ? '; genuine clips as above' : ''}${first ? html`; ${first.file}, written by ${first.command}` : ''}`,
      head: ['the original says', 'measured', 'verdict'],
      rows: [
        coherence(evaluation, genuine),
        beginning(first),
        ...(first?.runs.every(({ curve }) => curve.length > THIRD + 1) ? [descent(first)] : []),
        similarities(evaluation),
        gains(evaluation),
      ],
    }),
    ...(first && first.runs.length > 0 ? [curves(first)] : []),
  ];
}

type Row = [string, Content, string];

function coherence({ systems, clips, english }: SpeechEvaluation, genuine?: RecordedSets['results'][0]): Row {
  const claim = 'The LSTM writes words that are more coherent, each taken alone.';
  const rates = (of: readonly Pick<Judged, 'score'>[]) =>
    of
      .slice(0, 2)
      .map(({ score }) => score.wordErrorRate.toFixed(3))
      .join(' against ');
  const right = html`Word error rate: ${rates(systems)} on ${clips} synthetic sentences${genuine ? `, ${rates(genuine.systems)} on ${genuine.clips} genuine clips` : ''}.`;
  if (isMissing(english)) return [claim, right, `words were not looked up: ${english.reason}`];
  const share = ({ english: known, words }: { english: number; words: number }) =>
    words === 0 ? 'none' : `${formatPercent(known / words)} (${known} of ${words})`;
  const [lstm, attention] = english.written as [(typeof english.written)[0], (typeof english.written)[0]];
  const difference = lstm.english * attention.words - attention.english * lstm.words;
  const measured = html`Of the words written, ${share(lstm)} against ${share(attention)} are in a list of English words (SCOWL to size 60), right or wrong; of those said ${share(english.said)}. ${formatProbability(english.p)}, randomisation test over sentences. ${right}`;
  if (english.p >= 0.05) return [claim, measured, `these ${clips} sentences do not tell`];
  return [claim, measured, difference > 0 ? 'holds on these sentences' : 'does not hold on these sentences'];
}

/** The loss of every seed in an epoch, decoder by decoder. */
function lossesIn({ runs }: FirstEpochs, epoch: number): Record<Decoder, number[]> {
  const of = (decoder: Decoder) =>
    runs.filter((run) => run.decoder === decoder).flatMap(({ curve }) => curve[epoch]?.loss ?? []);
  return { lstm: of('lstm'), attention: of('attention') };
}

function beginning(first: FirstEpochs | undefined): Row {
  const claim = 'The LSTM begins with a lower loss, and attention overtakes it after the third epoch.';
  if (!first || first.runs.length === 0)
    return [
      claim,
      'The curves kept beside the recognizers are those of their last stage of training, which began with trained parameters.',
      'cannot be tested with what was kept',
    ];
  const epochs = Math.min(...first.runs.map(({ curve }) => curve.length));
  const means = Array.from({ length: epochs }, (_, epoch) => {
    const { lstm, attention } = lossesIn(first, epoch);
    return { lstm: mean(lstm), attention: mean(attention) };
  });
  const overtaken = means.findIndex(({ lstm, attention }) => attention < lstm);
  const seeds = new Set(first.runs.map(({ seed }) => seed)).size;
  const at = (epoch: number) =>
    decoders.map((decoder) => means[epoch]![decoder].toFixed(3)).join(' against ');
  const measured = `Trained from nothing with the original’s learning rate on ${first.clips} ${first.data}, mean of ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}: validation loss after the first epoch ${at(0)}, after the last, the ${epochs}th, ${at(epochs - 1)}. The original’s epochs have ${Math.round(originalClips / first.clips)} times as many clips.`;
  const low = decoders.map((decoder) => Math.max(...lossesIn(first, 0)[decoder]));
  const high = decoders.map((decoder) => Math.min(...lossesIn(first, 0)[decoder]));
  const isLower = low[0]! < high[1]!;
  const begins = isLower
    ? 'the LSTM’s loss is lower at first, with every seed'
    : means[0]!.lstm < means[0]!.attention
      ? 'the LSTM’s loss is lower at first in the mean, not with every seed'
      : 'the LSTM’s loss is not lower at first';
  const later =
    overtaken < 0
      ? `attention does not overtake it within ${epochs} epochs of this size`
      : `attention is lower after epoch ${overtaken + 1}`;
  return [claim, measured, `${begins}; ${later}`];
}

/** The epoch, counted from 0, from which the original sees attention fall. */
const THIRD = 2;

/** How the losses fall: by how much late, and how evenly. */
function descent({ runs }: FirstEpochs): Row {
  const of = (decoder: Decoder, measure: (losses: readonly number[]) => number) =>
    runs.filter((run) => run.decoder === decoder).map(({ curve }) => measure(curve.map(({ loss }) => loss)));
  const late = decoders.map((decoder) => of(decoder, (losses) => losses[THIRD]! - losses.at(-1)!));
  const uneven = decoders.map((decoder) =>
    of(decoder, (losses) => {
      const steps = losses.slice(1).map((loss, i) => losses[i]! - loss);
      return Math.max(...steps) / mean(steps);
    }),
  );
  const means = (values: readonly number[][], digits: number) =>
    values.map((own) => mean(own).toFixed(digits)).join(' against ');
  const isSteadier = Math.max(...uneven[0]!) < Math.min(...uneven[1]!);
  const faster = mean(late[1]!) > mean(late[0]!) ? 'attention' : 'the LSTM';
  const steadier = isSteadier
    ? 'the LSTM’s is steadier with every seed'
    : mean(uneven[0]!) < mean(uneven[1]!)
      ? 'the LSTM’s is steadier in the mean, not with every seed'
      : 'the LSTM’s is not steadier';
  return [
    'After the third epoch attention’s loss falls faster; the LSTM’s falls more steadily.',
    `The same runs: after the third epoch validation loss falls by another ${means(late, 3)}; the largest step of an epoch is ${means(uneven, 1)} times the mean one.`,
    `the loss of ${faster} falls faster; ${steadier}`,
  ];
}

const SIMILARITIES = ['jaccard', 'cosine', 'edit'] as const;

/** What each similarity gains over that of sentences that have nothing to do with each other. */
function gains({ systems, clips }: SpeechEvaluation): Row {
  const claim = 'Jaccard and cosine rise far above their baseline, Damerau–Levenshtein less.';
  const scored = systems.map(({ clips: own, score }) => {
    const unrelated = SIMILARITIES.map((metric) =>
      mean(
        own.map(({ target }, i) =>
          MEASURES[metric](`<${target}>`, `<${own[(i + 1) % own.length]!.predicted}>`),
        ),
      ),
    );
    return { unrelated, gained: SIMILARITIES.map((metric, i) => score[metric] - unrelated[i]!) };
  });
  const told = (values: readonly number[]) => values.map((value) => value.toFixed(3)).join(', ');
  const measured = html`Baseline: each sentence against what was written for the next one. Jaccard, cosine, Damerau–Levenshtein: ${scored
    .map(
      ({ unrelated, gained }, i) =>
        `${decoderNames[systems[i]!.name as Decoder]} from ${told(unrelated)} up by ${told(gained)}`,
    )
    .join('; ')}.`;
  const isLeast = scored.every(({ gained }) => gained[2]! < Math.min(gained[0]!, gained[1]!));
  return [
    claim,
    measured,
    isLeast
      ? `holds on these ${clips} sentences`
      : `does not hold on these ${clips} sentences: letters alone say little, so that order has most to gain`,
  ];
}

function similarities({ systems, clips }: SpeechEvaluation): Row {
  return [
    'Attention is ahead in all three similarities.',
    systems
      .map(
        ({ name, score }) =>
          `${decoderNames[name as Decoder]}: ${SIMILARITIES.map((metric) => score[metric].toFixed(3)).join(', ')}`,
      )
      .join('; '),
    SIMILARITIES.every((metric) => systems[1]!.score[metric] > systems[0]!.score[metric])
      ? `holds on these ${clips} sentences; above, whether it could be luck`
      : `does not hold on these ${clips} sentences`,
  ];
}

/** Both decoders from nothing: one line a decoder, with the lowest and the highest of the seeds as a band. */
function curves(first: FirstEpochs): Html {
  const epochs = Math.min(...first.runs.map(({ curve }) => curve.length));
  const points = decoders.flatMap((decoder) =>
    Array.from({ length: epochs }, (_, epoch): Point => {
      const losses = lossesIn(first, epoch)[decoder];
      return {
        ...{ series: decoderNames[decoder], x: epoch + 1, y: mean(losses) },
        ...{ low: Math.min(...losses), high: Math.max(...losses) },
      };
    }),
  );
  const chart = {
    ...{ title: 'From nothing', x: 'epoch', y: 'validation loss, nats a character', wholeX: true },
    band: ['lowest seed', 'highest seed'] as const,
    points,
  };
  return figure({
    caption: html`Both decoders from their first epoch on, trained from nothing on ${first.clips} ${first.data}, validated on ${first.validationClips} others; lines are means over seeds, bands their lowest and highest.`,
    source: html`${first.file}, written by ${first.command}`,
    alt: `Line chart of the validation loss over ${epochs} epochs of both decoders.`,
    pictures: [picture(chart, lineChart)],
  });
}
