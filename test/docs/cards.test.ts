/** The cards of the models that come along are those that their records write, so that no figure of a card parts from its record. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SpeechRecord } from '#hw2/report/findings/speech.js';
import { recognizerCard, type TrainingRecord } from '#hw2/speech/card.js';
import { cardMarkdown, type curvesRecord, type ModelRecord } from '#hw2/vision/card.js';
import { withTrust } from '#hw2/vision/fit-trust.js';
import { variants } from '#hw2/vision/network.js';
import { sourcesSection } from '../../scripts/asr-sources.js';
import { TRAINED } from '../../scripts/image-tables.js';
import { read, record } from './records.js';

/** What a card alone has: names, and the command of a recognizer's training. */
const said = (card: string, before: RegExp) => new RegExp(`${before.source}(.*)`).exec(card)![1]!;

for (const name of ['lstm', 'attention', 'attention-taylor'])
  test(`the card of the recognizer ${name}`, async () => {
    const card = await read(`models/asr/${name}/README.md`);
    const { data, options, init, ...rest } = await record<SpeechRecord & Pick<TrainingRecord, 'calibration'>>(
      `models/asr/${name}/curve.json`,
    );
    const identity = { data, options, init } as TrainingRecord['identity'];
    const command = said(card, /Made by: /).replaceAll('`', '');
    assert.is(card, recognizerCard({ identity, command, ...rest }) + sourcesSection(data));
  });

for (const folder of Object.keys(TRAINED))
  for (const variant of variants)
    test(`the card of models/${folder}/${variant}`, async () => {
      const card = await read(`models/${folder}/${variant}.md`);
      const file = await record<ReturnType<typeof curvesRecord>>(`models/${folder}/${variant}.json`);
      const { data: origin, command, init, images, curves, test: results, trust, ...options } = file;
      const data = {
        origin,
        name: said(card, /^# \w+ on /),
        classNames: said(card, /Classes: /).split(', '),
      };
      const runs = curves.map(({ epochs, ...run }) => ({ ...run, progress: { curve: epochs } }));
      const written = { data, command, init, options, runs, images, test: results, trust };
      assert.is(card, withTrust(cardMarkdown(written as unknown as ModelRecord), variant, trust));
    });

test.run();
