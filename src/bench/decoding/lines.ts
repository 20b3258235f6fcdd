import { formatPercent } from '../../format/numbers.js';
import { median } from '../../statistics/estimates.js';
import type { Line } from '../report.js';
import { OURS } from './hw2.js';
import { DECODING, EIGHT, ONE_HEAD, PROMPT } from './plan.js';
import { type Cache, describeCache, entryOf, findRace, shareOfReading, speedOverNative } from './summary.js';

/** What the scoreboard has of decoding. */
export const DECODING_LINES: readonly Line[] = [
  ...DECODING.map(speedLine),
  smallCacheLine('bfloat16'),
  smallCacheLine('int8'),
  {
    title: 'one token of linear attention, order 2, one head, D 64; share of a loop that reads its state',
    answer({ decoding }) {
      const race = findRace(decoding, ONE_HEAD, 1);
      const step = race && entryOf(race, OURS.state);
      if (!race || !step) return undefined;
      return `${(1e6 * median(step.seconds)).toPrecision(2)} µs, ${formatPercent(shareOfReading(race, step), 0)}`;
    },
  },
  {
    title: 'a step with a cache over attention to tensors, 4,096 keys, 8/8 heads, D 64: time',
    answer({ decoding }) {
      const race = findRace(decoding, { keys: 4096, ...EIGHT }, 1);
      return race && entryOf(race, OURS.step)?.ratio.value.toFixed(2);
    },
  },
  {
    title: 'float16 arrays over float32 arrays, exact, 8 heads, L 1,024, D 64, 1 and 2 threads: speed',
    answer({ decoding }) {
      return onBoth((threads) => {
        const race = findRace(decoding, PROMPT, threads);
        const halves = race && entryOf(race, OURS.halves);
        return halves && (1 / halves.ratio.value).toFixed(2);
      });
    },
  },
];

/** An answer on one thread and on two; nothing unless there are both. */
function onBoth(answer: (threads: number) => string | undefined): string | undefined {
  const answers = [1, 2].map(answer);
  return answers.every((one) => one !== undefined) ? answers.join(', ') : undefined;
}

/** One query a head, on one thread and on two. */
function speedLine(cache: Cache): Line {
  return {
    title: `decoding, ${describeCache(cache)}, 1 and 2 threads`,
    answer({ decoding }) {
      return onBoth((threads) => {
        const speed = speedOverNative(findRace(decoding, cache, threads));
        return speed === undefined ? undefined : `${speed.toFixed(2)}×`;
      });
    },
  };
}

function smallCacheLine(type: 'bfloat16' | 'int8'): Line {
  return {
    title: `cache of ${type} over float32, 16,384 keys, 8/8 heads, D 64: time, memory`,
    answer({ decoding }) {
      const race = findRace(decoding, { keys: 16384, ...EIGHT }, 1);
      const [ours, small] = [race && entryOf(race, OURS.tensors), race && entryOf(race, OURS[type])];
      if (!ours || !small) return undefined;
      return `${small.ratio.value.toFixed(2)}, ${(small.bytes / ours.bytes).toFixed(2)}`;
    },
  };
}
