import { chooseTier, tierSupport } from 'hw2-engine';
import { formatCounted } from '#hw2/format/numbers.js';
import { catchDrops } from './drop.js';
import { element, elementOf, offerAgain } from './elements.js';
import { threadCounts } from './engine-choices.js';
import { startTabs } from './tabs.js';

/** Sections start when they are first looked at, and load what they need then. */
const SECTIONS: Record<string, () => Promise<{ start(): void | Promise<void> }>> = {
  attention: () => import('./explorer/explorer.js'),
  benchmark: () => import('./benchmark/benchmark.js'),
  images: () => import('./images/images.js'),
  speech: () => import('./speech/speech.js'),
};

/** Starts a section, or says why it cannot be, with a button to try again. */
async function open(id: string): Promise<void> {
  const panel = elementOf(id, HTMLElement);
  const content = panel.querySelector<HTMLElement>('.bench')!;
  try {
    await (await SECTIONS[id]!()).start();
    content.inert = false;
  } catch (error) {
    content.inert = true;
    const failure = element('p', { class: 'failure', role: 'alert' });
    offerAgain(failure, `This section cannot be loaded: ${(error as Error).message}`, () => {
      failure.remove();
      open(id);
    });
    panel.prepend(failure);
  }
}

const here = elementOf('here', HTMLElement);
if (typeof WebAssembly === 'object' && tierSupport().simd.available) {
  const threads = threadCounts().at(-1)!;
  here.textContent = `This browser: tier ${chooseTier()}, ${formatCounted(threads, 'thread')}${
    crossOriginIsolated ? '' : ', for its host does not send the headers COOP and COEP'
  }.`;
  const openSection = startTabs(elementOf('tabs', HTMLElement), open);
  const dropped = elementOf('dropped', HTMLElement);
  catchDrops(document.body, openSection, (text) => {
    dropped.textContent = text;
  });
} else {
  here.textContent = 'This browser has no WebAssembly SIMD: nothing of this page can run here.';
  elementOf('sections', HTMLElement).hidden = true;
}
