import { chooseTier, tierSupport } from 'hw2-engine';
import { elementOf } from './elements.js';
import { threadCounts } from './engine-choices.js';
import { startTabs } from './tabs.js';

/** Sections start when they are first looked at, and load what they need then. */
const SECTIONS: Record<string, () => Promise<{ start(): void }>> = {
  attention: () => import('./explorer/explorer.js'),
  benchmark: () => import('./benchmark/benchmark.js'),
  images: () => import('./images/images.js'),
  speech: () => import('./speech/speech.js'),
};

const here = elementOf('here', HTMLElement);
if (tierSupport().simd.available) {
  const threads = threadCounts().at(-1)!;
  here.textContent = `This browser: tier ${chooseTier()}, ${threads} ${threads === 1 ? 'thread' : 'threads'}${
    crossOriginIsolated ? '' : ', for its host does not send the headers COOP and COEP'
  }.`;
  startTabs(elementOf('tabs', HTMLElement), async (id) => {
    try {
      (await SECTIONS[id]!()).start();
    } catch (error) {
      here.textContent = `This section cannot be loaded: ${(error as Error).message}`;
    }
  });
} else {
  here.textContent = 'This browser has no WebAssembly SIMD: nothing of this page can run here.';
}
