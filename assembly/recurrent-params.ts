/**
 * What a call of linear attention asks for, written into memory by src/engine/recurrent/params.ts and read by every
 * thread. The order of the fields is the format. All tensors are float32 and lie as the ONNX operator has them: heads side
 * by side in the rows of a token.
 */
@unmanaged
export class RecurrentParams {
  batches: i32;
  /** Heads of the query, and how many of them share a head of key, value and state. */
  heads: i32;
  headsPerGroup: i32;
  tokens: i32;
  keyDim: i32;
  valueDim: i32;

  q: usize;
  k: usize;
  v: usize;
  o: usize;
  /** [batch][head of the key][keyDim][valueDim], read and written. */
  state: usize;

  /** Logarithms of the factors of the state, or 0 for none; `decayDim` of them a head and token: 1 or keyDim. */
  decay: usize;
  decayDim: i32;
  /** Rates of the delta rule, or 0 for the rules without; `betaHeads` of them a token. */
  beta: usize;
  betaHeads: i32;
  scale: f32;
  /** Into how many ranges of value columns the work of one head is divided. */
  parts: i32;
  /** Heads of the key that one task works on by turns. */
  together: i32;
}
