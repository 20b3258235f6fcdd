import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isAsciiOnly, toAscii } from '#hw2/cli/ascii.js';

test('a terminal is taken for one of ASCII by its locale, or because it is dumb', () => {
  assert.ok(isAsciiOnly({ LANG: 'C' }));
  assert.ok(isAsciiOnly({ LANG: 'en_GB.UTF-8', LC_ALL: 'POSIX' }));
  assert.ok(isAsciiOnly({ TERM: 'dumb' }));
  assert.not.ok(isAsciiOnly({ TERM: 'dumb', LANG: 'C.UTF-8' }));
  assert.not.ok(isAsciiOnly({ TERM: 'xterm', LANG: 'de_DE.utf8' }));
  assert.not.ok(isAsciiOnly({}));
});

test('signs have their likes, others are question marks, and no two symbols of charts become one', () => {
  assert.is(toAscii('1.5× ± 2 µs – L² ≈ 3\n─── “σ” 😀'), '1.5x +- 2 us - L^2 ~ 3\n--- "sigma" ?');
  assert.is(new Set([...toAscii('●◆○▲□+×■△◇▼▽*')]).size, 13);
});

test.run();
