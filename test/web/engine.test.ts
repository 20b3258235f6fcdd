import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AttentionOptions, attention } from '#engine/attention/attention.js';
import type { Engine, EngineOptions } from '#engine/runtime/engine.js';
import { Random } from '#hw2/statistics/random.js';
import { sharedEngine, tiers } from '../tiers.js';
import { closeBrowser, testPage } from './browser.js';

const test = suite('the engine in a browser');
test.after(closeBrowser);

interface Case {
  L: number;
  D: number;
  options: AttentionOptions;
}

const cases: Case[] = [
  { L: 300, D: 64, options: {} },
  { L: 131, D: 37, options: { isCausal: true } },
  { L: 200, D: 16, options: { method: 'taylor', order: 2 } },
  { L: 97, D: 12, options: { method: 'taylor', order: 3, isCausal: true } },
];

/** Uniform, so that no function of the host's has a part in them. */
function tensorsOf({ L, D }: Case): number[][] {
  const random = new Random(L, D);
  return [1, 2, 3].map(() => Array.from({ length: L * D }, () => Math.fround(random.uniform(-2, 2))));
}

async function computeHere(engine: Engine, one: Case): Promise<number[]> {
  const { L, D, options } = one;
  const [q, k, v] = tensorsOf(one).map((data) => ({ data: Float32Array.from(data), dims: [1, 1, L, D] }));
  return Array.from((await attention(engine, { q: q!, k: k!, v: v! }, options)).output.data);
}

/** The same through the page's own files. */
function computeInPage(page: Page, engineOptions: EngineOptions, one: Case) {
  return page.evaluate(
    async ({ engineOptions, L, D, options, tensors }) => {
      const { createEngine, attention } = await import(new URL('js/hw2.js', document.baseURI).href);
      const engine = await createEngine(engineOptions);
      const [q, k, v] = tensors.map((data) => ({ data: Float32Array.from(data), dims: [1, 1, L, D] }));
      const { output } = await attention(engine, { q, k, v }, options);
      await engine.dispose();
      return { threads: engine.threads as number, output: Array.from(output.data as Float32Array) };
    },
    { engineOptions, ...one, tensors: tensorsOf(one) },
  );
}

for (const tier of tiers)
  for (const threads of [1, 2])
    testPage(test, `gives the bits that Node gives (${tier}, ${threads})`, async (page) => {
      const engine = await sharedEngine(tier, threads);
      for (const one of cases) {
        const there = await computeInPage(page, { tier, threads }, one);
        assert.is(there.threads, threads);
        assert.equal(there.output, await computeHere(engine, one));
      }
    });

test.run();
