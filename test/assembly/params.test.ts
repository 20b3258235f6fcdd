import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FIELDS, FLOATS } from '#engine/runtime/params.js';

/** The kernels read the parameters of a call by the offsets of a class; the engine writes them by a list of names. */
test('the fields that the engine writes are those of the class that the kernels read, in its order', () => {
  const source = readFileSync(new URL('../../../assembly/params.ts', import.meta.url), 'utf8');
  const body = source.slice(source.indexOf('export class Params {'), source.indexOf('\n}'));
  const fields = [...body.matchAll(/^ {2}(\w+): (i32|usize|f32);/gm)].map(([, name, type]) => ({
    name,
    type,
  }));
  assert.ok(fields.length > 40);
  assert.equal(
    fields.map(({ name }) => name),
    [...FIELDS],
  );
  for (const { name, type } of fields) assert.is(type === 'f32', FLOATS.has(name!), `${name}: ${type}`);
});

test.run();
