export {
  type AttentionOptions,
  type AttentionResult,
  attention,
  type CachedInputs,
} from './attention/attention.js';
export { createCache, type KeyValueCache, loadCache } from './attention/cache.js';
export { CacheFileError } from './attention/cache-file.js';
export type { CacheOptions, Tokens } from './attention/cache-shapes.js';
export { calibrate } from './attention/calibration.js';
export type { AttentionAttributes, AttentionCall, AttentionInputs } from './attention/call.js';
export { checkExpansion, type Expansion, expansionOf, MAX_CENTROIDS } from './attention/centroids.js';
export { crc32 } from './attention/checksum.js';
export { type Choice, chooseMethod } from './attention/choose.js';
export { clusterKeys } from './attention/cluster-keys.js';
export { aPrioriBound, relativeDistance, type SampleRow, sampleRows } from './attention/distance.js';
export { EngineTensor } from './attention/engine-tensor.js';
export type { MeasuredError } from './attention/error.js';
export { type ExpansionShape, expansionFlops } from './attention/expansion-cost.js';
export {
  crossoverLength,
  DEFAULT_ORDER,
  exactFlops,
  featureDim,
  featureMap,
  MAX_ORDER,
  monomials,
  monomialsOfDegree,
  monomialWeight,
  outputErrorBound,
  remainderBound,
  type Sizes,
  stateBytes,
  taylorExp,
  taylorFlops,
  weightErrorBound,
} from './attention/feature-map.js';
export type { CachedOptions, CachedResult, Method } from './attention/options.js';
export type { PackedInputs } from './attention/packed.js';
export { flopsOf, type Rates } from './attention/rates.js';
export { type ReferenceOptions, referenceRow, referenceWeights, weightsOf } from './attention/reference.js';
export type { StoredType } from './attention/row-format.js';
export { checkCall, MAX_HEAD_DIM } from './attention/shapes.js';
export { createState, type LinearAttentionState, loadState } from './attention/state.js';
export { StateFileError } from './attention/state-file.js';
export type { StateOptions } from './attention/state-shapes.js';
export { checkState, checkTaylor } from './attention/taylor.js';
export type { Float32Tensor, Tensor } from './attention/tensor.js';
export type { Snapshot } from './recurrent/carried-state.js';
export {
  type CausalConvInputs,
  type CausalConvOptions,
  type CausalConvResult,
  causalConv,
} from './recurrent/causal-conv.js';
export {
  type ConvolutionState,
  type ConvolutionStateOptions,
  createConvolutionState,
  loadConvolutionState,
  type PositionInputs,
} from './recurrent/convolution-state.js';
export {
  type LinearAttentionOptions,
  type LinearAttentionResult,
  linearAttention,
} from './recurrent/linear-attention.js';
export {
  createRecurrentState,
  loadRecurrentState,
  type RecurrentState,
  type RecurrentStateOptions,
  type TokenInputs,
} from './recurrent/recurrent-state.js';
export { linearAttentionReference } from './recurrent/reference.js';
export type { FloatTensor, HalfTensor } from './recurrent/result.js';
export {
  hasDecay,
  hasDelta,
  type LinearAttentionAttributes,
  type LinearAttentionInputs,
  UPDATE_RULES,
  type UpdateRule,
} from './recurrent/shapes.js';
export { createEngine, type Engine, type EngineOptions } from './runtime/engine.js';
export { cores } from './runtime/host.js';
export { type EngineMemory, formatBytes, MemoryLimitError } from './runtime/memory.js';
export type { WasmOption } from './runtime/module.js';
export { openReader, type Reader } from './runtime/reader.js';
export { openRoof, type Roof } from './runtime/roof.js';
export type { WorkerOption } from './runtime/threads.js';
export { chooseTier, enableTier, TIERS, type Tier, tierSupport } from './runtime/tiers.js';
