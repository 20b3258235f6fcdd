import { flatten, type Stage, type TaskKind } from '#hw2/cluster/task.js';

/** Simulates a run: whoever is free takes the next task that is ready, and a stage begins when the last one has ended. */
export function simulate(
  stages: readonly Stage[],
  workers: number,
  secondsOf: (kind: TaskKind) => number,
): { seconds: number; busy: number } {
  let now = 0;
  let work = 0;
  for (const stage of stages) {
    const tasks = flatten(stage);
    const ends = new Map<string, number>();
    const free = new Array<number>(workers).fill(now);
    for (const { output, input, children } of tasks) {
      const ready = Math.max(now, ...children.map((child) => ends.get(child.output)!));
      let worker = 0;
      for (let i = 1; i < workers; i++) if (free[i]! < free[worker]!) worker = i;
      const end = Math.max(free[worker]!, ready) + secondsOf(input.kind);
      work += secondsOf(input.kind);
      free[worker] = end;
      ends.set(output, end);
    }
    now = Math.max(...ends.values());
  }
  return { seconds: now, busy: work / (now * workers) };
}
