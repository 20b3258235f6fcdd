/**
 * Draws the pictures of the models in models/ anew from their records, and writes what their cards say of trust: for changes of how
 * charts look, without training. `npm run build && node build/scripts/redraw-models.js`, in the repository.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chartSvg } from '#hw2/charts/svg.js';
import { type Output, writeSet } from '#hw2/data/write.js';
import { cardCharts as recognizerCharts } from '#hw2/speech/charts.js';
import { decoders } from '#hw2/speech/model/recognizer.js';
import { type Curves, cardCharts } from '#hw2/vision/charts.js';
import { withTrust } from '#hw2/vision/fit-trust.js';
import { variants } from '#hw2/vision/network.js';
import { argumentsOf } from './given.js';
import { type ImageRecord, TRAINED } from './image-tables.js';

const RECOGNIZERS = [...decoders, 'attention-taylor'];

/** The files as their records have them. @param models the folder of all models */
export async function redrawn(models: string): Promise<Output[]> {
  const outputs: Output[] = [];
  for (const folder of Object.keys(TRAINED))
    for (const variant of variants) {
      const base = join(models, folder, variant);
      const card = await readFile(`${base}.md`, 'utf8');
      const { curves, trust }: ImageRecord & { curves: Curves } = JSON.parse(
        await readFile(`${base}.json`, 'utf8'),
      );
      const title = card.slice('# '.length, card.indexOf('\n'));
      outputs.push({ path: `${base}.md`, contents: withTrust(card, variant, trust) });
      for (const [name, chart] of Object.entries(cardCharts(title, variant, curves, trust)))
        outputs.push({ path: `${base}-${name}.svg`, contents: chartSvg(chart) });
    }
  for (const folder of RECOGNIZERS.map((name) => join(models, 'asr', name)).filter(existsSync)) {
    const { options, earlier = [], curve } = JSON.parse(await readFile(join(folder, 'curve.json'), 'utf8'));
    const charts = recognizerCharts(options, earlier, curve);
    for (const [name, chart] of Object.entries(charts))
      outputs.push({ path: join(folder, `${name}.svg`), contents: chartSvg(chart) });
  }
  return outputs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  argumentsOf('');
  await writeSet(await redrawn('models'));
}
