/**
 * Sizes that the engine and its kernels each know for themselves, one in TypeScript and one in AssemblyScript: the kernels write
 * where the engine has taken memory. They are read from the sources, for what is no export of the kernels cannot be asked for.
 */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { partialBytes } from '#engine/attention/exact.js';
import { featureDim } from '#engine/attention/feature-map.js';
import { STORED_TYPES } from '#engine/attention/row-format.js';
import { headStateBytes } from '#engine/attention/taylor.js';

const sourceOf = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

function constant(file: string, name: string): number {
  const found = new RegExp(`const ${name}(: \\w+)? = (\\d+);`).exec(sourceOf(file));
  assert.ok(found, `${file}: ${name}`);
  return Number(found[2]);
}

/** A function of a kernel that is one expression of 32-bit integers, as JavaScript. */
function expression(file: string, name: string, parameters: string[], known: object = {}) {
  const found = new RegExp(`function ${name}\\(.*\\): \\w+ \\{ return (.*); \\}`).exec(sourceOf(file));
  assert.ok(found, `${file}: ${name}`);
  const body = found[1]!.replaceAll(/<\w+>(?=[\w(])/g, '');
  const compiled = new Function(...Object.keys(known), ...parameters, `return ${body};`);
  return (...values: unknown[]): number => compiled(...Object.values(known), ...values);
}

test('constants that both sides know are the same', () => {
  for (const [engine, name, kernel, other] of [
    ['attention/feature-map', 'FEATURE_BLOCK', 'features', 'FEATURES'],
    ['attention/exact', 'KEY_BLOCK', 'softmax', 'KEY_BLOCK'],
    ['attention/centroids', 'NEAR_TILE', 'expansion', 'NEAR_TILE'],
  ] as const)
    assert.is(constant(`src/engine/${engine}.ts`, name), constant(`assembly/${kernel}.ts`, other), name);
});

test('types of a cache have the numbers that the kernels know them by', () => {
  for (const [i, type] of STORED_TYPES.entries())
    assert.is(constant('assembly/params.ts', type.toUpperCase()), i, type);
});

test('the state of a head takes as many bytes as the kernels write', () => {
  const stateRow = expression('assembly/taylor.ts', 'stateRow', ['columns']);
  const stateSize = expression('assembly/taylor.ts', 'stateSize', ['params', 'columns'], { stateRow });
  for (const [headDim, valueDim, order] of [
    [1, 1, 1],
    [7, 13, 3],
    [64, 64, 2],
    [16, 100, 4],
  ] as const)
    assert.is(
      headStateBytes(headDim, valueDim, order),
      2 * stateSize({ features: featureDim(headDim, order) }, valueDim),
    );
});

test('what a part of the keys leaves of a row takes as many bytes as the kernels write', () => {
  const padded = expression('assembly/decode-part.ts', 'padded', ['dim']);
  const OUTPUTS = constant('assembly/decode-part.ts', 'OUTPUTS');
  const size = expression('assembly/decode-part.ts', 'partialSize', ['params'], { OUTPUTS, padded });
  for (const valueDim of [1, 7, 8, 9, 64, 100, 512]) assert.is(partialBytes(valueDim), size({ valueDim }));
});

test.run();
