import type { Engine } from 'hw2-engine';
import type { Store } from '../store/store.js';
import type { TaskInput, TaskKind } from '../task.js';

/** What a task needs beside its input. */
export interface Resources {
  store: Store;
  engine: Engine;
}

/** The one object that a task makes. */
export interface Outcome {
  bytes: Uint8Array | string;
  warnings?: readonly string[];
}

/** What is computed for each kind of task. */
export type Tasks<Kinds extends TaskKind = TaskKind> = {
  [Kind in Kinds]: (input: Extract<TaskInput, { kind: Kind }>, resources: Resources) => Promise<Outcome>;
};
