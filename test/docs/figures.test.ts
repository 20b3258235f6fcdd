/** The figures of models in README and docs are those of the records: each row is written anew from its record, and has to be there. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatCount, formatSigned } from '#hw2/format/numbers.js';
import type { FirstEpochs, RecordedSets } from '#hw2/report/findings/speech.js';
import { originalSpeech } from '#hw2/report/original.js';
import { mean } from '#hw2/statistics/estimates.js';
import type { TrustRecord } from '#hw2/vision/fit-trust.js';
import type { GrowthRecord } from '../../scripts/growth-asr-models.js';
import { holds, read, record } from './records.js';

const [readme, speech, images] = await Promise.all(
  ['README.md', 'docs/speech.md', 'docs/images.md'].map(read),
);

interface Interval {
  low: number;
  high: number;
}
const three = (value: number) => value.toFixed(3);
const within = (value: number, { low, high }: Interval) =>
  `${three(value)} (${three(low)} to ${three(high)})`;
const percent = (share: number) => (100 * share).toFixed(0);
type System = RecordedSets['results'][0]['systems'][0] & { calibrationError: number; realTimeFactor: number };
const asr = await record<RecordedSets>('models/asr/results.json');
const titleOf = (name: string) => name.replace('lstm', 'LSTM').replace(' by order 2', '');

test('README’s figures of speech are those of the record', () => {
  const edit = (set: RegExp, name: string) =>
    asr.results
      .find((one) => set.test(one.set))!
      .systems.find((system) => system.name === name)!
      .score.edit.toFixed(2);
  const { attention, lstm } = originalSpeech;
  holds(
    readme!,
    `${edit(/^synthetic/, 'attention')} on the synthetic sentences and ${edit(/^genuine/, 'attention')} on genuine clips`,
  );
  const strangers = asr.results.find(({ set }) => set.startsWith('LibriSpeech'))!;
  const [lstmRate, attentionRate] = ['lstm', 'attention'].map((name) =>
    percent(strangers.systems.find((system) => system.name === name)!.score.characterErrorRate),
  );
  holds(readme!, `(CER ${attentionRate} and ${lstmRate} %)`);
  holds(
    readme!,
    `has ${attention.edit.toFixed(2)}; the LSTM decoder ${edit(/^synthetic/, 'lstm')} and ${edit(/^genuine/, 'lstm')} (the report ${lstm.edit.toFixed(2)})`,
  );
});

/** Where docs/speech.md has the results of a set: under which sentence, or, in the table of other recordings, by which name. */
const placeOf: Record<string, string> = {
  'synthetic: 52 sentences by the voice of training': '52 **synthetic** sentences of the embedded set',
  'genuine: LJ002-0121 to LJ002-0140': '20 **genuine** clips, LJ002-0121 to LJ002-0140:',
  'genuine: LJ002-0121 to LJ002-0140 at −20 dB': 'genuine, the 20 clips above at −20 dB',
  'genuine: two other books, on which confidence was calibrated': 'genuine, 18 clips of two other books',
  'LibriSpeech: two women and two men who were kept out': 'LibriSpeech, 100 clips of four readers',
  'synthetic: 52 sentences at −20 dB': 'synthetic, the 52 sentences at −20 dB',
};

test('docs/speech.md has the rows of every set that was recorded, under the name of the set', () => {
  for (const { set, systems } of asr.results) {
    const place = placeOf[set]!;
    const ownTable = place.includes('**');
    const rows = (systems as System[]).map(
      ({ name, score, intervals, calibrationError, realTimeFactor }, i) => {
        const { jaccard, cosine, edit, characterErrorRate, wordErrorRate, loss } = score;
        const cer = within(characterErrorRate, intervals.characterErrorRate);
        const cells = ownTable
          ? [
              ...[within(jaccard, intervals.jaccard), within(cosine, intervals.cosine)],
              ...[within(edit, intervals.edit), cer],
              ...[wordErrorRate, loss, calibrationError, realTimeFactor].map(three),
            ]
          : [...[jaccard, cosine, edit].map(three), cer, ...[wordErrorRate, calibrationError].map(three)];
        const label = ownTable ? '' : `| ${i === 0 ? place : ''} `;
        return `${label}| ${[titleOf(name), ...cells].join(' | ')} |`;
      },
    );
    holds(ownTable ? speech!.slice(speech!.indexOf(place)).split('\n\n', 2)[1]! : speech!, rows.join('\n'));
  }
});

/** What docs/speech.md says of the results in sentences: of the list below the tables the item that begins so. */
function tells(beginning: string, numbers: readonly string[]): void {
  const item = speech!.split(/\n+- |\n\n/).find((text) => text.startsWith(beginning));
  assert.ok(item, `docs/speech.md has no item that begins with “${beginning}”`);
  for (const number of numbers)
    assert.match(
      item.replaceAll(/\s+/g, ' '),
      new RegExp(`(?<![\\d.])${number.replaceAll('.', '\\.')}(?!\\d)`),
      beginning,
    );
}

test('docs/speech.md says in sentences what the record says', () => {
  const setOf = (set: RegExp) => asr.results.find((one) => set.test(one.set))!;
  const [synthetic, genuine] = [setOf(/^synthetic: 52 sentences by/), setOf(/^genuine: LJ\S+ to LJ\S+$/)];
  const [quietSynthetic, quietGenuine] = [setOf(/^synthetic.*−20/), setOf(/^genuine.*−20/)];
  const [books, strangers] = [setOf(/two other books/), setOf(/^LibriSpeech/)];
  type RecordedSet = typeof synthetic;
  const greedyAndBeam = ['lstm', 'attention', 'attention, beam 5'];
  const rate = ({ systems }: RecordedSet, name: string) =>
    systems.find((system) => system.name === name)!.score.characterErrorRate;
  const rates = (set: RecordedSet, ...names: string[]) => names.map((name) => `${percent(rate(set, name))}`);
  const between = ({ comparisons }: RecordedSet, ...of: string[]) =>
    comparisons.find((one) => one.of.join() === of.join())!.differences;
  const edit = (set: RecordedSet, ...of: string[]) => {
    const { difference, p } = between(set, ...of).find(({ title }) => title === 'Damerau–Levenshtein')!;
    return [three(Math.abs(difference)), p.toFixed(p >= 0.1 ? 2 : p >= 0.001 ? 3 : 4)];
  };
  const cer = (set: RecordedSet, ...of: string[]) => {
    const { difference } = between(set, ...of).find(({ title }) => title === 'CER')!;
    return [percent(Math.abs(difference))];
  };

  tells('On genuine speech', [...rates(genuine, 'lstm', 'attention', 'lstm, beam 5', 'attention, beam 5')]);
  tells('Two other books', [...rates(books, 'lstm', 'attention'), ...rates(strangers, ...greedyAndBeam)]);
  tells('On synthetic speech', [
    ...rates(synthetic, 'attention', 'attention, beam 5', 'lstm', 'lstm, beam 5'),
  ]);
  tells(
    'Loudness',
    greedyAndBeam.flatMap((name) => [
      (rate(quietGenuine, name) / rate(genuine, name)).toFixed(2),
      (rate(quietSynthetic, name) / rate(synthetic, name)).toFixed(2),
    ]),
  );
  tells('LSTM against attention', [
    ...[synthetic, books, strangers, genuine].flatMap((set) => edit(set, 'lstm', 'attention')),
    ...edit(synthetic, 'lstm, beam 5', 'attention, beam 5'),
  ]);
  for (const set of [synthetic, genuine]) {
    const replaced = ['attention', 'attention, softmax replaced by order 2'];
    tells('Linear attention put in', [...edit(set, ...replaced), ...cer(set, ...replaced)]);
    const trained = ['attention, trained on with softmax', 'attention, trained on with order 2'];
    tells('After one epoch', [...edit(set, ...trained), ...cer(set, ...trained)]);
  }
});

test('docs/speech.md has what attention about centroids costs', async () => {
  const { comparisons } = await record<{
    comparisons: { differences: { title: string; difference: number; p: number }[] }[];
  }>('docs/benchmarks/encoder-centroids.json');
  const found = (title: string) => comparisons[0]!.differences.find((one) => one.title === title)!;
  const [edit, errors] = [found('Damerau–Levenshtein'), found('CER')];
  holds(
    speech!,
    `it costs ${three(-edit.difference)} and ${(100 * errors.difference).toFixed(1)} points on the synthetic sentences (p = ${three(edit.p)} and ${three(errors.p)};`,
  );
});

test('docs/speech.md has the first epochs as they were recorded', async () => {
  const { runs, clips } = await record<FirstEpochs>('models/asr/first-epochs.json');
  const loss = (decoder: string, epoch: number) =>
    three(mean(runs.filter((run) => run.decoder === decoder).map(({ curve }) => curve.at(epoch)!.loss)));
  holds(speech!, `on ${clips} genuine clips alone`);
  for (const epoch of [0, -1])
    holds(speech!, `${loss('lstm', epoch)} against ${loss('attention', epoch)} after the`);
});

test('docs/speech.md has the growth with hours of each kind as it was recorded', async () => {
  const { runs, sets, heardHours } = await record<GrowthRecord>('models/asr/growth.json');
  holds(speech!, `hears ${heardHours} hours`);
  holds(speech!, `${sets.genuine} genuine clips, ${sets.LibriSpeech} of LibriSpeech`);
  assert.ok(runs.length > 6);
  for (const { kind, hours, epochs, scores } of runs) {
    const cells = Object.values(scores).flatMap(({ loss, characterErrorRate }) => [loss, characterErrorRate]);
    holds(speech!, `| ${[kind, hours, epochs, ...cells.map(three)].join(' | ')} |`);
  }
});

test('docs/images.md has the rows of every record', async () => {
  interface Result {
    accuracy: number;
    interval: Interval;
    auc: number;
  }
  const tests = (folder: string) =>
    Promise.all(
      ['maxpool', 'stride'].map(
        async (variant) => (await record<{ test: Result }>(`models/${folder}/${variant}.json`)).test,
      ),
    );
  const { phantoms, real, mcnemar } = await record<{
    phantoms: Result[];
    real: Result[];
    mcnemar: { onlyFirst: number; onlySecond: number };
  }>('models/phantom/results.json');
  const row = (results: readonly Result[], withAuc = false) =>
    `| ${results.map(({ accuracy, interval, auc }) => `${within(accuracy, interval)}${withAuc ? `, AUC ${three(auc)}` : ''}`).join(' | ')} |`;
  for (const text of [
    row(phantoms),
    row(real),
    row(await tests('pneumoniamnist'), true),
    row(await tests('octmnist-sample')),
    row(await tests('octmnist-sample-finetuned')),
    `${mcnemar.onlyFirst} images are told right by pooling alone, ${mcnemar.onlySecond} by striding alone`,
  ])
    holds(images!, text);
});

test('docs/images.md has what speaks for and against every temperature, and says that none is taken', async () => {
  const trainedOn = {
    phantom: '97,477 phantoms',
    pneumoniamnist: 'PneumoniaMNIST',
    'octmnist-sample': '183 real OCT images',
    'octmnist-sample-finetuned': 'phantoms, then the 183',
  };
  for (const [folder, trainingSet] of Object.entries(trainedOn))
    for (const [variant, shrinks] of Object.entries({ maxpool: 'with pooling', stride: 'without' })) {
      const { trust } = await record<{ trust: TrustRecord }>(`models/${folder}/${variant}.json`);
      const { validationImages, temperature, fitted, gain, before, after } = trust;
      assert.is(temperature, 1);
      const [value, low, high] = [gain.value, gain.low, gain.high].map((x) => formatSigned(x, 4));
      holds(
        images!,
        `| ${trainingSet}, ${shrinks} | ${formatCount(validationImages)} | ${fitted.toFixed(2)} | ${value} (${low} to ${high}) | ${three(before.error)}, ${three(after.error)} |`,
      );
    }
});

test('docs/images.md has what each gate refuses as recorded', async () => {
  const gateOf = async (folder: string) => {
    const { trust } = await record<{ trust: TrustRecord }>(`models/${folder}/maxpool.json`);
    return (what: RegExp) => trust.gate.find((one) => what.test(one.what))!;
  };
  const [phantoms, chest, oct] = await Promise.all(
    ['phantom', 'pneumoniamnist', 'octmnist-sample-finetuned'].map(gateOf),
  );
  const alarms = oct!(/octmnist/);
  holds(
    images!,
    `| real OCT, the test images: false alarms | ${alarms.images} | ${alarms.refused} (${((100 * alarms.refused) / alarms.images).toFixed(1)} %) |`,
  );
  for (const what of [/synthetic/, /drawings/, /red discs/, /chest/, /photographs/]) {
    const { images: of, refused } = oct!(what);
    holds(images!, `| ${formatCount(of)} | ${formatCount(refused)} |`);
  }
  holds(
    images!,
    `The gate of the phantoms' networks refuses ${phantoms!(/^test.*synthetic/).refused} of 1,000 phantoms, ${phantoms!(/real/).refused} of the 91 real images`,
  );
  const [passing, photographs] = [chest!(/drawings/), chest!(/photographs/)];
  holds(
    images!,
    `that of PneumoniaMNIST ${chest!(/^test.*pneumonia/).refused} of its 624 test images, ${passing.images - passing.refused} of the drawings pass it, and ${photographs.images - photographs.refused} of the photographs`,
  );
});

test.run();
