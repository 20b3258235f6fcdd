import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SHAPES, tilesSource } from '../../scripts/generate-tiles.js';

const test = suite('generate-tiles');

for (const tier of Object.keys(SHAPES)) {
  test(`assembly/tiles/${tier}.ts is what the generator writes`, () => {
    const file = readFileSync(new URL(`../../../assembly/tiles/${tier}.ts`, import.meta.url), 'utf8');
    assert.is(file, tilesSource(tier));
  });
}

test('an unknown tier is refused by name', () => {
  assert.throws(() => tilesSource('avx'), 'tier: given "avx", expected one of simd, relaxed, wide');
});

test.run();
