// Written by scripts/generate-tiles.ts: 6 rows of 2 vectors, fused multiply-add.

export const VECTORS: i32 = 2;

export function product(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  const end = b + <usize>depth * 32;
  while (rows >= 6) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    const p4 = p3 + cStride;
    const p5 = p4 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0);
    let c2_0 = f32x4.splat(0); let c2_1 = f32x4.splat(0);
    let c3_0 = f32x4.splat(0); let c3_1 = f32x4.splat(0);
    let c4_0 = f32x4.splat(0); let c4_1 = f32x4.splat(0);
    let c5_0 = f32x4.splat(0); let c5_1 = f32x4.splat(0);
    let a0 = a;
    let a1 = a0 + aStride;
    let a2 = a1 + aStride;
    let a3 = a2 + aStride;
    let a4 = a3 + aStride;
    let a5 = a4 + aStride;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      const x0_2 = v128.load32_splat(a2);
      c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1);
      const x0_3 = v128.load32_splat(a3);
      c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1);
      const x0_4 = v128.load32_splat(a4);
      c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1);
      const x0_5 = v128.load32_splat(a5);
      c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    v128.store(p2, c2_0, 0); v128.store(p2, c2_1, 16);
    v128.store(p3, c3_0, 0); v128.store(p3, c3_1, 16);
    v128.store(p4, c4_0, 0); v128.store(p4, c4_1, 16);
    v128.store(p5, c5_0, 0); v128.store(p5, c5_1, 16);
    a = a5 - 4 * <usize>depth + aStride;
    c = p5 + cStride;
    rows -= 6;
  }
  if (rows >= 4) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0);
    let c2_0 = f32x4.splat(0); let c2_1 = f32x4.splat(0);
    let c3_0 = f32x4.splat(0); let c3_1 = f32x4.splat(0);
    let a0 = a;
    let a1 = a0 + aStride;
    let a2 = a1 + aStride;
    let a3 = a2 + aStride;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      const x0_2 = v128.load32_splat(a2);
      c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1);
      const x0_3 = v128.load32_splat(a3);
      c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    v128.store(p2, c2_0, 0); v128.store(p2, c2_1, 16);
    v128.store(p3, c3_0, 0); v128.store(p3, c3_1, 16);
    a = a3 - 4 * <usize>depth + aStride;
    c = p3 + cStride;
    rows -= 4;
  }
  if (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0);
    let a0 = a;
    let a1 = a0 + aStride;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      a0 += 4; a1 += 4;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    a = a1 - 4 * <usize>depth + aStride;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0);
    let a0 = a;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      a0 += 4;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    a = a0 - 4 * <usize>depth + aStride;
    c = p0 + cStride;
    rows -= 1;
  }
}

export function addProduct(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  const end = b + <usize>depth * 32;
  while (rows >= 6) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    const p4 = p3 + cStride;
    const p5 = p4 + cStride;
    let c0_0 = v128.load(p0, 0); let c0_1 = v128.load(p0, 16);
    let c1_0 = v128.load(p1, 0); let c1_1 = v128.load(p1, 16);
    let c2_0 = v128.load(p2, 0); let c2_1 = v128.load(p2, 16);
    let c3_0 = v128.load(p3, 0); let c3_1 = v128.load(p3, 16);
    let c4_0 = v128.load(p4, 0); let c4_1 = v128.load(p4, 16);
    let c5_0 = v128.load(p5, 0); let c5_1 = v128.load(p5, 16);
    let a0 = a;
    let a1 = a0 + aStride;
    let a2 = a1 + aStride;
    let a3 = a2 + aStride;
    let a4 = a3 + aStride;
    let a5 = a4 + aStride;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      const x0_2 = v128.load32_splat(a2);
      c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1);
      const x0_3 = v128.load32_splat(a3);
      c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1);
      const x0_4 = v128.load32_splat(a4);
      c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1);
      const x0_5 = v128.load32_splat(a5);
      c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    v128.store(p2, c2_0, 0); v128.store(p2, c2_1, 16);
    v128.store(p3, c3_0, 0); v128.store(p3, c3_1, 16);
    v128.store(p4, c4_0, 0); v128.store(p4, c4_1, 16);
    v128.store(p5, c5_0, 0); v128.store(p5, c5_1, 16);
    a = a5 - 4 * <usize>depth + aStride;
    c = p5 + cStride;
    rows -= 6;
  }
  if (rows >= 4) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    let c0_0 = v128.load(p0, 0); let c0_1 = v128.load(p0, 16);
    let c1_0 = v128.load(p1, 0); let c1_1 = v128.load(p1, 16);
    let c2_0 = v128.load(p2, 0); let c2_1 = v128.load(p2, 16);
    let c3_0 = v128.load(p3, 0); let c3_1 = v128.load(p3, 16);
    let a0 = a;
    let a1 = a0 + aStride;
    let a2 = a1 + aStride;
    let a3 = a2 + aStride;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      const x0_2 = v128.load32_splat(a2);
      c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1);
      const x0_3 = v128.load32_splat(a3);
      c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    v128.store(p2, c2_0, 0); v128.store(p2, c2_1, 16);
    v128.store(p3, c3_0, 0); v128.store(p3, c3_1, 16);
    a = a3 - 4 * <usize>depth + aStride;
    c = p3 + cStride;
    rows -= 4;
  }
  if (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = v128.load(p0, 0); let c0_1 = v128.load(p0, 16);
    let c1_0 = v128.load(p1, 0); let c1_1 = v128.load(p1, 16);
    let a0 = a;
    let a1 = a0 + aStride;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      a0 += 4; a1 += 4;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    a = a1 - 4 * <usize>depth + aStride;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = v128.load(p0, 0); let c0_1 = v128.load(p0, 16);
    let a0 = a;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      a0 += 4;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    a = a0 - 4 * <usize>depth + aStride;
    c = p0 + cStride;
    rows -= 1;
  }
}

export function transposedProduct(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  const end = b + <usize>depth * 32;
  while (rows >= 6) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    const p4 = p3 + cStride;
    const p5 = p4 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0);
    let c2_0 = f32x4.splat(0); let c2_1 = f32x4.splat(0);
    let c3_0 = f32x4.splat(0); let c3_1 = f32x4.splat(0);
    let c4_0 = f32x4.splat(0); let c4_1 = f32x4.splat(0);
    let c5_0 = f32x4.splat(0); let c5_1 = f32x4.splat(0);
    let a0 = a + 0;
    let a1 = a + 4;
    let a2 = a + 8;
    let a3 = a + 12;
    let a4 = a + 16;
    let a5 = a + 20;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      const x0_2 = v128.load32_splat(a2);
      c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1);
      const x0_3 = v128.load32_splat(a3);
      c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1);
      const x0_4 = v128.load32_splat(a4);
      c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1);
      const x0_5 = v128.load32_splat(a5);
      c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1);
      a0 += aStride; a1 += aStride; a2 += aStride; a3 += aStride; a4 += aStride; a5 += aStride;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    v128.store(p2, c2_0, 0); v128.store(p2, c2_1, 16);
    v128.store(p3, c3_0, 0); v128.store(p3, c3_1, 16);
    v128.store(p4, c4_0, 0); v128.store(p4, c4_1, 16);
    v128.store(p5, c5_0, 0); v128.store(p5, c5_1, 16);
    a += 24;
    c = p5 + cStride;
    rows -= 6;
  }
  if (rows >= 4) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0);
    let c2_0 = f32x4.splat(0); let c2_1 = f32x4.splat(0);
    let c3_0 = f32x4.splat(0); let c3_1 = f32x4.splat(0);
    let a0 = a + 0;
    let a1 = a + 4;
    let a2 = a + 8;
    let a3 = a + 12;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      const x0_2 = v128.load32_splat(a2);
      c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1);
      const x0_3 = v128.load32_splat(a3);
      c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1);
      a0 += aStride; a1 += aStride; a2 += aStride; a3 += aStride;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    v128.store(p2, c2_0, 0); v128.store(p2, c2_1, 16);
    v128.store(p3, c3_0, 0); v128.store(p3, c3_1, 16);
    a += 16;
    c = p3 + cStride;
    rows -= 4;
  }
  if (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0);
    let a0 = a + 0;
    let a1 = a + 4;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      a0 += aStride; a1 += aStride;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    a += 8;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0);
    let a0 = a + 0;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      a0 += aStride;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    a += 4;
    c = p0 + cStride;
    rows -= 1;
  }
}

export function scaleAddTransposedProduct(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, alpha: usize, rows: i32, depth: i32): void {
  const alpha0 = v128.load(alpha, 0);
  const alpha1 = v128.load(alpha, 16);
  const end = b + <usize>depth * 32;
  while (rows >= 6) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    const p4 = p3 + cStride;
    const p5 = p4 + cStride;
    let c0_0 = f32x4.mul(v128.load(p0, 0), alpha0); let c0_1 = f32x4.mul(v128.load(p0, 16), alpha1);
    let c1_0 = f32x4.mul(v128.load(p1, 0), alpha0); let c1_1 = f32x4.mul(v128.load(p1, 16), alpha1);
    let c2_0 = f32x4.mul(v128.load(p2, 0), alpha0); let c2_1 = f32x4.mul(v128.load(p2, 16), alpha1);
    let c3_0 = f32x4.mul(v128.load(p3, 0), alpha0); let c3_1 = f32x4.mul(v128.load(p3, 16), alpha1);
    let c4_0 = f32x4.mul(v128.load(p4, 0), alpha0); let c4_1 = f32x4.mul(v128.load(p4, 16), alpha1);
    let c5_0 = f32x4.mul(v128.load(p5, 0), alpha0); let c5_1 = f32x4.mul(v128.load(p5, 16), alpha1);
    let a0 = a + 0;
    let a1 = a + 4;
    let a2 = a + 8;
    let a3 = a + 12;
    let a4 = a + 16;
    let a5 = a + 20;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      const x0_2 = v128.load32_splat(a2);
      c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1);
      const x0_3 = v128.load32_splat(a3);
      c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1);
      const x0_4 = v128.load32_splat(a4);
      c4_0 = f32x4.relaxed_madd(x0_4, b0_0, c4_0); c4_1 = f32x4.relaxed_madd(x0_4, b0_1, c4_1);
      const x0_5 = v128.load32_splat(a5);
      c5_0 = f32x4.relaxed_madd(x0_5, b0_0, c5_0); c5_1 = f32x4.relaxed_madd(x0_5, b0_1, c5_1);
      a0 += aStride; a1 += aStride; a2 += aStride; a3 += aStride; a4 += aStride; a5 += aStride;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    v128.store(p2, c2_0, 0); v128.store(p2, c2_1, 16);
    v128.store(p3, c3_0, 0); v128.store(p3, c3_1, 16);
    v128.store(p4, c4_0, 0); v128.store(p4, c4_1, 16);
    v128.store(p5, c5_0, 0); v128.store(p5, c5_1, 16);
    a += 24;
    c = p5 + cStride;
    rows -= 6;
  }
  if (rows >= 4) {
    const p0 = c;
    const p1 = p0 + cStride;
    const p2 = p1 + cStride;
    const p3 = p2 + cStride;
    let c0_0 = f32x4.mul(v128.load(p0, 0), alpha0); let c0_1 = f32x4.mul(v128.load(p0, 16), alpha1);
    let c1_0 = f32x4.mul(v128.load(p1, 0), alpha0); let c1_1 = f32x4.mul(v128.load(p1, 16), alpha1);
    let c2_0 = f32x4.mul(v128.load(p2, 0), alpha0); let c2_1 = f32x4.mul(v128.load(p2, 16), alpha1);
    let c3_0 = f32x4.mul(v128.load(p3, 0), alpha0); let c3_1 = f32x4.mul(v128.load(p3, 16), alpha1);
    let a0 = a + 0;
    let a1 = a + 4;
    let a2 = a + 8;
    let a3 = a + 12;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      const x0_2 = v128.load32_splat(a2);
      c2_0 = f32x4.relaxed_madd(x0_2, b0_0, c2_0); c2_1 = f32x4.relaxed_madd(x0_2, b0_1, c2_1);
      const x0_3 = v128.load32_splat(a3);
      c3_0 = f32x4.relaxed_madd(x0_3, b0_0, c3_0); c3_1 = f32x4.relaxed_madd(x0_3, b0_1, c3_1);
      a0 += aStride; a1 += aStride; a2 += aStride; a3 += aStride;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    v128.store(p2, c2_0, 0); v128.store(p2, c2_1, 16);
    v128.store(p3, c3_0, 0); v128.store(p3, c3_1, 16);
    a += 16;
    c = p3 + cStride;
    rows -= 4;
  }
  if (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = f32x4.mul(v128.load(p0, 0), alpha0); let c0_1 = f32x4.mul(v128.load(p0, 16), alpha1);
    let c1_0 = f32x4.mul(v128.load(p1, 0), alpha0); let c1_1 = f32x4.mul(v128.load(p1, 16), alpha1);
    let a0 = a + 0;
    let a1 = a + 4;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.relaxed_madd(x0_1, b0_0, c1_0); c1_1 = f32x4.relaxed_madd(x0_1, b0_1, c1_1);
      a0 += aStride; a1 += aStride;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16);
    a += 8;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = f32x4.mul(v128.load(p0, 0), alpha0); let c0_1 = f32x4.mul(v128.load(p0, 16), alpha1);
    let a0 = a + 0;
    let y = b;
    while (y < end) {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.relaxed_madd(x0_0, b0_0, c0_0); c0_1 = f32x4.relaxed_madd(x0_0, b0_1, c0_1);
      a0 += aStride;
      y += 32;
    }
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16);
    a += 4;
    c = p0 + cStride;
    rows -= 1;
  }
}

