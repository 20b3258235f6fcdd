import { groupsOf, Params } from './params';

/** The hash of a key that holds NaN or infinity; no other key has it. */
const NO_HASH: u32 = 0xffffffff;
const EXPONENT: u32 = 0x7f800000;

/** Leaves a hash of each key in `labels`, [index][keys] uint32: equal keys have equal ones. A task is one batch and head of the key. */
export function hashKeys(params: Params, task: i32, _scratch: usize): void {
  const batch = <usize>(task / groupsOf(params));
  let k = params.k + batch * params.kBatch + <usize>(task % groupsOf(params)) * params.kHead;
  let out = params.labels + (<usize>task * <usize>params.keys << 2);
  for (const end = out + (<usize>load<i32>(params.limits + (batch << 3)) << 2); out < end; out += 4) {
    let hash: u32 = 0;
    let exponent: u32 = 0;
    for (let d: usize = 0; d < <usize>params.headDim << 2; d += 4) {
      const word = load<u32>(k + d);
      exponent = max(exponent, word & EXPONENT);
      hash = (hash ^ word) * 0x85ebca6b;
      hash ^= hash >> 13;
    }
    hash *= 0xc2b2ae35;
    hash ^= hash >> 16;
    store<u32>(out, exponent == EXPONENT ? NO_HASH : min(hash, NO_HASH - 1));
    k += params.kRow;
  }
}
