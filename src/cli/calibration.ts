import { cpus } from 'node:os';
import { join } from 'node:path';
import { calibrate, type Engine, type Rates } from 'hw2-engine';
import { runtimeName } from '../bench/runtime.js';
import { dataFolder } from '../data/download.js';
import { readJson } from '../data/json-file.js';
import { writeWhole } from '../data/write.js';

/** Of as many runtimes, tiers and numbers of threads as anyone has. */
const MAX_BYTES = 1 * 2 ** 20;

/** How fast this machine computes each method: measured once for a runtime, tier and number of threads, then kept. */
export async function calibrated(engine: Engine): Promise<Rates> {
  const path = join(dataFolder(), 'calibration.json');
  const key = `${cpus()[0]?.model}, ${runtimeName()}, ${engine.tier}, ${engine.threads}`;
  // A file that is missing or damaged costs a measurement, and is written anew.
  const document = await readJson(path, MAX_BYTES).catch(() => undefined);
  const isTable = typeof document === 'object' && document !== null && !Array.isArray(document);
  const known = isTable ? (document as Record<string, Partial<Rates> | null>) : {};
  const { exact, taylor, centroids } = known[key] ?? {};
  if (isRate(exact) && isRate(taylor) && isRate(centroids)) return { exact, taylor, centroids };
  const fresh = await calibrate(engine);
  // A folder that cannot be written costs a measurement next time, and nothing else.
  await writeWhole(path, JSON.stringify({ ...known, [key]: fresh }, null, 2)).catch(() => {});
  return fresh;
}

function isRate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
