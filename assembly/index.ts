/** What the engine may call. Every function but exp2Array takes a Params (assembly/params.ts), written by src/engine/params.ts. */
export { decode, decodeMerge, decodePartials, decodeParts, decodeScratch } from './decode';
export { exact, exactScratch, exactTasks } from './exact';
export { exp2Array } from './exp';
export { logits } from './logits';
export { findNonFinite } from './non-finite';
export { roof, roofFlops, roofScratch } from './roof';
export {
  meanKey,
  taylorCausal,
  taylorCausalScratch,
  taylorQuery,
  taylorQueryTasks,
  taylorScratch,
  taylorState,
} from './taylor';
