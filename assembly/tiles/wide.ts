// Written by scripts/generate-tiles.ts: 6 rows of 4 vectors, fused multiply-add.

export const VECTORS: i32 = 4;

export function product(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  const end = b + <usize>depth * 64;
  const evenEnd = b + <usize>(depth & ~1) * 64;
  while (rows >= 6) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    const p4 = p3 + cStride;
    const p5 = p4 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0); let c1_2 = f32x4.splat(0); let c1_3 = f32x4.splat(0);
    let c2_0 = f32x4.splat(0); let c2_1 = f32x4.splat(0); let c2_2 = f32x4.splat(0); let c2_3 = f32x4.splat(0);
    let c3_0 = f32x4.splat(0); let c3_1 = f32x4.splat(0); let c3_2 = f32x4.splat(0); let c3_3 = f32x4.splat(0);
    let c4_0 = f32x4.splat(0); let c4_1 = f32x4.splat(0); let c4_2 = f32x4.splat(0); let c4_3 = f32x4.splat(0);
    let c5_0 = f32x4.splat(0); let c5_1 = f32x4.splat(0); let c5_2 = f32x4.splat(0); let c5_3 = f32x4.splat(0);
    let a0 = a;
    let a1 = a0 + aStride;
    let a2 = a1 + aStride;
    let a3 = a2 + aStride;
    let a4 = a3 + aStride;
    let a5 = a4 + aStride;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const x0_4 = v128.load32_splat(a4);
        c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1); c4_2 = f32x4.relaxed_madd(x0_4, b0_2, c4_2); c4_3 = f32x4.relaxed_madd(x0_4, b0_3, c4_3);
        const x0_5 = v128.load32_splat(a5);
        c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1); c5_2 = f32x4.relaxed_madd(x0_5, b0_2, c5_2); c5_3 = f32x4.relaxed_madd(x0_5, b0_3, c5_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0, 4);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1, 4);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        const x1_2 = v128.load32_splat(a2, 4);
        c2_0 = f32x4.relaxed_madd(x1_2, b1_0, c2_0); c2_1 = f32x4.relaxed_madd(x1_2, b1_1, c2_1); c2_2 = f32x4.relaxed_madd(x1_2, b1_2, c2_2); c2_3 = f32x4.relaxed_madd(x1_2, b1_3, c2_3);
        const x1_3 = v128.load32_splat(a3, 4);
        c3_0 = f32x4.relaxed_madd(x1_3, b1_0, c3_0); c3_1 = f32x4.relaxed_madd(x1_3, b1_1, c3_1); c3_2 = f32x4.relaxed_madd(x1_3, b1_2, c3_2); c3_3 = f32x4.relaxed_madd(x1_3, b1_3, c3_3);
        const x1_4 = v128.load32_splat(a4, 4);
        c4_0 = f32x4.relaxed_madd(x1_4, b1_0, c4_0); c4_1 = f32x4.relaxed_madd(x1_4, b1_1, c4_1); c4_2 = f32x4.relaxed_madd(x1_4, b1_2, c4_2); c4_3 = f32x4.relaxed_madd(x1_4, b1_3, c4_3);
        const x1_5 = v128.load32_splat(a5, 4);
        c5_0 = f32x4.relaxed_madd(x1_5, b1_0, c5_0); c5_1 = f32x4.relaxed_madd(x1_5, b1_1, c5_1); c5_2 = f32x4.relaxed_madd(x1_5, b1_2, c5_2); c5_3 = f32x4.relaxed_madd(x1_5, b1_3, c5_3);
        a0 += 8; a1 += 8; a2 += 8; a3 += 8; a4 += 8; a5 += 8;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const x0_4 = v128.load32_splat(a4);
        c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1); c4_2 = f32x4.relaxed_madd(x0_4, b0_2, c4_2); c4_3 = f32x4.relaxed_madd(x0_4, b0_3, c4_3);
        const x0_5 = v128.load32_splat(a5);
        c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1); c5_2 = f32x4.relaxed_madd(x0_5, b0_2, c5_2); c5_3 = f32x4.relaxed_madd(x0_5, b0_3, c5_3);
        a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    v128.store(p2, c2_1, 16); v128.store(p2, c2_0, 0); v128.store(p2, c2_3, 48); v128.store(p2, c2_2, 32);
    v128.store(p3, c3_1, 16); v128.store(p3, c3_0, 0); v128.store(p3, c3_3, 48); v128.store(p3, c3_2, 32);
    v128.store(p4, c4_1, 16); v128.store(p4, c4_0, 0); v128.store(p4, c4_3, 48); v128.store(p4, c4_2, 32);
    v128.store(p5, c5_1, 16); v128.store(p5, c5_0, 0); v128.store(p5, c5_3, 48); v128.store(p5, c5_2, 32);
    a = a5 - 4 * <usize>depth + aStride;
    c = p5 + cStride;
    rows -= 6;
  }
  if (rows >= 4) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0); let c1_2 = f32x4.splat(0); let c1_3 = f32x4.splat(0);
    let c2_0 = f32x4.splat(0); let c2_1 = f32x4.splat(0); let c2_2 = f32x4.splat(0); let c2_3 = f32x4.splat(0);
    let c3_0 = f32x4.splat(0); let c3_1 = f32x4.splat(0); let c3_2 = f32x4.splat(0); let c3_3 = f32x4.splat(0);
    let a0 = a;
    let a1 = a0 + aStride;
    let a2 = a1 + aStride;
    let a3 = a2 + aStride;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0, 4);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1, 4);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        const x1_2 = v128.load32_splat(a2, 4);
        c2_0 = f32x4.relaxed_madd(x1_2, b1_0, c2_0); c2_1 = f32x4.relaxed_madd(x1_2, b1_1, c2_1); c2_2 = f32x4.relaxed_madd(x1_2, b1_2, c2_2); c2_3 = f32x4.relaxed_madd(x1_2, b1_3, c2_3);
        const x1_3 = v128.load32_splat(a3, 4);
        c3_0 = f32x4.relaxed_madd(x1_3, b1_0, c3_0); c3_1 = f32x4.relaxed_madd(x1_3, b1_1, c3_1); c3_2 = f32x4.relaxed_madd(x1_3, b1_2, c3_2); c3_3 = f32x4.relaxed_madd(x1_3, b1_3, c3_3);
        a0 += 8; a1 += 8; a2 += 8; a3 += 8;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        a0 += 4; a1 += 4; a2 += 4; a3 += 4;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    v128.store(p2, c2_1, 16); v128.store(p2, c2_0, 0); v128.store(p2, c2_3, 48); v128.store(p2, c2_2, 32);
    v128.store(p3, c3_1, 16); v128.store(p3, c3_0, 0); v128.store(p3, c3_3, 48); v128.store(p3, c3_2, 32);
    a = a3 - 4 * <usize>depth + aStride;
    c = p3 + cStride;
    rows -= 4;
  }
  if (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0); let c1_2 = f32x4.splat(0); let c1_3 = f32x4.splat(0);
    let a0 = a;
    let a1 = a0 + aStride;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0, 4);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1, 4);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        a0 += 8; a1 += 8;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        a0 += 4; a1 += 4;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    a = a1 - 4 * <usize>depth + aStride;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let a0 = a;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0, 4);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        a0 += 8;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        a0 += 4;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    a = a0 - 4 * <usize>depth + aStride;
    c = p0 + cStride;
    rows -= 1;
  }
}

export function addProduct(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  const end = b + <usize>depth * 64;
  const evenEnd = b + <usize>(depth & ~1) * 64;
  while (rows >= 6) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    const p4 = p3 + cStride;
    const p5 = p4 + cStride;
    let c0_0 = v128.load(p0, 0); let c0_1 = v128.load(p0, 16); let c0_2 = v128.load(p0, 32); let c0_3 = v128.load(p0, 48);
    let c1_0 = v128.load(p1, 0); let c1_1 = v128.load(p1, 16); let c1_2 = v128.load(p1, 32); let c1_3 = v128.load(p1, 48);
    let c2_0 = v128.load(p2, 0); let c2_1 = v128.load(p2, 16); let c2_2 = v128.load(p2, 32); let c2_3 = v128.load(p2, 48);
    let c3_0 = v128.load(p3, 0); let c3_1 = v128.load(p3, 16); let c3_2 = v128.load(p3, 32); let c3_3 = v128.load(p3, 48);
    let c4_0 = v128.load(p4, 0); let c4_1 = v128.load(p4, 16); let c4_2 = v128.load(p4, 32); let c4_3 = v128.load(p4, 48);
    let c5_0 = v128.load(p5, 0); let c5_1 = v128.load(p5, 16); let c5_2 = v128.load(p5, 32); let c5_3 = v128.load(p5, 48);
    let a0 = a;
    let a1 = a0 + aStride;
    let a2 = a1 + aStride;
    let a3 = a2 + aStride;
    let a4 = a3 + aStride;
    let a5 = a4 + aStride;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const x0_4 = v128.load32_splat(a4);
        c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1); c4_2 = f32x4.relaxed_madd(x0_4, b0_2, c4_2); c4_3 = f32x4.relaxed_madd(x0_4, b0_3, c4_3);
        const x0_5 = v128.load32_splat(a5);
        c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1); c5_2 = f32x4.relaxed_madd(x0_5, b0_2, c5_2); c5_3 = f32x4.relaxed_madd(x0_5, b0_3, c5_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0, 4);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1, 4);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        const x1_2 = v128.load32_splat(a2, 4);
        c2_0 = f32x4.relaxed_madd(x1_2, b1_0, c2_0); c2_1 = f32x4.relaxed_madd(x1_2, b1_1, c2_1); c2_2 = f32x4.relaxed_madd(x1_2, b1_2, c2_2); c2_3 = f32x4.relaxed_madd(x1_2, b1_3, c2_3);
        const x1_3 = v128.load32_splat(a3, 4);
        c3_0 = f32x4.relaxed_madd(x1_3, b1_0, c3_0); c3_1 = f32x4.relaxed_madd(x1_3, b1_1, c3_1); c3_2 = f32x4.relaxed_madd(x1_3, b1_2, c3_2); c3_3 = f32x4.relaxed_madd(x1_3, b1_3, c3_3);
        const x1_4 = v128.load32_splat(a4, 4);
        c4_0 = f32x4.relaxed_madd(x1_4, b1_0, c4_0); c4_1 = f32x4.relaxed_madd(x1_4, b1_1, c4_1); c4_2 = f32x4.relaxed_madd(x1_4, b1_2, c4_2); c4_3 = f32x4.relaxed_madd(x1_4, b1_3, c4_3);
        const x1_5 = v128.load32_splat(a5, 4);
        c5_0 = f32x4.relaxed_madd(x1_5, b1_0, c5_0); c5_1 = f32x4.relaxed_madd(x1_5, b1_1, c5_1); c5_2 = f32x4.relaxed_madd(x1_5, b1_2, c5_2); c5_3 = f32x4.relaxed_madd(x1_5, b1_3, c5_3);
        a0 += 8; a1 += 8; a2 += 8; a3 += 8; a4 += 8; a5 += 8;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const x0_4 = v128.load32_splat(a4);
        c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1); c4_2 = f32x4.relaxed_madd(x0_4, b0_2, c4_2); c4_3 = f32x4.relaxed_madd(x0_4, b0_3, c4_3);
        const x0_5 = v128.load32_splat(a5);
        c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1); c5_2 = f32x4.relaxed_madd(x0_5, b0_2, c5_2); c5_3 = f32x4.relaxed_madd(x0_5, b0_3, c5_3);
        a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    v128.store(p2, c2_1, 16); v128.store(p2, c2_0, 0); v128.store(p2, c2_3, 48); v128.store(p2, c2_2, 32);
    v128.store(p3, c3_1, 16); v128.store(p3, c3_0, 0); v128.store(p3, c3_3, 48); v128.store(p3, c3_2, 32);
    v128.store(p4, c4_1, 16); v128.store(p4, c4_0, 0); v128.store(p4, c4_3, 48); v128.store(p4, c4_2, 32);
    v128.store(p5, c5_1, 16); v128.store(p5, c5_0, 0); v128.store(p5, c5_3, 48); v128.store(p5, c5_2, 32);
    a = a5 - 4 * <usize>depth + aStride;
    c = p5 + cStride;
    rows -= 6;
  }
  if (rows >= 4) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    let c0_0 = v128.load(p0, 0); let c0_1 = v128.load(p0, 16); let c0_2 = v128.load(p0, 32); let c0_3 = v128.load(p0, 48);
    let c1_0 = v128.load(p1, 0); let c1_1 = v128.load(p1, 16); let c1_2 = v128.load(p1, 32); let c1_3 = v128.load(p1, 48);
    let c2_0 = v128.load(p2, 0); let c2_1 = v128.load(p2, 16); let c2_2 = v128.load(p2, 32); let c2_3 = v128.load(p2, 48);
    let c3_0 = v128.load(p3, 0); let c3_1 = v128.load(p3, 16); let c3_2 = v128.load(p3, 32); let c3_3 = v128.load(p3, 48);
    let a0 = a;
    let a1 = a0 + aStride;
    let a2 = a1 + aStride;
    let a3 = a2 + aStride;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0, 4);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1, 4);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        const x1_2 = v128.load32_splat(a2, 4);
        c2_0 = f32x4.relaxed_madd(x1_2, b1_0, c2_0); c2_1 = f32x4.relaxed_madd(x1_2, b1_1, c2_1); c2_2 = f32x4.relaxed_madd(x1_2, b1_2, c2_2); c2_3 = f32x4.relaxed_madd(x1_2, b1_3, c2_3);
        const x1_3 = v128.load32_splat(a3, 4);
        c3_0 = f32x4.relaxed_madd(x1_3, b1_0, c3_0); c3_1 = f32x4.relaxed_madd(x1_3, b1_1, c3_1); c3_2 = f32x4.relaxed_madd(x1_3, b1_2, c3_2); c3_3 = f32x4.relaxed_madd(x1_3, b1_3, c3_3);
        a0 += 8; a1 += 8; a2 += 8; a3 += 8;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        a0 += 4; a1 += 4; a2 += 4; a3 += 4;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    v128.store(p2, c2_1, 16); v128.store(p2, c2_0, 0); v128.store(p2, c2_3, 48); v128.store(p2, c2_2, 32);
    v128.store(p3, c3_1, 16); v128.store(p3, c3_0, 0); v128.store(p3, c3_3, 48); v128.store(p3, c3_2, 32);
    a = a3 - 4 * <usize>depth + aStride;
    c = p3 + cStride;
    rows -= 4;
  }
  if (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = v128.load(p0, 0); let c0_1 = v128.load(p0, 16); let c0_2 = v128.load(p0, 32); let c0_3 = v128.load(p0, 48);
    let c1_0 = v128.load(p1, 0); let c1_1 = v128.load(p1, 16); let c1_2 = v128.load(p1, 32); let c1_3 = v128.load(p1, 48);
    let a0 = a;
    let a1 = a0 + aStride;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0, 4);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1, 4);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        a0 += 8; a1 += 8;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        a0 += 4; a1 += 4;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    a = a1 - 4 * <usize>depth + aStride;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = v128.load(p0, 0); let c0_1 = v128.load(p0, 16); let c0_2 = v128.load(p0, 32); let c0_3 = v128.load(p0, 48);
    let a0 = a;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0, 4);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        a0 += 8;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        a0 += 4;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    a = a0 - 4 * <usize>depth + aStride;
    c = p0 + cStride;
    rows -= 1;
  }
}

export function transposedProduct(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  const end = b + <usize>depth * 64;
  const evenEnd = b + <usize>(depth & ~1) * 64;
  while (rows >= 6) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    const p4 = p3 + cStride;
    const p5 = p4 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0); let c1_2 = f32x4.splat(0); let c1_3 = f32x4.splat(0);
    let c2_0 = f32x4.splat(0); let c2_1 = f32x4.splat(0); let c2_2 = f32x4.splat(0); let c2_3 = f32x4.splat(0);
    let c3_0 = f32x4.splat(0); let c3_1 = f32x4.splat(0); let c3_2 = f32x4.splat(0); let c3_3 = f32x4.splat(0);
    let c4_0 = f32x4.splat(0); let c4_1 = f32x4.splat(0); let c4_2 = f32x4.splat(0); let c4_3 = f32x4.splat(0);
    let c5_0 = f32x4.splat(0); let c5_1 = f32x4.splat(0); let c5_2 = f32x4.splat(0); let c5_3 = f32x4.splat(0);
    let a0 = a + 0;
    let a1 = a + 4;
    let a2 = a + 8;
    let a3 = a + 12;
    let a4 = a + 16;
    let a5 = a + 20;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const x0_4 = v128.load32_splat(a4);
        c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1); c4_2 = f32x4.relaxed_madd(x0_4, b0_2, c4_2); c4_3 = f32x4.relaxed_madd(x0_4, b0_3, c4_3);
        const x0_5 = v128.load32_splat(a5);
        c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1); c5_2 = f32x4.relaxed_madd(x0_5, b0_2, c5_2); c5_3 = f32x4.relaxed_madd(x0_5, b0_3, c5_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0 + aStride);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1 + aStride);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        const x1_2 = v128.load32_splat(a2 + aStride);
        c2_0 = f32x4.relaxed_madd(x1_2, b1_0, c2_0); c2_1 = f32x4.relaxed_madd(x1_2, b1_1, c2_1); c2_2 = f32x4.relaxed_madd(x1_2, b1_2, c2_2); c2_3 = f32x4.relaxed_madd(x1_2, b1_3, c2_3);
        const x1_3 = v128.load32_splat(a3 + aStride);
        c3_0 = f32x4.relaxed_madd(x1_3, b1_0, c3_0); c3_1 = f32x4.relaxed_madd(x1_3, b1_1, c3_1); c3_2 = f32x4.relaxed_madd(x1_3, b1_2, c3_2); c3_3 = f32x4.relaxed_madd(x1_3, b1_3, c3_3);
        const x1_4 = v128.load32_splat(a4 + aStride);
        c4_0 = f32x4.relaxed_madd(x1_4, b1_0, c4_0); c4_1 = f32x4.relaxed_madd(x1_4, b1_1, c4_1); c4_2 = f32x4.relaxed_madd(x1_4, b1_2, c4_2); c4_3 = f32x4.relaxed_madd(x1_4, b1_3, c4_3);
        const x1_5 = v128.load32_splat(a5 + aStride);
        c5_0 = f32x4.relaxed_madd(x1_5, b1_0, c5_0); c5_1 = f32x4.relaxed_madd(x1_5, b1_1, c5_1); c5_2 = f32x4.relaxed_madd(x1_5, b1_2, c5_2); c5_3 = f32x4.relaxed_madd(x1_5, b1_3, c5_3);
        a0 += 2 * aStride; a1 += 2 * aStride; a2 += 2 * aStride; a3 += 2 * aStride; a4 += 2 * aStride; a5 += 2 * aStride;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const x0_4 = v128.load32_splat(a4);
        c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1); c4_2 = f32x4.relaxed_madd(x0_4, b0_2, c4_2); c4_3 = f32x4.relaxed_madd(x0_4, b0_3, c4_3);
        const x0_5 = v128.load32_splat(a5);
        c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1); c5_2 = f32x4.relaxed_madd(x0_5, b0_2, c5_2); c5_3 = f32x4.relaxed_madd(x0_5, b0_3, c5_3);
        a0 += aStride; a1 += aStride; a2 += aStride; a3 += aStride; a4 += aStride; a5 += aStride;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    v128.store(p2, c2_1, 16); v128.store(p2, c2_0, 0); v128.store(p2, c2_3, 48); v128.store(p2, c2_2, 32);
    v128.store(p3, c3_1, 16); v128.store(p3, c3_0, 0); v128.store(p3, c3_3, 48); v128.store(p3, c3_2, 32);
    v128.store(p4, c4_1, 16); v128.store(p4, c4_0, 0); v128.store(p4, c4_3, 48); v128.store(p4, c4_2, 32);
    v128.store(p5, c5_1, 16); v128.store(p5, c5_0, 0); v128.store(p5, c5_3, 48); v128.store(p5, c5_2, 32);
    a += 24;
    c = p5 + cStride;
    rows -= 6;
  }
  if (rows >= 4) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0); let c1_2 = f32x4.splat(0); let c1_3 = f32x4.splat(0);
    let c2_0 = f32x4.splat(0); let c2_1 = f32x4.splat(0); let c2_2 = f32x4.splat(0); let c2_3 = f32x4.splat(0);
    let c3_0 = f32x4.splat(0); let c3_1 = f32x4.splat(0); let c3_2 = f32x4.splat(0); let c3_3 = f32x4.splat(0);
    let a0 = a + 0;
    let a1 = a + 4;
    let a2 = a + 8;
    let a3 = a + 12;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0 + aStride);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1 + aStride);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        const x1_2 = v128.load32_splat(a2 + aStride);
        c2_0 = f32x4.relaxed_madd(x1_2, b1_0, c2_0); c2_1 = f32x4.relaxed_madd(x1_2, b1_1, c2_1); c2_2 = f32x4.relaxed_madd(x1_2, b1_2, c2_2); c2_3 = f32x4.relaxed_madd(x1_2, b1_3, c2_3);
        const x1_3 = v128.load32_splat(a3 + aStride);
        c3_0 = f32x4.relaxed_madd(x1_3, b1_0, c3_0); c3_1 = f32x4.relaxed_madd(x1_3, b1_1, c3_1); c3_2 = f32x4.relaxed_madd(x1_3, b1_2, c3_2); c3_3 = f32x4.relaxed_madd(x1_3, b1_3, c3_3);
        a0 += 2 * aStride; a1 += 2 * aStride; a2 += 2 * aStride; a3 += 2 * aStride;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        a0 += aStride; a1 += aStride; a2 += aStride; a3 += aStride;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    v128.store(p2, c2_1, 16); v128.store(p2, c2_0, 0); v128.store(p2, c2_3, 48); v128.store(p2, c2_2, 32);
    v128.store(p3, c3_1, 16); v128.store(p3, c3_0, 0); v128.store(p3, c3_3, 48); v128.store(p3, c3_2, 32);
    a += 16;
    c = p3 + cStride;
    rows -= 4;
  }
  if (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0); let c1_2 = f32x4.splat(0); let c1_3 = f32x4.splat(0);
    let a0 = a + 0;
    let a1 = a + 4;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0 + aStride);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1 + aStride);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        a0 += 2 * aStride; a1 += 2 * aStride;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        a0 += aStride; a1 += aStride;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    a += 8;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let a0 = a + 0;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0 + aStride);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        a0 += 2 * aStride;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        a0 += aStride;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    a += 4;
    c = p0 + cStride;
    rows -= 1;
  }
}

export function scaleAddTransposedProduct(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, alpha: usize, rows: i32, depth: i32): void {
  const alpha0 = v128.load(alpha, 0);
  const alpha1 = v128.load(alpha, 16);
  const alpha2 = v128.load(alpha, 32);
  const alpha3 = v128.load(alpha, 48);
  const end = b + <usize>depth * 64;
  const evenEnd = b + <usize>(depth & ~1) * 64;
  while (rows >= 6) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    const p4 = p3 + cStride;
    const p5 = p4 + cStride;
    let c0_0 = f32x4.mul(v128.load(p0, 0), alpha0); let c0_1 = f32x4.mul(v128.load(p0, 16), alpha1); let c0_2 = f32x4.mul(v128.load(p0, 32), alpha2); let c0_3 = f32x4.mul(v128.load(p0, 48), alpha3);
    let c1_0 = f32x4.mul(v128.load(p1, 0), alpha0); let c1_1 = f32x4.mul(v128.load(p1, 16), alpha1); let c1_2 = f32x4.mul(v128.load(p1, 32), alpha2); let c1_3 = f32x4.mul(v128.load(p1, 48), alpha3);
    let c2_0 = f32x4.mul(v128.load(p2, 0), alpha0); let c2_1 = f32x4.mul(v128.load(p2, 16), alpha1); let c2_2 = f32x4.mul(v128.load(p2, 32), alpha2); let c2_3 = f32x4.mul(v128.load(p2, 48), alpha3);
    let c3_0 = f32x4.mul(v128.load(p3, 0), alpha0); let c3_1 = f32x4.mul(v128.load(p3, 16), alpha1); let c3_2 = f32x4.mul(v128.load(p3, 32), alpha2); let c3_3 = f32x4.mul(v128.load(p3, 48), alpha3);
    let c4_0 = f32x4.mul(v128.load(p4, 0), alpha0); let c4_1 = f32x4.mul(v128.load(p4, 16), alpha1); let c4_2 = f32x4.mul(v128.load(p4, 32), alpha2); let c4_3 = f32x4.mul(v128.load(p4, 48), alpha3);
    let c5_0 = f32x4.mul(v128.load(p5, 0), alpha0); let c5_1 = f32x4.mul(v128.load(p5, 16), alpha1); let c5_2 = f32x4.mul(v128.load(p5, 32), alpha2); let c5_3 = f32x4.mul(v128.load(p5, 48), alpha3);
    let a0 = a + 0;
    let a1 = a + 4;
    let a2 = a + 8;
    let a3 = a + 12;
    let a4 = a + 16;
    let a5 = a + 20;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const x0_4 = v128.load32_splat(a4);
        c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1); c4_2 = f32x4.relaxed_madd(x0_4, b0_2, c4_2); c4_3 = f32x4.relaxed_madd(x0_4, b0_3, c4_3);
        const x0_5 = v128.load32_splat(a5);
        c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1); c5_2 = f32x4.relaxed_madd(x0_5, b0_2, c5_2); c5_3 = f32x4.relaxed_madd(x0_5, b0_3, c5_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0 + aStride);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1 + aStride);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        const x1_2 = v128.load32_splat(a2 + aStride);
        c2_0 = f32x4.relaxed_madd(x1_2, b1_0, c2_0); c2_1 = f32x4.relaxed_madd(x1_2, b1_1, c2_1); c2_2 = f32x4.relaxed_madd(x1_2, b1_2, c2_2); c2_3 = f32x4.relaxed_madd(x1_2, b1_3, c2_3);
        const x1_3 = v128.load32_splat(a3 + aStride);
        c3_0 = f32x4.relaxed_madd(x1_3, b1_0, c3_0); c3_1 = f32x4.relaxed_madd(x1_3, b1_1, c3_1); c3_2 = f32x4.relaxed_madd(x1_3, b1_2, c3_2); c3_3 = f32x4.relaxed_madd(x1_3, b1_3, c3_3);
        const x1_4 = v128.load32_splat(a4 + aStride);
        c4_0 = f32x4.relaxed_madd(x1_4, b1_0, c4_0); c4_1 = f32x4.relaxed_madd(x1_4, b1_1, c4_1); c4_2 = f32x4.relaxed_madd(x1_4, b1_2, c4_2); c4_3 = f32x4.relaxed_madd(x1_4, b1_3, c4_3);
        const x1_5 = v128.load32_splat(a5 + aStride);
        c5_0 = f32x4.relaxed_madd(x1_5, b1_0, c5_0); c5_1 = f32x4.relaxed_madd(x1_5, b1_1, c5_1); c5_2 = f32x4.relaxed_madd(x1_5, b1_2, c5_2); c5_3 = f32x4.relaxed_madd(x1_5, b1_3, c5_3);
        a0 += 2 * aStride; a1 += 2 * aStride; a2 += 2 * aStride; a3 += 2 * aStride; a4 += 2 * aStride; a5 += 2 * aStride;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const x0_4 = v128.load32_splat(a4);
        c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1); c4_2 = f32x4.relaxed_madd(x0_4, b0_2, c4_2); c4_3 = f32x4.relaxed_madd(x0_4, b0_3, c4_3);
        const x0_5 = v128.load32_splat(a5);
        c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1); c5_2 = f32x4.relaxed_madd(x0_5, b0_2, c5_2); c5_3 = f32x4.relaxed_madd(x0_5, b0_3, c5_3);
        a0 += aStride; a1 += aStride; a2 += aStride; a3 += aStride; a4 += aStride; a5 += aStride;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    v128.store(p2, c2_1, 16); v128.store(p2, c2_0, 0); v128.store(p2, c2_3, 48); v128.store(p2, c2_2, 32);
    v128.store(p3, c3_1, 16); v128.store(p3, c3_0, 0); v128.store(p3, c3_3, 48); v128.store(p3, c3_2, 32);
    v128.store(p4, c4_1, 16); v128.store(p4, c4_0, 0); v128.store(p4, c4_3, 48); v128.store(p4, c4_2, 32);
    v128.store(p5, c5_1, 16); v128.store(p5, c5_0, 0); v128.store(p5, c5_3, 48); v128.store(p5, c5_2, 32);
    a += 24;
    c = p5 + cStride;
    rows -= 6;
  }
  if (rows >= 4) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    let c0_0 = f32x4.mul(v128.load(p0, 0), alpha0); let c0_1 = f32x4.mul(v128.load(p0, 16), alpha1); let c0_2 = f32x4.mul(v128.load(p0, 32), alpha2); let c0_3 = f32x4.mul(v128.load(p0, 48), alpha3);
    let c1_0 = f32x4.mul(v128.load(p1, 0), alpha0); let c1_1 = f32x4.mul(v128.load(p1, 16), alpha1); let c1_2 = f32x4.mul(v128.load(p1, 32), alpha2); let c1_3 = f32x4.mul(v128.load(p1, 48), alpha3);
    let c2_0 = f32x4.mul(v128.load(p2, 0), alpha0); let c2_1 = f32x4.mul(v128.load(p2, 16), alpha1); let c2_2 = f32x4.mul(v128.load(p2, 32), alpha2); let c2_3 = f32x4.mul(v128.load(p2, 48), alpha3);
    let c3_0 = f32x4.mul(v128.load(p3, 0), alpha0); let c3_1 = f32x4.mul(v128.load(p3, 16), alpha1); let c3_2 = f32x4.mul(v128.load(p3, 32), alpha2); let c3_3 = f32x4.mul(v128.load(p3, 48), alpha3);
    let a0 = a + 0;
    let a1 = a + 4;
    let a2 = a + 8;
    let a3 = a + 12;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0 + aStride);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1 + aStride);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        const x1_2 = v128.load32_splat(a2 + aStride);
        c2_0 = f32x4.relaxed_madd(x1_2, b1_0, c2_0); c2_1 = f32x4.relaxed_madd(x1_2, b1_1, c2_1); c2_2 = f32x4.relaxed_madd(x1_2, b1_2, c2_2); c2_3 = f32x4.relaxed_madd(x1_2, b1_3, c2_3);
        const x1_3 = v128.load32_splat(a3 + aStride);
        c3_0 = f32x4.relaxed_madd(x1_3, b1_0, c3_0); c3_1 = f32x4.relaxed_madd(x1_3, b1_1, c3_1); c3_2 = f32x4.relaxed_madd(x1_3, b1_2, c3_2); c3_3 = f32x4.relaxed_madd(x1_3, b1_3, c3_3);
        a0 += 2 * aStride; a1 += 2 * aStride; a2 += 2 * aStride; a3 += 2 * aStride;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const x0_2 = v128.load32_splat(a2);
        c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1); c2_2 = f32x4.relaxed_madd(x0_2, b0_2, c2_2); c2_3 = f32x4.relaxed_madd(x0_2, b0_3, c2_3);
        const x0_3 = v128.load32_splat(a3);
        c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1); c3_2 = f32x4.relaxed_madd(x0_3, b0_2, c3_2); c3_3 = f32x4.relaxed_madd(x0_3, b0_3, c3_3);
        a0 += aStride; a1 += aStride; a2 += aStride; a3 += aStride;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    v128.store(p2, c2_1, 16); v128.store(p2, c2_0, 0); v128.store(p2, c2_3, 48); v128.store(p2, c2_2, 32);
    v128.store(p3, c3_1, 16); v128.store(p3, c3_0, 0); v128.store(p3, c3_3, 48); v128.store(p3, c3_2, 32);
    a += 16;
    c = p3 + cStride;
    rows -= 4;
  }
  if (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = f32x4.mul(v128.load(p0, 0), alpha0); let c0_1 = f32x4.mul(v128.load(p0, 16), alpha1); let c0_2 = f32x4.mul(v128.load(p0, 32), alpha2); let c0_3 = f32x4.mul(v128.load(p0, 48), alpha3);
    let c1_0 = f32x4.mul(v128.load(p1, 0), alpha0); let c1_1 = f32x4.mul(v128.load(p1, 16), alpha1); let c1_2 = f32x4.mul(v128.load(p1, 32), alpha2); let c1_3 = f32x4.mul(v128.load(p1, 48), alpha3);
    let a0 = a + 0;
    let a1 = a + 4;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0 + aStride);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        const x1_1 = v128.load32_splat(a1 + aStride);
        c1_0 = f32x4.relaxed_madd(x1_1, b1_0, c1_0); c1_1 = f32x4.relaxed_madd(x1_1, b1_1, c1_1); c1_2 = f32x4.relaxed_madd(x1_1, b1_2, c1_2); c1_3 = f32x4.relaxed_madd(x1_1, b1_3, c1_3);
        a0 += 2 * aStride; a1 += 2 * aStride;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const x0_1 = v128.load32_splat(a1);
        c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1); c1_2 = f32x4.relaxed_madd(x0_1, b0_2, c1_2); c1_3 = f32x4.relaxed_madd(x0_1, b0_3, c1_3);
        a0 += aStride; a1 += aStride;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    v128.store(p1, c1_1, 16); v128.store(p1, c1_0, 0); v128.store(p1, c1_3, 48); v128.store(p1, c1_2, 32);
    a += 8;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = f32x4.mul(v128.load(p0, 0), alpha0); let c0_1 = f32x4.mul(v128.load(p0, 16), alpha1); let c0_2 = f32x4.mul(v128.load(p0, 32), alpha2); let c0_3 = f32x4.mul(v128.load(p0, 48), alpha3);
    let a0 = a + 0;
    let y = b;
    if (y < evenEnd) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        const b1_0 = v128.load(y, 64); const b1_1 = v128.load(y, 80); const b1_2 = v128.load(y, 96); const b1_3 = v128.load(y, 112);
        const x1_0 = v128.load32_splat(a0 + aStride);
        c0_0 = f32x4.relaxed_madd(x1_0, b1_0, c0_0); c0_1 = f32x4.relaxed_madd(x1_0, b1_1, c0_1); c0_2 = f32x4.relaxed_madd(x1_0, b1_2, c0_2); c0_3 = f32x4.relaxed_madd(x1_0, b1_3, c0_3);
        a0 += 2 * aStride;
        y += 128;
      } while (y < evenEnd);
    }
    if (y < end) {
      do {
        const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
        const x0_0 = v128.load32_splat(a0);
        c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1); c0_2 = f32x4.relaxed_madd(x0_0, b0_2, c0_2); c0_3 = f32x4.relaxed_madd(x0_0, b0_3, c0_3);
        a0 += aStride;
        y += 64;
      } while (y < end);
    }
    v128.store(p0, c0_1, 16); v128.store(p0, c0_0, 0); v128.store(p0, c0_3, 48); v128.store(p0, c0_2, 32);
    a += 4;
    c = p0 + cStride;
    rows -= 1;
  }
}

