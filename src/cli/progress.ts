import { formatProgress } from '../format/numbers.js';
import { clearStatus, status } from './output.js';

/** Shows how far long work is that knows its end. */
export interface Progress {
  /** @param rest what else there is to say, such as the speed */
  update(done: number, total: number, rest: string): void;
  stop(): void;
}

/** A terminal is not written to more often: nobody reads faster. */
const SHOWN_MS = 100;
const BAR = 20;

/** The line of {@link status} with a bar. @param title what is being done */
export function startProgress(title: string): Progress {
  let next = 0;
  return {
    update(done, total, rest) {
      if (performance.now() < next) return;
      next = performance.now() + SHOWN_MS;
      const filled = Math.floor((BAR * done) / total);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
      status(`${title} ${bar} ${formatProgress(done, total)}, ${rest}`);
    },
    stop: clearStatus,
  };
}
