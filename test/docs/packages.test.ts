import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = resolve(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

test('docs/architecture.md says of every package why it is here', () => {
  const rows = read('docs/architecture.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|')[1]!);
  const named = rows.join(' ').split(/[ ,()]+/);
  for (const path of ['package.json', 'src/engine/package.json']) {
    const manifest = JSON.parse(read(path));
    const groups = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'];
    const packages = groups.flatMap((group) => Object.keys(manifest[group] ?? {}));
    // Types belong to what they describe, and the engine is ours.
    const strangers = packages.filter((name) => !name.startsWith('@types/') && name !== 'hw2-engine');
    assert.ok(strangers.length > 0);
    assert.equal(
      strangers.filter((name) => !named.includes(name)),
      [],
      path,
    );
  }
});

test('the page comes with the licences of the packages that are in its scripts', () => {
  const notices = read('dist/web/third-party-notices.txt');
  for (const name of ['@observablehq/plot', 'd3-shape', 'fflate', 'onnxruntime-web', 'pure-rand'])
    assert.match(notices, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+, `, 'm'));
  assert.match(notices, /Permission is hereby granted, free of charge/);
  assert.not.match(notices, /^typescript |^esbuild /m);
});

test.run();
