/** The program of a computing process. */
import { chooseTier, createEngine, type Engine, enableTier } from 'hw2-engine';
import { answerQuestions } from '../processes/answer.js';
import type { Question } from './processes.js';
import { openStore } from './store/open-store.js';
import type { Store } from './store/store.js';
import { runTask, type TaskReport } from './tasks/run-task.js';

let engine: Promise<Engine> | undefined;
const stores = new Map<string, Promise<Store>>();

answerQuestions<Question, never, TaskReport>(async ({ store: url, task }) => {
  engine ??= start();
  if (!stores.has(url)) stores.set(url, openStore(url));
  return runTask(task, { store: await stores.get(url)!, engine: await engine });
});

/** One thread: there are as many processes as a person wants busy cores. */
function start(): Promise<Engine> {
  enableTier('relaxed');
  return createEngine({ tier: chooseTier(), threads: 1 });
}
