// Written by scripts/generate-tiles.ts: 2 rows of 4 vectors, multiply, then add.

export const VECTORS: i32 = 4;

export function product(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  const end = b + <usize>depth * 64;
  while (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0); let c1_2 = f32x4.splat(0); let c1_3 = f32x4.splat(0);
    let a0 = a;
    let a1 = a0 + aStride;
    let y = b;
    do {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.add(f32x4.mul(x0_0, b0_0), c0_0); c0_1 = f32x4.add(f32x4.mul(x0_0, b0_1), c0_1); c0_2 = f32x4.add(f32x4.mul(x0_0, b0_2), c0_2); c0_3 = f32x4.add(f32x4.mul(x0_0, b0_3), c0_3);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.add(f32x4.mul(x0_1, b0_0), c1_0); c1_1 = f32x4.add(f32x4.mul(x0_1, b0_1), c1_1); c1_2 = f32x4.add(f32x4.mul(x0_1, b0_2), c1_2); c1_3 = f32x4.add(f32x4.mul(x0_1, b0_3), c1_3);
      a0 += 4; a1 += 4;
      y += 64;
    } while (y < end);
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16); v128.store(p0, c0_2, 32); v128.store(p0, c0_3, 48);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16); v128.store(p1, c1_2, 32); v128.store(p1, c1_3, 48);
    a = a1 - 4 * <usize>depth + aStride;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let a0 = a;
    let y = b;
    do {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.add(f32x4.mul(x0_0, b0_0), c0_0); c0_1 = f32x4.add(f32x4.mul(x0_0, b0_1), c0_1); c0_2 = f32x4.add(f32x4.mul(x0_0, b0_2), c0_2); c0_3 = f32x4.add(f32x4.mul(x0_0, b0_3), c0_3);
      a0 += 4;
      y += 64;
    } while (y < end);
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16); v128.store(p0, c0_2, 32); v128.store(p0, c0_3, 48);
    a = a0 - 4 * <usize>depth + aStride;
    c = p0 + cStride;
    rows -= 1;
  }
}

export function addProduct(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  const end = b + <usize>depth * 64;
  while (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = v128.load(p0, 0); let c0_1 = v128.load(p0, 16); let c0_2 = v128.load(p0, 32); let c0_3 = v128.load(p0, 48);
    let c1_0 = v128.load(p1, 0); let c1_1 = v128.load(p1, 16); let c1_2 = v128.load(p1, 32); let c1_3 = v128.load(p1, 48);
    let a0 = a;
    let a1 = a0 + aStride;
    let y = b;
    do {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.add(f32x4.mul(x0_0, b0_0), c0_0); c0_1 = f32x4.add(f32x4.mul(x0_0, b0_1), c0_1); c0_2 = f32x4.add(f32x4.mul(x0_0, b0_2), c0_2); c0_3 = f32x4.add(f32x4.mul(x0_0, b0_3), c0_3);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.add(f32x4.mul(x0_1, b0_0), c1_0); c1_1 = f32x4.add(f32x4.mul(x0_1, b0_1), c1_1); c1_2 = f32x4.add(f32x4.mul(x0_1, b0_2), c1_2); c1_3 = f32x4.add(f32x4.mul(x0_1, b0_3), c1_3);
      a0 += 4; a1 += 4;
      y += 64;
    } while (y < end);
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16); v128.store(p0, c0_2, 32); v128.store(p0, c0_3, 48);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16); v128.store(p1, c1_2, 32); v128.store(p1, c1_3, 48);
    a = a1 - 4 * <usize>depth + aStride;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = v128.load(p0, 0); let c0_1 = v128.load(p0, 16); let c0_2 = v128.load(p0, 32); let c0_3 = v128.load(p0, 48);
    let a0 = a;
    let y = b;
    do {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.add(f32x4.mul(x0_0, b0_0), c0_0); c0_1 = f32x4.add(f32x4.mul(x0_0, b0_1), c0_1); c0_2 = f32x4.add(f32x4.mul(x0_0, b0_2), c0_2); c0_3 = f32x4.add(f32x4.mul(x0_0, b0_3), c0_3);
      a0 += 4;
      y += 64;
    } while (y < end);
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16); v128.store(p0, c0_2, 32); v128.store(p0, c0_3, 48);
    a = a0 - 4 * <usize>depth + aStride;
    c = p0 + cStride;
    rows -= 1;
  }
}

export function transposedProduct(a: usize, aStride: usize, b: usize, c: usize, cStride: usize, rows: i32, depth: i32): void {
  const end = b + <usize>depth * 64;
  while (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let c1_0 = f32x4.splat(0); let c1_1 = f32x4.splat(0); let c1_2 = f32x4.splat(0); let c1_3 = f32x4.splat(0);
    let a0 = a + 0;
    let a1 = a + 4;
    let y = b;
    do {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.add(f32x4.mul(x0_0, b0_0), c0_0); c0_1 = f32x4.add(f32x4.mul(x0_0, b0_1), c0_1); c0_2 = f32x4.add(f32x4.mul(x0_0, b0_2), c0_2); c0_3 = f32x4.add(f32x4.mul(x0_0, b0_3), c0_3);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.add(f32x4.mul(x0_1, b0_0), c1_0); c1_1 = f32x4.add(f32x4.mul(x0_1, b0_1), c1_1); c1_2 = f32x4.add(f32x4.mul(x0_1, b0_2), c1_2); c1_3 = f32x4.add(f32x4.mul(x0_1, b0_3), c1_3);
      a0 += aStride; a1 += aStride;
      y += 64;
    } while (y < end);
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16); v128.store(p0, c0_2, 32); v128.store(p0, c0_3, 48);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16); v128.store(p1, c1_2, 32); v128.store(p1, c1_3, 48);
    a += 8;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = f32x4.splat(0); let c0_1 = f32x4.splat(0); let c0_2 = f32x4.splat(0); let c0_3 = f32x4.splat(0);
    let a0 = a + 0;
    let y = b;
    do {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.add(f32x4.mul(x0_0, b0_0), c0_0); c0_1 = f32x4.add(f32x4.mul(x0_0, b0_1), c0_1); c0_2 = f32x4.add(f32x4.mul(x0_0, b0_2), c0_2); c0_3 = f32x4.add(f32x4.mul(x0_0, b0_3), c0_3);
      a0 += aStride;
      y += 64;
    } while (y < end);
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16); v128.store(p0, c0_2, 32); v128.store(p0, c0_3, 48);
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
  while (rows >= 2) {
    const p0 = c;
    const p1 = p0 + cStride;
    let c0_0 = f32x4.mul(v128.load(p0, 0), alpha0); let c0_1 = f32x4.mul(v128.load(p0, 16), alpha1); let c0_2 = f32x4.mul(v128.load(p0, 32), alpha2); let c0_3 = f32x4.mul(v128.load(p0, 48), alpha3);
    let c1_0 = f32x4.mul(v128.load(p1, 0), alpha0); let c1_1 = f32x4.mul(v128.load(p1, 16), alpha1); let c1_2 = f32x4.mul(v128.load(p1, 32), alpha2); let c1_3 = f32x4.mul(v128.load(p1, 48), alpha3);
    let a0 = a + 0;
    let a1 = a + 4;
    let y = b;
    do {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.add(f32x4.mul(x0_0, b0_0), c0_0); c0_1 = f32x4.add(f32x4.mul(x0_0, b0_1), c0_1); c0_2 = f32x4.add(f32x4.mul(x0_0, b0_2), c0_2); c0_3 = f32x4.add(f32x4.mul(x0_0, b0_3), c0_3);
      const x0_1 = v128.load32_splat(a1);
      c1_0 = f32x4.add(f32x4.mul(x0_1, b0_0), c1_0); c1_1 = f32x4.add(f32x4.mul(x0_1, b0_1), c1_1); c1_2 = f32x4.add(f32x4.mul(x0_1, b0_2), c1_2); c1_3 = f32x4.add(f32x4.mul(x0_1, b0_3), c1_3);
      a0 += aStride; a1 += aStride;
      y += 64;
    } while (y < end);
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16); v128.store(p0, c0_2, 32); v128.store(p0, c0_3, 48);
    v128.store(p1, c1_0, 0); v128.store(p1, c1_1, 16); v128.store(p1, c1_2, 32); v128.store(p1, c1_3, 48);
    a += 8;
    c = p1 + cStride;
    rows -= 2;
  }
  if (rows >= 1) {
    const p0 = c;
    let c0_0 = f32x4.mul(v128.load(p0, 0), alpha0); let c0_1 = f32x4.mul(v128.load(p0, 16), alpha1); let c0_2 = f32x4.mul(v128.load(p0, 32), alpha2); let c0_3 = f32x4.mul(v128.load(p0, 48), alpha3);
    let a0 = a + 0;
    let y = b;
    do {
      const b0_0 = v128.load(y, 0); const b0_1 = v128.load(y, 16); const b0_2 = v128.load(y, 32); const b0_3 = v128.load(y, 48);
      const x0_0 = v128.load32_splat(a0);
      c0_0 = f32x4.add(f32x4.mul(x0_0, b0_0), c0_0); c0_1 = f32x4.add(f32x4.mul(x0_0, b0_1), c0_1); c0_2 = f32x4.add(f32x4.mul(x0_0, b0_2), c0_2); c0_3 = f32x4.add(f32x4.mul(x0_0, b0_3), c0_3);
      a0 += aStride;
      y += 64;
    } while (y < end);
    v128.store(p0, c0_0, 0); v128.store(p0, c0_1, 16); v128.store(p0, c0_2, 32); v128.store(p0, c0_3, 48);
    a += 4;
    c = p0 + cStride;
    rows -= 1;
  }
}

