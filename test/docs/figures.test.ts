/**
 * The figures of models in README and docs are those of the records: tables and sentences are written anew from them, and have to
 * be there; and no figure of these pages stands outside of what was written anew.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FirstEpochs, RecordedSets, SpeechRecord } from '#hw2/report/findings/speech.js';
import { originalAccuracy, originalClips, originalSpeech, publishedAccuracy } from '#hw2/report/original.js';
import { mean } from '#hw2/statistics/estimates.js';
import { variants } from '#hw2/vision/network.js';
import { STAGES } from '../../scripts/asr-stages.js';
import type { GrowthRecord } from '../../scripts/growth-asr-models.js';
import {
  type ImageRecords,
  type PhantomResults,
  TRAINED,
  withImageTables,
} from '../../scripts/image-tables.js';
import type { CorpusRecord } from '../../scripts/measure-corpus.js';
import { withSpeechTables } from '../../scripts/speech-tables.js';
import { holds, modelsOf, read, record, unheld, unreleased } from './records.js';

const [readme, changelog, speech, images] = (await Promise.all(
  ['README.md', 'CHANGELOG.md', 'docs/speech.md', 'docs/images.md'].map(read),
)) as [string, string, string, string];

const three = (value: number) => value.toFixed(3);
const percent = (share: number) => (100 * share).toFixed(0);

type RecordedSet = RecordedSets['results'][0];
const asr = await record<
  RecordedSets & {
    otherSounds: { name: string; beam: number; sounds: Refused; speech: Refused }[];
  }
>('models/asr/results.json');
interface Refused {
  clips: number;
  refused: number;
}
const [beforeVoices, afterVoices] = (await Promise.all(
  ['before', 'after'].map((when) => record<RecordedSets>(`models/asr/earlier/${when}-voices.json`)),
)) as [RecordedSets, RecordedSets];

const SETS = {
  synthetic: /^synthetic: 52 sentences by/,
  genuine: /^genuine: LJ\S+ to LJ\S+$/,
  quietSynthetic: /^synthetic.*−20/,
  quietGenuine: /^genuine.*−20/,
  books: /two other books/,
  strangers: /^LibriSpeech/,
};
type SetName = keyof typeof SETS;
const setOf = (set: SetName, { results } = asr as RecordedSets) =>
  results.find((one) => SETS[set].test(one.set))!;
const scoreOf = ({ systems }: RecordedSet, name: string) =>
  systems.find((system) => system.name === name)!.score;
/** CER in whole percent. */
const rate = (set: SetName, name: string, sets = asr as RecordedSets) =>
  percent(scoreOf(setOf(set, sets), name).characterErrorRate);
const edit = (set: SetName, name: string) => scoreOf(setOf(set), name).edit.toFixed(2);
const greedy = ['lstm', 'attention'] as const;

test('README’s figures of speech are those of the record', () => {
  const { attention, lstm } = originalSpeech;
  for (const text of [
    `${edit('synthetic', 'attention')} on the synthetic sentences and ${edit('genuine', 'attention')} on genuine clips`,
    `has ${attention.edit.toFixed(2)}; the LSTM decoder ${edit('synthetic', 'lstm')} and ${edit('genuine', 'lstm')} (the report ${lstm.edit.toFixed(2)})`,
    `(CER ${rate('strangers', 'attention')} and ${rate('strangers', 'lstm')} %)`,
  ])
    holds(readme, text);
});

test('docs/speech.md has the tables of its records', async () => {
  const growth = await record<GrowthRecord>('models/asr/growth.json');
  assert.is(withSpeechTables(speech, { results: asr, growth }), speech);
});

test('docs/speech.md and README say what was heard in training as it was counted', async () => {
  const { folders } = await record<CorpusRecord>('models/asr/corpus.json');
  const of = (pattern: RegExp, what: 'clips' | 'hours') =>
    folders.filter(({ folder }) => pattern.test(folder)).reduce((sum, one) => sum + one[what], 0);
  const hours = (pattern: RegExp) => `${of(pattern, 'hours').toFixed(1)} h`;
  const prompts = `${of(/^reader/, 'clips').toLocaleString('en')} prompts`;
  for (const text of [
    `phrases of 30 to 97, the same voice: ${hours(/^slt/)} |`,
    `*clb*, *slt*, *bdl*: ${hours(/^rhvoice/)} |`,
    `parts joined: ${hours(/^lj/)} made of ${hours(/^lj\/train/)} |`,
    `cut at pauses: ${hours(/^libri/)}, ©`,
    `${prompts} of CMU Arctic, an American woman, CC0: ${hours(/^reader/)} |`,
    `there were ${of(/^lj\/train/, 'clips')} clips of this reader to learn from`,
  ])
    holds(speech, text);
  holds(readme, `${prompts} of one more`);
  const { folders: heard } = STAGES.find(({ name }) => name === 'voices')!;
  const anEpoch = heard.reduce((sum, name) => sum + folders.find(({ folder }) => folder === name)!.hours, 0);
  holds(speech, `for 22 epochs of ${anEpoch.toFixed(0)} hours`);
});

test('docs/speech.md says in sentences what the record says', () => {
  const beam = (name: string) => `${name}, beam 5`;
  const both = (set: SetName, suffix = '', sets = asr as RecordedSets) =>
    greedy.map((name) => rate(set, name + suffix, sets));
  const pair = (set: SetName) => `${rate(set, 'lstm')} % (LSTM) and ${rate(set, 'attention')} % (attention)`;
  const louder = (quiet: SetName, set: SetName) =>
    [...greedy, beam('attention')].map((name) =>
      (scoreOf(setOf(quiet), name).characterErrorRate / scoreOf(setOf(set), name).characterErrorRate).toFixed(
        2,
      ),
    );
  const [genuineLoudness, syntheticLoudness] = [
    louder('quietGenuine', 'genuine'),
    louder('quietSynthetic', 'synthetic'),
  ];
  for (const text of [
    `CER is ${pair('genuine')}, with a beam of 5 ${both('genuine', ', beam 5').join(' and ')} %`,
    `by the same reader CER is ${pair('books')}`,
    `it is ${both('strangers').join(' and ')} %, and ${rate('strangers', beam('attention'))} % with attention`,
    `On synthetic speech CER is ${pair('synthetic')}, with a beam of 5 ${both('synthetic', ', beam 5').join(' and ')} %`,
    `CER went from ${both('strangers', '', beforeVoices).join(' and ')} % to ${both('strangers', '', afterVoices).join(' and ')} % on LibriSpeech's readers, LSTM first, and from ${both('genuine', '', beforeVoices).join(' and ')} % to ${both('genuine', '', afterVoices).join(' and ')} % on the genuine clips`,
    `${genuineLoudness[0]} times as high (LSTM), ${genuineLoudness[1]} times (attention) and ${genuineLoudness[2]} times (attention, beam 5), on synthetic sentences ${syntheticLoudness[0]}, ${syntheticLoudness[1]} and ${syntheticLoudness[2]} times`,
    `after it CER was ${rate('genuine', 'attention', afterVoices)} and ${rate('books', 'attention', afterVoices)} % on the two sets of genuine clips that are one here, and ${rate('strangers', 'attention', afterVoices)} % on strangers`,
  ])
    holds(speech, text);
  for (const name of greedy)
    for (const metric of ['jaccard', 'cosine', 'edit'] as const)
      assert.ok(scoreOf(setOf('genuine'), name)[metric] > originalSpeech[name][metric]);
  const { lstm, attention } = originalSpeech;
  const three = (of: typeof lstm, last: string) => `${of.jaccard}, ${of.cosine}${last}${of.edit}`;
  holds(
    speech,
    `the report has ${three(lstm, ' and ')} for the LSTM decoder, ${three(attention, ' and ')} for the attention decoder`,
  );
});

test('docs/speech.md says what the last stage added as the records have it', async () => {
  const gains = await Promise.all(
    greedy.map(async (decoder) => {
      const { earlier, curve } = await record<SpeechRecord>(`models/asr/${decoder}/curve.json`);
      const best = (epochs: SpeechRecord['curve']) => epochs.reduce((a, b) => (b.edit > a.edit ? b : a));
      const [before, after] = [best(earlier!), best(curve)];
      return [
        three(after.edit - before.edit),
        three(before.loss - after.loss),
        after.trainingLoss.toFixed(2),
      ];
    }),
  );
  const [lstm, attention] = gains as [string[], string[]];
  const rows = asr.results.flatMap(({ set, systems }) =>
    systems.flatMap(({ name, score }) => {
      const before = afterVoices.results
        .find((one) => one.set === set)!
        .systems.find((one) => one.name === name)!;
      return /trained on|replaced/.test(name)
        ? []
        : [score.characterErrorRate < before.score.characterErrorRate];
    }),
  );
  const change = (set: SetName, name: string) => `${rate(set, name, afterVoices)} to ${rate(set, name)} %`;
  for (const text of [
    `${lstm[0]} of Damerau–Levenshtein similarity (LSTM) and ${attention[0]} (attention), and a loss lower by ${lstm[1]} and ${attention[1]}`,
    `lower in ${rows.filter((isLower) => isLower).length} of the ${rows.length} rows`,
    `(LSTM: ${change('synthetic', 'lstm')} on synthetic sentences; attention: ${change('genuine', 'attention')} on genuine clips)`,
    `(attention: ${change('books', 'attention')} on the other books, ${change('strangers', 'attention')} on LibriSpeech)`,
    `it ends at ${attention[2]} for attention`,
  ])
    holds(speech, text);
  const instead = (set: SetName, name: string) => [rate(set, name), rate(set, name, afterVoices)] as const;
  const [now, then] = instead('synthetic', 'lstm');
  holds(changelog, `CER ${now} instead of ${then} % with the LSTM`);
  const [genuineNow, genuineThen] = instead('genuine', 'attention');
  holds(changelog, `${genuineNow} instead of ${genuineThen} % with attention on genuine clips`);
  holds(
    changelog,
    `CER on genuine clips ${genuineThen} % (${rate('genuine', 'attention', beforeVoices)} before), of readers never heard ${rate('strangers', 'attention', afterVoices)} % (${rate('strangers', 'attention', beforeVoices)})`,
  );
});

test('docs/speech.md has how sure the recognizers are, and of what, as recorded', () => {
  const errors = asr.results.flatMap(({ systems }) =>
    systems.flatMap((system) =>
      system.name.includes('beam')
        ? []
        : [(system as typeof system & { calibrationError: number }).calibrationError],
    ),
  );
  const widest = setOf('genuine').systems.find(({ name }) => name === 'attention, beam 5')! as unknown as {
    calibrationError: number;
  };
  holds(
    speech,
    `the calibration error is ${Math.min(...errors).toFixed(2)} to ${Math.max(...errors).toFixed(2)} in every set where decoding is greedy, ${widest.calibrationError.toFixed(2)} on genuine clips with attention and a beam of 5`,
  );
  const [lstm, attention] = greedy.map(
    (name) => asr.otherSounds.find((one) => one.name === name && one.beam === 5)!,
  );
  holds(
    speech,
    `Of ${attention!.sounds.clips} sounds that nobody speaks in, noise and music, \`transcribe\` (attention, beam 5) tells ${attention!.sounds.refused} to be no speech, and of the ${attention!.speech.clips} genuine clips ${attention!.speech.refused}; the LSTM system ${lstm!.sounds.refused} of the sounds, and ${lstm!.speech.refused} of the clips`,
  );
});

test('docs/speech.md compares the systems as the record does', () => {
  const between = (set: SetName, ...of: string[]) =>
    setOf(set).comparisons.find((one) => one.of.join() === of.join())!.differences;
  const probability = (p: number) => `p = ${p.toFixed(p >= 0.1 ? 2 : p >= 0.001 ? 3 : 4)}`;
  const editOf = (set: SetName, ...of: string[]) => {
    const { difference, p } = between(set, ...of).find(({ title }) => title === 'Damerau–Levenshtein')!;
    return { by: three(Math.abs(difference)), p: probability(p) };
  };
  const points = (set: SetName, ...of: string[]) =>
    percent(Math.abs(between(set, ...of).find(({ title }) => title === 'CER')!.difference));
  const ahead = (set: SetName) => editOf(set, 'lstm', 'attention');
  const [synthetic, genuine, books, strangers] = (
    ['synthetic', 'genuine', 'books', 'strangers'] as const
  ).map(ahead);
  const beams = editOf('synthetic', 'lstm, beam 5', 'attention, beam 5');
  const replaced = ['attention', 'attention, softmax replaced by order 2'];
  const trained = ['attention, trained on with softmax', 'attention, trained on with order 2'];
  const cost = (set: SetName, of: string[]) =>
    `${editOf(set, ...of).by} of Damerau–Levenshtein similarity and ${points(set, ...of)} points of CER`;
  const cer = (set: SetName, name: string) => three(scoreOf(setOf(set), name).characterErrorRate);
  const epoch = (set: SetName) => `from ${cer(set, 'attention')} to ${cer(set, trained[0]!)}`;
  const [putIn, after] = [replaced, trained].map((of) => editOf('genuine', ...of));
  for (const text of [
    `ahead by ${synthetic!.by} of Damerau–Levenshtein similarity on synthetic sentences (${synthetic!.p}) and by ${genuine!.by} on the 20 genuine clips (${genuine!.p}); the differences of ${books!.by} on the two other books (${books!.p}) and ${strangers!.by} on LibriSpeech (${strangers!.p}) can be chance, and so can that of ${beams.by} with a beam of 5 on synthetic sentences (${beams.p})`,
    `costs ${cost('synthetic', replaced)} on synthetic sentences (${editOf('synthetic', ...replaced).p}), ${putIn!.by} and ${points('genuine', ...replaced)} points on genuine clips (${putIn!.p})`,
    `can be chance: ${editOf('synthetic', ...trained).by} and ${points('synthetic', ...trained)} points of CER (${editOf('synthetic', ...trained).p}); on genuine clips it is ${after!.by} and ${points('genuine', ...trained)} points (${after!.p})`,
    `takes CER with softmax ${epoch('synthetic')} on synthetic sentences and ${epoch('genuine')} on genuine clips`,
  ])
    holds(speech, text);
});

test('docs/speech.md has what attention about centroids costs', async () => {
  const { comparisons } = await record<{
    comparisons: { differences: { title: string; difference: number; p: number }[] }[];
  }>('docs/benchmarks/encoder-centroids.json');
  const found = (title: string) => comparisons[0]!.differences.find((one) => one.title === title)!;
  const [edit, errors] = [found('Damerau–Levenshtein'), found('CER')];
  holds(
    speech,
    `it costs ${three(-edit.difference)} and ${(100 * errors.difference).toFixed(1)} points on the synthetic sentences (p = ${three(edit.p)} and ${three(errors.p)};`,
  );
});

test('docs/speech.md has the first epochs as they were recorded', async () => {
  const { runs, clips } = await record<FirstEpochs>('models/asr/first-epochs.json');
  const loss = (decoder: string, epoch: number) =>
    three(mean(runs.filter((run) => run.decoder === decoder).map(({ curve }) => curve.at(epoch)!.loss)));
  const both = (epoch: number) => `${loss('lstm', epoch)} against ${loss('attention', epoch)} after the`;
  holds(speech, `on ${clips} genuine clips alone`);
  holds(speech, `${both(0)} first epoch, ${both(-1)} last of ${runs[0]!.curve.length}`);
  holds(speech, `has ${Math.round(originalClips / clips)} times as many clips`);
});

test('docs/speech.md says of the growth with hours what was recorded', async () => {
  const { runs, sets, heardHours } = await record<GrowthRecord>('models/asr/growth.json');
  const lost = (kind: RegExp, set: string) =>
    runs
      .filter((run) => kind.test(run.kind))
      .map(({ scores }) => runs[0]!.scores[set]!.loss - scores[set]!.loss);
  const strangers = (kind: RegExp) => lost(kind, 'LibriSpeech').map((by) => by.toFixed(2));
  const [half, one] = strangers(/^LibriSpeech/);
  const others = Math.max(...lost(/^RHVoice|^genuine/, 'LibriSpeech')).toFixed(2);
  const synthetic = runs.filter(({ kind }) => /^RHVoice/.test(kind));
  for (const text of [
    `hears ${heardHours} hours`,
    `${sets.genuine} genuine clips, ${sets.LibriSpeech} of LibriSpeech's readers who were kept out, ${sets.synthetic} synthetic phrases`,
    `lowers the loss on strangers by ${half}, an hour by ${one}; every other kind by ${others} at most. All together, with a fifth of each kind, lower it by ${strangers(/^all/)[0]}`,
    `(a loss of ${synthetic.map(({ scores }) => three(scores.genuine!.loss)).join(', ')} with 0.5, 1 and 3)`,
    `lower the loss on genuine clips most, by ${lost(/^genuine/, 'genuine')[0]!.toFixed(2)}`,
  ])
    holds(speech, text);
});

test('docs/images.md has the tables and the sentences of its records', async () => {
  const entries = Object.keys(TRAINED).map(async (folder) => {
    const networks = variants.map(async (name) => [name, await record(`models/${folder}/${name}.json`)]);
    return [folder, Object.fromEntries(await Promise.all(networks))];
  });
  const records: ImageRecords = Object.fromEntries(await Promise.all(entries));
  const results = await record<PhantomResults>('models/phantom/results.json');
  assert.is(withImageTables(images, records, results), images);

  const networks = Object.values(records).flatMap((of) => Object.values(of));
  assert.ok(networks.every(({ trust }) => trust.temperature === 1));
  const lower = networks.filter(({ trust: { before, after } }) => after.error < before.error).length;
  holds(
    images,
    `lower with ${lower} of the ${networks.length} temperatures and higher with ${networks.length - lower}`,
  );
  const refused = (folder: keyof ImageRecords, what: RegExp) =>
    records[folder].maxpool.trust.gate.find((one) => what.test(one.what))!;
  const passing = (what: RegExp) => {
    const { images: all, refused: some } = refused('pneumoniamnist', what);
    return all - some;
  };
  const rest = records.phantom.maxpool.trust.gate.filter(({ what }) => !/synthetic|real/.test(what));
  assert.ok(rest.length >= 4 && rest.every((one) => one.images === one.refused));
  const often = Math.max(...results.real[0]!.confusion.map((row) => row.reduce((a, b) => a + b)));
  for (const text of [
    `The gate of the phantoms' networks refuses ${refused('phantom', /^test.*synthetic/).refused} of 1,000 phantoms, ${refused('phantom', /real/).refused} of the 91 real images`,
    `that of PneumoniaMNIST ${refused('pneumoniamnist', /^test.*pneumonia/).refused} of its 624 test images, ${passing(/drawings/)} of the drawings pass it, and ${passing(/photographs/)} of the photographs`,
    `is right in ${often}, or ${(often / results.real[0]!.images).toFixed(3)}`,
    `MedMNIST v2 has ResNet-18 at ${publishedAccuracy.pneumoniamnist}, AUC 0.944`,
    `${originalAccuracy.maxpool.toFixed(4)} is 438 of 529, ${originalAccuracy.stride.toFixed(4)} is 431`,
  ])
    holds(images, text);
  const chosen = await record<Record<string, { augment: boolean; balance: boolean; learningRate: number }[]>>(
    'models/pneumoniamnist/selection.json',
  );
  for (const [first] of Object.values(chosen))
    holds(
      images,
      `\`--augment\` and \`--balance\` at a rate of ${first!.augment && first!.balance && first!.learningRate}, for both variants`,
    );
});

test('no figure of models stands in these pages that no record holds', () => {
  /** Chosen, published, given by a protocol, or a tolerance that tests hold. */
  const given = [
    ...[
      '95 %',
      '98 %',
      '15 % of the steps',
      'by up to 10 %',
      '0.0005 is the least',
      '8 % was the aim',
      '9.1 ms',
    ],
    ...['0.299 R + 0.587 G + 0.114 B', 'of which 0.66 is label smoothing', 'at 95 and 99 %', '0.03, 0.01'],
    ...['files over 50 MiB', '100 % is written as 120 %, not as 1.2e+2 %', '“100 %”', 'smaller than 300 kB'],
    ...[/\b1e-5\b/g, 'right to 2·10⁻⁶', /at a rate up to \de-4/g, /(Node|since|older than) \d+\.\d+/g],
  ];
  const left = [speech, images, modelsOf(readme), unreleased(changelog)].flatMap((page) =>
    unheld(page, given),
  );
  assert.equal(left, []);
});

test.run();
