import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { calibrate, type Engine, type Rates } from 'hw2-engine';
import { dataFolder } from '../data/download.js';
import { writeWhole } from '../data/write.js';

/** How fast this machine computes each method: measured once for a runtime, tier and number of threads, then kept. */
export async function calibrated(engine: Engine): Promise<Rates> {
  const path = join(dataFolder(), 'calibration.json');
  const key = `${cpus()[0]?.model}, node ${process.version}, ${engine.tier}, ${engine.threads}`;
  const known: Record<string, Rates> = await readFile(path, 'utf8')
    .then(JSON.parse)
    .catch(() => ({}));
  const rates = known[key];
  if (rates && rates.exact > 0 && rates.taylor > 0) return rates;
  const fresh = await calibrate(engine);
  // A folder that cannot be written costs a measurement next time, and nothing else.
  await writeWhole(path, JSON.stringify({ ...known, [key]: fresh }, null, 2)).catch(() => {});
  return fresh;
}
