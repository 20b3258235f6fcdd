import { SingleBar } from 'cli-progress';
import { formatProgress } from '../format/numbers.js';
import { clearStatus, isQuiet, status } from './output.js';

/** Shows how far long work is that knows its end. */
export interface Progress {
  /** @param rest what else there is to say, such as the speed */
  update(done: number, total: number, rest: string): void;
  stop(): void;
}

/** A bar on a terminal, plain lines elsewhere; see {@link status}. @param title what is being done */
export function startProgress(title: string): Progress {
  if (!process.stderr.isTTY || isQuiet()) {
    return {
      update: (done, total, rest) => status(`${title}: ${formatProgress(done, total)}, ${rest}`),
      stop: () => {},
    };
  }
  const bar = new SingleBar({
    format: `${title} {bar} {percentage} % | {rest}`,
    clearOnComplete: true,
    stopOnComplete: true,
    // A program that is killed cannot give these back.
    hideCursor: false,
    linewrap: true,
  });
  let isShown = false;
  return {
    update(done, total, rest) {
      if (!isShown) {
        clearStatus();
        bar.start(total, done, { rest });
      }
      isShown = true;
      bar.setTotal(total);
      bar.update(done, { rest });
    },
    stop: () => bar.stop(),
  };
}
