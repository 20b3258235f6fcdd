import { checkNames } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import type { AttentionCall } from './call.js';
import { checkComputation, computeCall } from './compute.js';
import { apartFrom, checkOut, type EngineTensor } from './engine-tensor.js';
import { exactBytes, runExactEach } from './exact.js';
import type { Computed, ComputeOptions, Method } from './options.js';
import { placeCall, placeTensor, Scope } from './placement.js';
import { checkCall, FLOATS } from './shapes.js';
import {
  type CheckedTensor,
  checkTensor,
  elementCount,
  type Float32Tensor,
  shapeOf,
  type Tensor,
} from './tensor.js';

/** Sequences of different lengths, one behind the other. S sequences, Hq and Hkv heads, D headDim, Dv valueDim. */
export interface PackedInputs {
  /** [total queries, Hq, D] */
  q: Tensor;
  /** [total keys, Hkv, D] */
  k: Tensor;
  /** [total keys, Hkv, Dv] */
  v: Tensor;
  /** int32 [S + 1]: where each sequence of queries begins, from 0, and where the last one ends. */
  cuSeqlensQ: Tensor;
  /** The same of keys and values. Default: cuSeqlensQ. */
  cuSeqlensK?: Tensor | undefined;
}

/** Options of packed sequences; heads and dimensions are those of the tensors. */
export type PackedOptions = Omit<
  ComputeOptions,
  'qNumHeads' | 'kvNumHeads' | 'present' | 'qkMatmulOutputMode'
>;

/**
 * Attention of each sequence to itself, as a call of its own would compute it: the cost is the sum of the sequences' costs.
 * Position 0 of the causal rule and of windows is the first query and the first key of the sequence.
 */
export function computePacked(
  engine: Engine,
  inputs: PackedInputs,
  method: Method,
  options: PackedOptions,
): Promise<Computed> {
  return engine.exclusive(async () => {
    checkNames('input', inputs, ['q', 'k', 'v', 'cuSeqlensQ', 'cuSeqlensK']);
    for (const name of ['qNumHeads', 'kvNumHeads', 'present', 'qkMatmulOutputMode'] as const) {
      if ((options as ComputeOptions)[name] !== undefined)
        throw new TypeError(`${name}: expected none with packed sequences`);
    }
    const packed = checkPacked(inputs);
    const { out: given, ...rest } = options;
    const [total, heads, dim] = [packed.q.dims[0]!, packed.q.dims[1]!, packed.v.dims[2]!];
    const dims = [total, heads, dim];
    const out = checkOut(engine, 'out', given, dims);
    const inPlace = apartFrom([packed.q, packed.k, packed.v], out);
    const sizes = [packed.q, packed.k, packed.v].map(({ data }) => data.length);
    const outputSize = total * heads * dim;
    engine.arena.require(4 * sizes.reduce((sum, size) => sum + size, inPlace ? 0 : outputSize));
    const scope = new Scope(engine);
    try {
      const [q, k, v] = [packed.q, packed.k, packed.v].map((tensor) => placeTensor(scope, tensor)) as [
        number,
        number,
        number,
      ];
      const output = inPlace ? inPlace.data.byteOffset : scope.allocate(4 * outputSize);
      const calls = packed.sequences.map((sequence) => callOf(engine, packed, sequence, { q, k, v }, rest));
      const outs = packed.sequences.map(({ query, queries }) =>
        rowsAt(engine, output + 4 * query * heads * dim, [1, queries, heads * dim]),
      ) as unknown as EngineTensor[];
      for (const [i, call] of calls.entries())
        checkComputation(engine, call, method, { ...rest, out: outs[i] });
      const result: Computed = { output: { type: 'float32', data: new Float32Array(0), dims }, warnings: [] };
      if (method === 'exact') {
        engine.arena.require(exactBytes(engine, calls, rest));
        const placed = calls.map((call, i) => ({
          call,
          params: placeCall(scope, call, false, outs[i]).params,
        }));
        const sums = await runExactEach(scope, placed, rest);
        if (rest.logSumExp) result.logSumExp = sideBySide(sums, packed, heads, total);
      } else {
        // Each is a chain of kernels, of which every one divides its heads over the threads.
        for (const [i, call] of calls.entries())
          takeIn(result, await computeCall(engine, call, method, { ...rest, out: outs[i] }));
      }
      const data = engine.arena.float32(output, outputSize);
      if (out && !inPlace) out.data.set(data);
      result.output = out ?? { type: 'float32', data: data.slice(), dims };
      return result;
    } finally {
      scope.release();
    }
  });
}

interface Sequence {
  /** Its first query and its first key in the packed tensors, and how many there are. */
  query: number;
  queries: number;
  key: number;
  keys: number;
}

interface Packed {
  q: CheckedTensor;
  k: CheckedTensor;
  v: CheckedTensor;
  sequences: Sequence[];
}

function checkPacked(inputs: PackedInputs): Packed {
  const [q, k, v] = (['q', 'k', 'v'] as const).map((name) => {
    const tensor = checkTensor(name, inputs[name], FLOATS);
    if (tensor.dims.length !== 3 || tensor.dims[1]! < 1)
      throw new RangeError(`${name}: given dims ${shapeOf(tensor.dims)}, expected [total, heads, dim]`);
    return tensor;
  }) as [CheckedTensor, CheckedTensor, CheckedTensor];
  const starts = checkStarts('cuSeqlensQ', inputs.cuSeqlensQ, 'q', q.dims[0]!);
  const given = inputs.cuSeqlensK ?? undefined;
  const keyStarts = given !== undefined ? checkStarts('cuSeqlensK', given, 'k', k.dims[0]!) : starts;
  if (given === undefined && k.dims[0] !== q.dims[0])
    throw new RangeError(`cuSeqlensK: missing, but k has ${k.dims[0]} rows and q ${q.dims[0]}`);
  if (keyStarts.length !== starts.length)
    throw new RangeError(
      `cuSeqlensK: given ${keyStarts.length} numbers, expected ${starts.length} as in cuSeqlensQ`,
    );
  for (const [what, at] of [
    ['length', 0],
    ['head count', 1],
  ] as const) {
    if (v.dims[at] !== k.dims[at])
      throw new RangeError(`v: ${what} ${v.dims[at]}, expected ${k.dims[at]} as in k`);
  }
  const sequences = starts.slice(0, -1).map((query, i) => ({
    query,
    queries: starts[i + 1]! - query,
    key: keyStarts[i]!,
    keys: keyStarts[i + 1]! - keyStarts[i]!,
  }));
  return { q, k, v, sequences };
}

function checkStarts(name: string, tensor: Tensor, of: string, total: number): number[] {
  const { data, dims } = checkTensor(name, tensor, ['int32']);
  if (dims.length !== 1 || dims[0]! < 1)
    throw new RangeError(`${name}: given dims ${shapeOf(dims)}, expected [sequences + 1]`);
  const starts = Array.from(data as Int32Array);
  if (starts[0] !== 0) throw new RangeError(`${name}: begins with ${starts[0]}, expected 0`);
  starts.forEach((start, i) => {
    if (i > 0 && start < starts[i - 1]!)
      throw new RangeError(
        `${name}: given ${start} after ${starts[i - 1]}, expected numbers that do not fall`,
      );
  });
  if (starts.at(-1) !== total)
    throw new RangeError(`${name}: ends with ${starts.at(-1)}, expected ${total}, the rows of ${of}`);
  return starts;
}

/** A tensor in the engine's memory; `data` is read anew at each use, for memory may move. */
function rowsAt(engine: Engine, address: number, dims: readonly number[]): Float32Tensor {
  const length = elementCount(dims);
  return {
    type: 'float32',
    dims,
    get data() {
      return engine.arena.float32(address, length);
    },
  };
}

/** The call of one sequence, whose rows lie in the packed tensors as [1, length, heads·dim]. */
function callOf(
  engine: Engine,
  { q, k, v }: Packed,
  { query, queries, key, keys }: Sequence,
  addresses: { q: number; k: number; v: number },
  options: PackedOptions,
): AttentionCall {
  const rows = ({ dims }: CheckedTensor, address: number, first: number, count: number) => {
    const size = dims[1]! * dims[2]!;
    return rowsAt(engine, address + 4 * first * size, [1, count, size]);
  };
  return checkCall(
    {
      q: rows(q, addresses.q, query, queries),
      k: rows(k, addresses.k, key, keys),
      v: rows(v, addresses.v, key, keys),
    },
    { ...options, qNumHeads: q.dims[1]!, kvNumHeads: k.dims[1]! },
  );
}

/** What each sequence has of [1, heads, queries], as [heads, total]. */
function sideBySide(
  sums: readonly Float32Tensor[],
  { sequences }: Packed,
  heads: number,
  total: number,
): Float32Tensor {
  const data = new Float32Array(heads * total);
  for (const [i, { query, queries }] of sequences.entries()) {
    for (let head = 0; head < heads; head++)
      data.set(sums[i]!.data.subarray(head * queries, (head + 1) * queries), head * total + query);
  }
  return { type: 'float32', data, dims: [heads, total] };
}

function takeIn(result: Computed, { smallestDenominator, warnings }: Computed): void {
  if (smallestDenominator !== undefined)
    result.smallestDenominator = Math.min(
      result.smallestDenominator ?? Number.POSITIVE_INFINITY,
      smallestDenominator,
    );
  result.warnings = [...new Set([...result.warnings, ...warnings])];
}
