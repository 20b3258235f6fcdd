import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { folder, hw2 } from './run.js';

test('the report on images is one file, and its findings are JSON', () => {
  const path = join(folder, 'images.html');
  const { code, out, err } = hw2('report', '--questions', '2', '--out', path, '--json');
  assert.is(code, 0, err);
  const { images, attention } = JSON.parse(out);
  assert.is(attention, undefined);
  const [{ result }] = images.evaluation.models;
  assert.is(result.images, 1000);
  const page = readFileSync(path, 'utf8');
  assert.match(page, /^<!doctype html>/);
  assert.ok(page.includes(result.accuracy.toFixed(4)));
});

test('misuse ends with exit code 2 and writes nothing', () => {
  const path = join(folder, 'none.html');
  const empty = join(folder, 'no-recognizers');
  mkdirSync(empty);
  for (const args of [
    ['--questions', '4'],
    ['--recognizers', join(folder, 'no-such-folder')],
    // Found before the other questions are measured for minutes.
    ['--recognizers', empty],
  ]) {
    const { code, err } = hw2('report', '--out', path, ...args);
    assert.is(code, 2);
    assert.is(err.trim().split('\n').length, 1);
  }
  assert.not.ok(existsSync(path));
});

test.run();
