/**
 * A run is a list of stages, a stage a list of task trees. A task begins when its children have ended, a stage when
 * the one before has. All of it is plain data: it is written into queues and compared in tests.
 */
import type { Plan } from '../bench/plan.js';
import type { Split } from '../data/image-set.js';
import type { Experiment } from '../speech/experiment.js';
import type { TrainingOptions } from '../vision/training.js';

/** What a task computes: a pure function from the objects that its input names to one object. */
export interface Task {
  /**
   * Stable within a run, so that a run that is given again finds what it has. Letters, digits and hyphens, and not
   * digits alone: queues build keys from it.
   */
  name: string;
  /** What it computes and from what: see tasks/. Names are those of the store. */
  input: TaskInput;
  /** The name of its one output in the store. A task whose output is there has ended. */
  output: string;
  children: Task[];
}

export type Stage = Task[];

/** Inputs by kind; `shards` is the folder of a manifest, shards are numbers in it, other texts are names in the store. */
export type TaskInput =
  | { kind: 'shard-mean'; shards: string; shard: number }
  | { kind: 'mean-key'; means: { name: string; tokens: number }[] }
  | {
      kind: 'state';
      shards: string;
      shard: number;
      order: number;
      meanKey?: string;
      /** Keys are added as causal attention adds them, so that shards begin from what one call would have there. */
      isCausal: boolean;
    }
  | { kind: 'merge'; states: string[] }
  | { kind: 'query'; shards: string; shard: number; state: string; keepOutput: boolean }
  | {
      kind: 'causal';
      shards: string;
      shard: number;
      order: number;
      /** States that together hold all keys before the shard. */
      before: string[];
      keepOutput: boolean;
    }
  | {
      kind: 'exact';
      shards: string;
      queries: number;
      keys: number[];
      isCausal: boolean;
      keepOutput: boolean;
    }
  | { kind: 'partial'; shards: string; queries: number; keys: number[]; isCausal: boolean }
  | { kind: 'combine'; partials: string[]; keepOutput: boolean }
  | { kind: 'train-cnn'; data: string; options: TrainingOptions; init?: string; checkpoint: string }
  | {
      kind: 'eval-cnn';
      model: string;
      data: string;
      split: Split;
      protocol: 'report' | 'medmnist';
      first: number;
      end: number;
    }
  | { kind: 'train-asr'; experiment: Experiment; checkpoint: string }
  | { kind: 'eval-asr'; model: string; data: string; beam: number; first: number; end: number }
  | { kind: 'bench'; plan: Plan };

export type TaskKind = TaskInput['kind'];

/** The tasks of a tree or of several, children before their parents. */
export function flatten(tasks: readonly Task[]): Task[] {
  return tasks.flatMap((task) => [...flatten(task.children), task]);
}
