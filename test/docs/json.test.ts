import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = resolve(import.meta.dirname, '../../..');

test('docs/file-formats.md names the format of every JSON document that a command prints', () => {
  const documented = readFileSync(join(ROOT, 'docs/file-formats.md'), 'utf8');
  const folder = join(ROOT, 'src/cli');
  const formats = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/printJson\(\s*'([\w-]+)'/g)])
    .map(([, format]) => `hw2-${format}`);
  assert.ok(formats.length > 15);
  assert.equal(
    formats.filter((format) => !documented.includes(`\`${format}\``)),
    [],
  );
});

test.run();
