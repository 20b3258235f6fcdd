import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { melBank } from '#hw2/speech/mel-bank.js';

const bank = melBank(22_050, 400, 80);
const binHertz = 22_050 / 400;

test('every filter has a bin, none reaches outside the spectrum', () => {
  assert.is(bank.length, 80);
  for (const { start, weights } of bank) {
    assert.ok(start >= 0 && start + weights.length <= 201);
    assert.ok(weights.some((weight) => weight > 0));
    assert.ok(weights.every((weight) => weight >= 0));
  }
});

test('filters have unit area where they span many bins', () => {
  for (const { weights } of melBank(22_050, 40_000, 80)) {
    const area = weights.reduce((sum, weight) => sum + weight, 0) * (22_050 / 40_000);
    assert.ok(Math.abs(area - 1) < 1e-3, String(area));
  }
});

test('corners: Slaney’s scale is linear to 1,000 Hz and logarithmic above', () => {
  // 11,025 Hz is 15 + 27 ln(11.025)/ln(6.4) mel; the filters' corners divide it into 81.
  const top = 15 + (27 * Math.log(11.025)) / Math.log(6.4);
  const hertz = (mel: number) => (mel < 15 ? (mel * 200) / 3 : 1000 * 6.4 ** ((mel - 15) / 27));
  bank.forEach(({ start, weights }, i) => {
    const [low, high] = [hertz((top * i) / 81), hertz((top * (i + 2)) / 81)];
    assert.ok((start - 1) * binHertz < low && low <= start * binHertz, `filter ${i} begins at bin ${start}`);
    const last = start + weights.length - 1;
    // The highest corner is half the sample rate but for rounding, and its weight is zero.
    assert.ok(
      last * binHertz <= high * (1 + 1e-12) && high < (last + 1) * binHertz * (1 + 1e-12),
      `ends at ${last}`,
    );
  });
});

test.run();
