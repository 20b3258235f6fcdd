/**
 * Writes assembly/tiles/{simd,relaxed,wide}.ts: the register tiles in which every flop of a matrix product happens.
 *
 * A tile keeps `rows × vectors` accumulators in registers and walks the depth of the product once. AssemblyScript
 * has no macros, so the unrolled bodies are written by this program: `npm run build && npm run generate`.
 * The test suite compares the files in the repository with what this program writes.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { argumentsOf } from './given.js';

export interface Shape {
  /** Accumulator rows of the largest tile. */
  rows: number;
  /** 128-bit vectors in a row. */
  vectors: number;
  /** Fused multiply-add (relaxed SIMD) or multiply, then add. */
  fused: boolean;
  /** Where the loop over the depth ends: `do` takes a jump less a step, but makes V8 11 load early and spill some shapes. */
  loop: 'while' | 'do';
  /** Steps of the depth in one turn of the loop. */
  unroll: 1 | 2;
  /** Whether V8 pairs the vectors, so that the upper one of a pair has to be stored first: else it stores the lower one twice. */
  paired: boolean;
}

/**
 * The shapes that are fastest in V8, measured on Node 20 and Node 24 (docs/architecture.md).
 * Sixteen vector registers hold the accumulators, one row of B and one element of A: one shape more and V8 spills.
 */
export const SHAPES: Record<string, Shape> = {
  simd: { rows: 2, vectors: 4, fused: false, loop: 'do', unroll: 1, paired: false },
  relaxed: { rows: 6, vectors: 2, fused: true, loop: 'while', unroll: 1, paired: false },
  // V8's revectoriser turns pairs of adjacent vectors into one of 256 bits: 6 × 4 becomes 6 × 2.
  wide: { rows: 6, vectors: 4, fused: true, loop: 'do', unroll: 2, paired: true },
};

interface Kernel {
  name: string;
  /** Whether A is read transposed: A[k][r] instead of A[r][k]. */
  transposed: boolean;
  /** What an accumulator starts from. */
  start: 'zero' | 'C' | 'alpha * C';
}

const KERNELS: Kernel[] = [
  { name: 'product', transposed: false, start: 'zero' },
  { name: 'addProduct', transposed: false, start: 'C' },
  { name: 'transposedProduct', transposed: true, start: 'zero' },
  { name: 'scaleAddTransposedProduct', transposed: true, start: 'alpha * C' },
];

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** One tile of `rows` rows; leaves `a` and `c` at the next row. */
function tile(kernel: Kernel, { vectors, fused, loop, unroll, paired }: Shape, rows: number): string[] {
  const row = (statement: (j: number) => string) => range(vectors).map(statement).join(' ');
  const load = (r: number, j: number) => `v128.load(p${r}, ${16 * j})`;
  const start = (r: number, j: number) =>
    ({ zero: 'f32x4.splat(0)', C: load(r, j), 'alpha * C': `f32x4.mul(${load(r, j)}, alpha${j})` })[
      kernel.start
    ];
  const multiplyAdd = (x: string, b: string, c: string) =>
    fused ? `f32x4.relaxed_madd(${x}, ${b}, ${c})` : `f32x4.add(f32x4.mul(${x}, ${b}), ${c})`;
  // One pointer a row, also where a constant offset would do: with offsets V8 11 hoists the loads and spills.
  const firstOf = (r: number) => (kernel.transposed ? `a + ${4 * r}` : r === 0 ? 'a' : `a${r - 1} + aStride`);
  const step = (k: number) => [
    `  ${row((j) => `const b${k}_${j} = v128.load(y, ${16 * (vectors * k + j)});`)}`,
    ...range(rows).flatMap((r) => [
      `  const x${k}_${r} = v128.load32_splat(${k === 0 ? `a${r}` : kernel.transposed ? `a${r} + aStride` : `a${r}, 4`});`,
      `  ${row((j) => `c${r}_${j} = ${multiplyAdd(`x${k}_${r}`, `b${k}_${j}`, `c${r}_${j}`)};`)}`,
    ]),
  ];
  const next = (steps: number) =>
    kernel.transposed ? (steps === 1 ? 'aStride' : `${steps} * aStride`) : 4 * steps;
  const walk = (steps: number, end: string) => [
    loop === 'do' ? 'do {' : `while (y < ${end}) {`,
    ...range(steps).flatMap(step),
    `  ${range(rows)
      .map((r) => `a${r} += ${next(steps)};`)
      .join(' ')}`,
    `  y += ${16 * vectors * steps};`,
    loop === 'do' ? `} while (y < ${end});` : '}',
  ];
  const stores = range(vectors).map((j) => (paired ? j ^ 1 : j));
  return [
    ...range(rows).map((r) => `const p${r} = ${r === 0 ? 'c' : `p${r - 1} + cStride`};`),
    ...range(rows).map((r) => row((j) => `let c${r}_${j} = ${start(r, j)};`)),
    ...range(rows).map((r) => `let a${r} = ${firstOf(r)};`),
    'let y = b;',
    ...(unroll === 2
      ? [
          'if (y < evenEnd) {',
          ...walk(2, 'evenEnd').map((line) => `  ${line}`),
          '}',
          'if (y < end) {',
          ...walk(1, 'end').map((line) => `  ${line}`),
          '}',
        ]
      : walk(1, 'end')),
    ...range(rows).map((r) => stores.map((j) => `v128.store(p${r}, c${r}_${j}, ${16 * j});`).join(' ')),
    kernel.transposed ? `a += ${4 * rows};` : `a = a${rows - 1} - 4 * <usize>depth + aStride;`,
    `c = p${rows - 1} + cStride;`,
    `rows -= ${rows};`,
  ];
}

/** Tile heights: the tallest repeats, the others take what is left over. */
function heights({ rows }: Shape): number[] {
  return [rows, 4, 2, 1].filter((height, i) => i === 0 || height < rows);
}

function kernelSource(kernel: Kernel, shape: Shape): string {
  const scaled = kernel.start === 'alpha * C';
  const parameters = ['a', 'aStride', 'b', 'c', 'cStride', ...(scaled ? ['alpha'] : [])];
  const body = [
    ...(scaled ? range(shape.vectors).map((j) => `const alpha${j} = v128.load(alpha, ${16 * j});`) : []),
    `const end = b + <usize>depth * ${16 * shape.vectors};`,
    ...(shape.unroll === 2 ? [`const evenEnd = b + <usize>(depth & ~1) * ${16 * shape.vectors};`] : []),
    ...heights(shape).flatMap((rows, i) => [
      `${i === 0 ? 'while' : 'if'} (rows >= ${rows}) {`,
      ...tile(kernel, shape, rows).map((line) => `  ${line}`),
      '}',
    ]),
  ];
  const signature = parameters.map((name) => `${name}: usize`).join(', ');
  return [
    `export function ${kernel.name}(${signature}, rows: i32, depth: i32): void {`,
    ...body.map((line) => `  ${line}`),
    '}',
  ].join('\n');
}

/** The AssemblyScript source of one tier's tiles. */
export function tilesSource(tier: string): string {
  const shape = SHAPES[tier];
  if (!shape)
    throw new RangeError(`tier: given "${tier}", expected one of ${Object.keys(SHAPES).join(', ')}`);
  return [
    `// Written by scripts/generate-tiles.ts: ${shape.rows} rows of ${shape.vectors} vectors, ${
      shape.fused ? 'fused multiply-add' : 'multiply, then add'
    }.`,
    `export const VECTORS: i32 = ${shape.vectors};`,
    ...KERNELS.map((kernel) => kernelSource(kernel, shape)),
    '',
  ].join('\n\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  argumentsOf('');
  for (const tier of Object.keys(SHAPES)) {
    writeFileSync(`assembly/tiles/${tier}.ts`, tilesSource(tier));
  }
}
