/**
 * The most that this tier can do here: multiply-adds on registers alone, with nothing to load or store on the way.
 * What share of it a kernel reaches says what is left to gain.
 */
import { Params } from './params';
import { multiplyAdd } from './tile';

const STEPS: i32 = 200_000;
/** Vectors in the loop: 12 independent chains of sums keep two units busy whose results take up to six cycles. */
const VECTORS: i32 = TIER_WIDE ? 24 : 12;

/** Floating-point operations of one task of `roof`. */
export function roofFlops(): i32 {
  return 2 * 4 * VECTORS * STEPS;
}

/** Bytes of scratch memory that one thread needs for `roof`. */
export function roofScratch(): usize {
  return 16 * VECTORS;
}

/** Starts from the zeros in the scratch memory and ends there, so that no compiler can do without the loop. */
export function roof(params: Params, task: i32, scratch: usize): void {
  memory.fill(scratch, 0, roofScratch());
  if (TIER_WIDE) chains24(scratch);
  else chains12(scratch);
}

/**
 * 12 sums, each of which is a factor of its own next product. If the products did not depend on the sums, they would all be the same,
 * and a compiler could form one of them only.
 */
function chains12(p: usize): void {
  const x = v128.load32_splat(p);
  const y0 = v128.load(p);
  const y1 = v128.load(p, 16);
  let r0 = v128.load(p, 0); let r1 = v128.load(p, 16); let r2 = v128.load(p, 32); let r3 = v128.load(p, 48);
  let r4 = v128.load(p, 64); let r5 = v128.load(p, 80); let r6 = v128.load(p, 96); let r7 = v128.load(p, 112);
  let r8 = v128.load(p, 128); let r9 = v128.load(p, 144); let r10 = v128.load(p, 160); let r11 = v128.load(p, 176);
  for (let i = 0; i < STEPS; i++) {
    r0 = multiplyAdd(x, r0, y0); r1 = multiplyAdd(x, r1, y1); r2 = multiplyAdd(x, r2, y0); r3 = multiplyAdd(x, r3, y1);
    r4 = multiplyAdd(x, r4, y0); r5 = multiplyAdd(x, r5, y1); r6 = multiplyAdd(x, r6, y0); r7 = multiplyAdd(x, r7, y1);
    r8 = multiplyAdd(x, r8, y0); r9 = multiplyAdd(x, r9, y1); r10 = multiplyAdd(x, r10, y0); r11 = multiplyAdd(x, r11, y1);
  }
  v128.store(p, r0, 0); v128.store(p, r1, 16); v128.store(p, r2, 32); v128.store(p, r3, 48);
  v128.store(p, r4, 64); v128.store(p, r5, 80); v128.store(p, r6, 96); v128.store(p, r7, 112);
  v128.store(p, r8, 128); v128.store(p, r9, 144); v128.store(p, r10, 160); v128.store(p, r11, 176);
}

/** As above, each chain of 256 bits in two vectors: V8 pairs what starts and ends in adjacent addresses. */
function chains24(p: usize): void {
  const x = v128.load32_splat(p);
  const y0 = v128.load(p);
  const y1 = v128.load(p, 16);
  let r0 = v128.load(p, 0); let r1 = v128.load(p, 16); let r2 = v128.load(p, 32); let r3 = v128.load(p, 48);
  let r4 = v128.load(p, 64); let r5 = v128.load(p, 80); let r6 = v128.load(p, 96); let r7 = v128.load(p, 112);
  let r8 = v128.load(p, 128); let r9 = v128.load(p, 144); let r10 = v128.load(p, 160); let r11 = v128.load(p, 176);
  let r12 = v128.load(p, 192); let r13 = v128.load(p, 208); let r14 = v128.load(p, 224); let r15 = v128.load(p, 240);
  let r16 = v128.load(p, 256); let r17 = v128.load(p, 272); let r18 = v128.load(p, 288); let r19 = v128.load(p, 304);
  let r20 = v128.load(p, 320); let r21 = v128.load(p, 336); let r22 = v128.load(p, 352); let r23 = v128.load(p, 368);
  for (let i = 0; i < STEPS; i++) {
    r0 = multiplyAdd(x, r0, y0); r1 = multiplyAdd(x, r1, y1); r2 = multiplyAdd(x, r2, y0); r3 = multiplyAdd(x, r3, y1);
    r4 = multiplyAdd(x, r4, y0); r5 = multiplyAdd(x, r5, y1); r6 = multiplyAdd(x, r6, y0); r7 = multiplyAdd(x, r7, y1);
    r8 = multiplyAdd(x, r8, y0); r9 = multiplyAdd(x, r9, y1); r10 = multiplyAdd(x, r10, y0); r11 = multiplyAdd(x, r11, y1);
    r12 = multiplyAdd(x, r12, y0); r13 = multiplyAdd(x, r13, y1); r14 = multiplyAdd(x, r14, y0); r15 = multiplyAdd(x, r15, y1);
    r16 = multiplyAdd(x, r16, y0); r17 = multiplyAdd(x, r17, y1); r18 = multiplyAdd(x, r18, y0); r19 = multiplyAdd(x, r19, y1);
    r20 = multiplyAdd(x, r20, y0); r21 = multiplyAdd(x, r21, y1); r22 = multiplyAdd(x, r22, y0); r23 = multiplyAdd(x, r23, y1);
  }
  v128.store(p, r0, 0); v128.store(p, r1, 16); v128.store(p, r2, 32); v128.store(p, r3, 48);
  v128.store(p, r4, 64); v128.store(p, r5, 80); v128.store(p, r6, 96); v128.store(p, r7, 112);
  v128.store(p, r8, 128); v128.store(p, r9, 144); v128.store(p, r10, 160); v128.store(p, r11, 176);
  v128.store(p, r12, 192); v128.store(p, r13, 208); v128.store(p, r14, 224); v128.store(p, r15, 240);
  v128.store(p, r16, 256); v128.store(p, r17, 272); v128.store(p, r18, 288); v128.store(p, r19, 304);
  v128.store(p, r20, 320); v128.store(p, r21, 336); v128.store(p, r22, 352); v128.store(p, r23, 368);
}

/**
 * Reads a task's part of the memory at k, kRow bytes of kBatch, and nothing else: what kernels are measured against that read
 * each number once. Sizes are multiples of 128.
 */
export function read(params: Params, task: i32, scratch: usize): void {
  const start = <usize>task * params.kRow;
  let p = params.k + start;
  const end = params.k + min(params.kBatch, start + params.kRow);
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; p < end; p += 128) {
    a = f32x4.add(f32x4.add(a, v128.load(p)), v128.load(p, 16));
    b = f32x4.add(f32x4.add(b, v128.load(p, 32)), v128.load(p, 48));
    c = f32x4.add(f32x4.add(c, v128.load(p, 64)), v128.load(p, 80));
    d = f32x4.add(f32x4.add(d, v128.load(p, 96)), v128.load(p, 112));
  }
  // The sum is kept, so that no compiler can do without the loop.
  v128.store(scratch, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}
