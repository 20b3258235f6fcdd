/** Between rows (one token a row) and panels (one token a lane). */

/** A centre that subtracts nothing: 512 zeros, the largest head dimension. */
export const NO_CENTRE: usize = memory.data(2048, 16);

/**
 * panel[d][t] = (rows[t][d] − centre[d])·scale for t < count; lanes from `count` up to the next multiple of 4 are 0.
 * `rowStride` and `panelStride` in bytes.
 */
export function packPanel(
  rows: usize,
  rowStride: usize,
  count: i32,
  centre: usize,
  scale: f32,
  panel: usize,
  panelStride: usize,
  dim: i32,
): void {
  const factor = f32x4.splat(scale);
  const zero = f32x4.splat(0);
  for (let t = 0; t < count; t += 4) {
    const r0 = rows + <usize>t * rowStride;
    const r1 = r0 + rowStride;
    const r2 = r1 + rowStride;
    const r3 = r2 + rowStride;
    const left = count - t;
    let out = panel + ((<usize>t) << 2);
    let d: usize = 0;
    for (const end = (<usize>dim & ~3) << 2; d < end; d += 16) {
      const mean = v128.load(centre + d);
      const x0 = f32x4.mul(f32x4.sub(v128.load(r0 + d), mean), factor);
      const x1 = left > 1 ? f32x4.mul(f32x4.sub(v128.load(r1 + d), mean), factor) : zero;
      const x2 = left > 2 ? f32x4.mul(f32x4.sub(v128.load(r2 + d), mean), factor) : zero;
      const x3 = left > 3 ? f32x4.mul(f32x4.sub(v128.load(r3 + d), mean), factor) : zero;
      const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      v128.store(out, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(out + panelStride, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
      v128.store(out + 2 * panelStride, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
      v128.store(out + 3 * panelStride, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
      out += 4 * panelStride;
    }
    for (const end = (<usize>dim) << 2; d < end; d += 4) {
      const mean = load<f32>(centre + d);
      store<f32>(out, (load<f32>(r0 + d) - mean) * scale);
      store<f32>(out, left > 1 ? (load<f32>(r1 + d) - mean) * scale : 0, 4);
      store<f32>(out, left > 2 ? (load<f32>(r2 + d) - mean) * scale : 0, 8);
      store<f32>(out, left > 3 ? (load<f32>(r3 + d) - mean) * scale : 0, 12);
      out += panelStride;
    }
  }
}

/** rows[t][d] = panel[d][t]·factors[t] for t < count. */
export function unpackPanel(
  panel: usize,
  panelStride: usize,
  factors: usize,
  rows: usize,
  rowStride: usize,
  count: i32,
  dim: i32,
): void {
  for (let t = 0; t < count; t += 4) {
    const factor = v128.load(factors + ((<usize>t) << 2));
    const r0 = rows + <usize>t * rowStride;
    const r1 = r0 + rowStride;
    const r2 = r1 + rowStride;
    const r3 = r2 + rowStride;
    const left = count - t;
    let p = panel + ((<usize>t) << 2);
    let d: usize = 0;
    for (const end = (<usize>dim & ~3) << 2; d < end; d += 16) {
      const x0 = f32x4.mul(v128.load(p), factor);
      const x1 = f32x4.mul(v128.load(p + panelStride), factor);
      const x2 = f32x4.mul(v128.load(p + 2 * panelStride), factor);
      const x3 = f32x4.mul(v128.load(p + 3 * panelStride), factor);
      const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      v128.store(r0 + d, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      if (left > 1) v128.store(r1 + d, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
      if (left > 2) v128.store(r2 + d, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
      if (left > 3) v128.store(r3 + d, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
      p += 4 * panelStride;
    }
    for (const end = (<usize>dim) << 2; d < end; d += 4) {
      const x = f32x4.mul(v128.load(p), factor);
      store<f32>(r0 + d, f32x4.extract_lane(x, 0));
      if (left > 1) store<f32>(r1 + d, f32x4.extract_lane(x, 1));
      if (left > 2) store<f32>(r2 + d, f32x4.extract_lane(x, 2));
      if (left > 3) store<f32>(r3 + d, f32x4.extract_lane(x, 3));
      p += panelStride;
    }
  }
}
