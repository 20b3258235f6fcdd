import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as recurrent from '#engine/recurrent/params.js';
import * as attention from '#engine/runtime/params.js';

const { RECURRENT_FIELDS, CAUSAL_CONV_FIELDS } = recurrent;
const BLOCKS = [
  { file: 'params', name: 'Params', ...attention },
  { file: 'recurrent-params', name: 'RecurrentParams', FIELDS: RECURRENT_FIELDS, FLOATS: recurrent.FLOATS },
  { file: 'causal-conv', name: 'CausalConvParams', FIELDS: CAUSAL_CONV_FIELDS, FLOATS: recurrent.FLOATS },
];

/** The kernels read the parameters of a call by the offsets of a class; the engine writes them by a list of names. */
for (const { file, name, FIELDS, FLOATS } of BLOCKS) {
  test(`the fields of ${name} that the engine writes are those that the kernels read, in their order`, () => {
    const source = readFileSync(new URL(`../../../assembly/${file}.ts`, import.meta.url), 'utf8');
    const body = source.slice(
      source.indexOf(`export class ${name} {`),
      source.indexOf('\n}', source.indexOf(`class ${name} {`)),
    );
    const fields = [...body.matchAll(/^ {2}(\w+): (i32|usize|f32);/gm)].map(([, field, type]) => ({
      name: field,
      type,
    }));
    assert.ok(fields.length > 10);
    assert.equal(
      fields.map((field) => field.name),
      [...FIELDS],
    );
    for (const field of fields)
      assert.is(field.type === 'f32', FLOATS.has(field.name!), `${field.name}: ${field.type}`);
  });
}

test.run();
