import { Random } from '#hw2/statistics/random.js';
import { mutate } from './mutate.js';
import { readers } from './readers.js';

export interface Fuzzing {
  reader: string;
  inputs: number;
  seed: number;
  /** Of one input. */
  maxSeconds: number;
  /** By which the memory of the process may grow. */
  maxBytes: number;
}

export interface Outcome {
  /** Inputs that were read, and that were refused as they should be. */
  read: number;
  refused: number;
  slowestSeconds: number;
  grownBytes: number;
  /** What went wrong, and with which input. */
  failures: { index: number; reason: string; bytes: Uint8Array }[];
}

const MAX_FAILURES = 10;

/** Mutated file number `index` of a reader: the same for the same seed, however many there are. */
export function inputOf({ reader, seed }: Pick<Fuzzing, 'reader' | 'seed'>, index: number): Uint8Array {
  const { seeds, repair } = readers[reader]!;
  const random = new Random(seed, index);
  const bytes = mutate(seeds[random.integer(seeds.length)]!, random);
  return repair && random.integer(4) > 0 ? repair(bytes) : bytes;
}

/** What readers refuse files by. */
const REFUSALS = ['DataError', 'StateFileError', 'CacheFileError'];

/**
 * Reads mutated files. Each must be read, or refused by an error of one line that is meant for it, within the limits.
 *
 * @param onInput called before each
 */
export async function fuzz(fuzzing: Fuzzing, onInput: (index: number) => void = () => {}): Promise<Outcome> {
  const { reader, inputs, maxSeconds, maxBytes } = fuzzing;
  const outcome: Outcome = { read: 0, refused: 0, slowestSeconds: 0, grownBytes: 0, failures: [] };
  const before = highestMemory();
  for (let index = 0; index < inputs && outcome.failures.length < MAX_FAILURES; index++) {
    onInput(index);
    const bytes = inputOf(fuzzing, index);
    const fail = (reason: string) => outcome.failures.push({ index, reason, bytes });
    const start = performance.now();
    try {
      await readers[reader]!.read(bytes);
      outcome.read++;
    } catch (error) {
      const { name, message } = error as Error;
      if (REFUSALS.includes(name) && !/\p{Cc}/u.test(message)) outcome.refused++;
      else fail(`${name}: ${message}`);
    }
    const seconds = (performance.now() - start) / 1e3;
    outcome.slowestSeconds = Math.max(outcome.slowestSeconds, seconds);
    if (seconds > maxSeconds) fail(`it took ${seconds.toFixed(1)} s`);
    const grown = highestMemory() - before;
    if (grown > maxBytes && outcome.grownBytes <= maxBytes) fail(`memory grew by ${grown} bytes`);
    outcome.grownBytes = grown;
  }
  return outcome;
}

/** The most memory that the process ever had. */
function highestMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}
