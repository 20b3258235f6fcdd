import { resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createEngine, type Engine } from '#engine/runtime/engine.js';
import { readLjspeech } from '#hw2/data/ljspeech.js';
import { judge } from '#hw2/speech/comparison.js';
import type { System } from '#hw2/speech/model/recognizer.js';
import { openRecognizer, shippedFolder } from '#hw2/speech/models.js';

const SENTENCES = 12;
const test = suite<{ engine: Engine }>('the recognizers that come along');
test.before(async (context) => {
  context.engine = await createEngine();
});
test.after(({ engine }) => engine.dispose());

const clips = await readLjspeech(resolve(import.meta.dirname, '../../../models/asr-test'));
const systems: System[] = [
  { decoder: 'lstm' },
  { decoder: 'attention' },
  { decoder: 'attention', encoderAttention: 'taylor' },
];
for (const { decoder, encoderAttention } of systems) {
  const folder = shippedFolder(decoder, encoderAttention);
  test(`${folder.replace(/.*asr\W/, '')}: most of a few sentences is heard right, by our kernels the same`, async ({
    engine,
  }) => {
    const native = await openRecognizer(folder);
    const own = await openRecognizer(folder, { engine });
    assert.is(native.decoder, decoder);
    assert.is(native.encoderAttention, encoderAttention ?? 'exact');
    const few = clips.slice(0, SENTENCES);
    const expected = await judge(native, few, 1);
    assert.ok(expected.score.characterErrorRate < 0.25, `CER ${expected.score.characterErrorRate}`);
    const found = await judge(own, few, 1);
    assert.equal(
      found.clips.map(({ predicted }) => predicted),
      expected.clips.map(({ predicted }) => predicted),
    );
    assert.ok(Math.abs(found.score.loss - expected.score.loss) < 1e-4);
    await Promise.all([native.release(), own.release()]);
  });
}

test.run();
