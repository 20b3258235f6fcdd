export { type AttentionOptions, type AttentionResult, attention } from './attention/attention.js';
export { calibrate, type Rates } from './attention/choose.js';
export type { Method } from './attention/compute.js';
export { EngineTensor } from './attention/engine-tensor.js';
export {
  crossoverLength,
  exactFlops,
  featureDim,
  featureMap,
  monomials,
  monomialWeight,
  outputErrorBound,
  stateBytes,
  taylorFlops,
  weightErrorBound,
} from './attention/feature-map.js';
export type { AttentionAttributes, AttentionInputs } from './attention/shapes.js';
export { createState, type LinearAttentionState, loadState, type StateOptions } from './attention/state.js';
export { StateFileError } from './attention/state-file.js';
export type { Float32Tensor, Tensor } from './attention/tensor.js';
export { createEngine, type Engine, type EngineOptions } from './engine/engine.js';
export { formatBytes, MemoryLimitError } from './engine/memory.js';
export { enableTier, TIERS, type Tier, tierSupport } from './engine/tiers.js';
