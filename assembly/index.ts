/** What the engine may call. Every function but the last takes a Job (assembly/job.ts), filled in by src/engine. */
export { exact, exactScratch, exactTasks } from './exact';
export { exp2Array } from './exp';
export { LANES } from './tile';
