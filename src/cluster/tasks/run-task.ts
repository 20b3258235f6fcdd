import type { Task, TaskInput, TaskKind } from '../task.js';
import type { Outcome, Resources, Tasks } from './kinds.js';

/** What a task has to say; its result is in the store. */
export interface TaskReport {
  /** Its output was there: nothing was computed. */
  skipped: boolean;
  seconds: number;
  warnings: readonly string[];
}

/** The modules that compute tasks; each is loaded when it is needed, for a worker of attention needs no ONNX Runtime. */
const modules = {
  linear: () => import('./linear.js'),
  exact: () => import('./exact.js'),
  images: () => import('./images.js'),
  speech: () => import('./speech.js'),
  bench: () => import('./bench.js'),
};
const moduleOf: Record<TaskKind, keyof typeof modules> = {
  ...{ 'shard-mean': 'linear', 'mean-key': 'linear', state: 'linear', merge: 'linear' },
  ...{ query: 'linear', causal: 'linear', exact: 'exact', partial: 'exact', combine: 'exact' },
  ...{ 'train-cnn': 'images', 'eval-cnn': 'images', 'train-asr': 'speech', 'eval-asr': 'speech' },
  bench: 'bench',
};

/**
 * Runs a task unless its output is there, so that the effect is the same however often it runs.
 * @throws DataError naming the object that is missing or damaged
 */
export async function runTask(
  { input, output }: Pick<Task, 'input' | 'output'>,
  resources: Resources,
): Promise<TaskReport> {
  const start = performance.now();
  const report = (skipped: boolean, warnings: readonly string[] = []): TaskReport => ({
    skipped,
    seconds: (performance.now() - start) / 1e3,
    warnings,
  });
  if ((await resources.store.size(output)) !== undefined) return report(true);
  const { tasks } = await modules[moduleOf[input.kind]]();
  const compute = (tasks as Tasks)[input.kind] as (
    input: TaskInput,
    resources: Resources,
  ) => Promise<Outcome>;
  const { bytes, warnings } = await compute(input, resources);
  await resources.store.write(output, bytes);
  return report(false, warnings);
}
