export interface RoundOptions {
  /** At least so many rounds, and so many seconds of them. */
  rounds: number;
  seconds: number;
  /** Milliseconds of silence before each turn, for contenders whose idle threads keep spinning. */
  silence?: number;
  /** Milliseconds that each is warmed up for, and that a turn takes at least: a short run is repeated. */
  warmUp?: number;
  turn?: number;
  onRound?: (round: number) => void;
}

/** Long enough that the clock is not what is measured. */
const TURN_MS = 20;
const WARM_UP_MS = 200;

/**
 * Times runs by turns, A B C A B C …, so that what slows the machine for a while slows all of them. Before that each
 * is warmed up, as V8 compiles hot loops while they run.
 *
 * @returns seconds of one run, by run and round
 */
export async function timeByTurns(
  runs: readonly (() => Promise<void>)[],
  { rounds, seconds, silence = 0, warmUp = WARM_UP_MS, turn = TURN_MS, onRound = () => {} }: RoundOptions,
): Promise<number[][]> {
  const repeats: number[] = [];
  for (const run of runs) repeats.push(Math.max(1, Math.ceil(turn / (await timeWarm(run, warmUp)))));
  const times: number[][] = runs.map(() => []);
  const start = performance.now();
  for (let round = 0; round < rounds || performance.now() - start < 1e3 * seconds; round++) {
    onRound(round);
    for (const [i, run] of runs.entries()) {
      if (silence > 0) await new Promise((resolve) => setTimeout(resolve, silence));
      const begin = performance.now();
      for (let n = 0; n < repeats[i]!; n++) await run();
      times[i]!.push((performance.now() - begin) / 1e3 / repeats[i]!);
    }
  }
  return times;
}

/**
 * @returns milliseconds of the shortest run: on a busy machine any other one may have waited for its turn. Where the clock
 * did not move during it, as browsers let it move by 0.005 or 0.1 ms, it is the mean of all runs.
 */
async function timeWarm(run: () => Promise<void>, warmUp: number): Promise<number> {
  const start = performance.now();
  for (let shortest = Number.POSITIVE_INFINITY, runs = 1; ; runs++) {
    const begin = performance.now();
    await run();
    const end = performance.now();
    shortest = Math.min(shortest, end - begin);
    if (end - start > warmUp) return shortest > 0 ? shortest : (end - start) / runs;
  }
}
