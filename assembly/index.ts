/**
 * What the engine may call. Functions take their parameters as a block in memory, written by src/engine: RecurrentParams
 * for those of recurrent.ts, CausalConvParams for causal-conv.ts, Params for all others but exp2Array. Nearly all of the time
 * is spent in the products of tile.ts, whose loops are in tiles/; for few queries (decode), in those of rows.ts.
 */
export { causalConv, causalConvScratch } from './causal-conv';
export { assignKeys, assignScratch, assignTasks, clusterKeys, clusterScratch, clusterShape, clustersSize } from './clusters';
export { decode, decodeEach, decodeMerge, decodeParts, decodeScratch } from './decode';
export { exact, exactEach, exactScratch, exactTasks } from './exact';
export { exp2Array } from './exp';
export { expansion, expansionScratch, expansionTasks } from './expansion';
export { logits } from './logits';
export { meanKey } from './mean-key';
export { findNonFinite } from './non-finite';
export { recurrent, recurrentScratch } from './recurrent';
export { hashKeys } from './key-hashes';
export { spreadQueries } from './query-spreads';
export { read, roof, roofFlops, roofScratch } from './roof';
export { taylorQuery, taylorQueryTasks, taylorScratch } from './taylor';
export { taylorState } from './taylor-state';
export { taylorCausal, taylorCausalScratch } from './taylor-causal';
export { taylorStep, taylorStepScratch } from './taylor-step';
export { widen } from './widen';
