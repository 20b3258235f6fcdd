/** Native decoding: the operators of ONNX Runtime with keys and values as inputs, or as a past that a token joins. */
import { DYNAMIC, Graph, type Tensor, type Value } from '../../onnx/graph.js';
import { writeModel } from '../../onnx/model.js';
import { ATTENTION_OPSET, INT32 } from '../peers/exact-graphs.js';
import type { PeerSession } from '../peers/onnx-peers.js';
import type { DecodingContender, DecodingSolver } from './contender.js';
import { cacheBytes, type DecodingInputs, type DecodingProblem } from './problem.js';

export type CreateDecodingSession = (model: Uint8Array, problem: DecodingProblem) => Promise<PeerSession>;

interface Peer {
  name: string;
  /** @throws RangeError where the operator cannot do it */
  build(
    problem: DecodingProblem,
    inputs: DecodingInputs,
  ): { model: Uint8Array; feeds: Record<string, Tensor> };
}

/** @param runtime begins the names of the contenders */
export function decodingPeers(runtime: string, create: CreateDecodingSession): readonly DecodingContender[] {
  return PEERS.map(({ name, build }) => ({
    name: `${runtime} ${name}`,
    tolerance: 1e-5,
    async open(problem, inputs) {
      const { model, feeds } = build(problem, inputs);
      return solverOf(await create(model, problem), feeds, problem);
    },
  }));
}

function solverOf(
  session: PeerSession,
  feeds: Record<string, Tensor>,
  problem: DecodingProblem,
): DecodingSolver {
  let output = new Float32Array();
  return {
    bytes: cacheBytes(problem),
    async run() {
      output = (await session.run(feeds)).output!.data as typeof output;
    },
    output: () => output,
    release: () => session.release(),
  };
}

const PEERS: readonly Peer[] = [
  {
    name: 'Attention-23',
    build({ heads, kvHeads, keys, D }, { q, k, v }) {
      const feeds = {
        q: float(q, [1, heads, 1, D]),
        k: float(k, [1, kvHeads, keys, D]),
        v: float(v, [1, kvHeads, keys, D]),
      };
      return modelOf(feeds, (of) => of.q!.graph.apply('Attention', [of.q!, of.k!, of.v!], [1, heads, 1, D]));
    },
  },
  {
    name: 'Attention-23 with past',
    build(problem, inputs) {
      const { heads, kvHeads, D } = problem;
      const { past, last } = splitLast(problem, inputs);
      const feeds = {
        q: float(inputs.q, [1, heads, 1, D]),
        k: float(last.k, [1, kvHeads, 1, D]),
        v: float(last.v, [1, kvHeads, 1, D]),
        ...past,
      };
      return modelOf(feeds, (of) =>
        first(of.q!, 'Attention', [of.q!, of.k!, of.v!, absent(of.q!), of.pastKey!, of.pastValue!], 3, [
          1,
          heads,
          1,
          D,
        ]),
      );
    },
  },
  {
    name: 'MultiHeadAttention',
    build(problem, inputs) {
      refuseGroups(problem);
      const { heads, keys, D } = problem;
      const feeds = {
        q: float(inputs.q, [1, 1, heads * D]),
        k: float(sideBySide(inputs.k, problem), [1, keys, heads * D]),
        v: float(sideBySide(inputs.v, problem), [1, keys, heads * D]),
      };
      const attributes = { num_heads: heads };
      return modelOf(feeds, (of) =>
        of.q!.graph.apply(
          'com.microsoft.MultiHeadAttention',
          [of.q!, of.k!, of.v!],
          [1, 1, heads * D],
          attributes,
        ),
      );
    },
  },
  {
    name: 'MultiHeadAttention with past',
    build(problem, inputs) {
      refuseGroups(problem);
      const { heads, D } = problem;
      const { past, last } = splitLast(problem, inputs);
      const row = [1, 1, heads * D];
      const feeds = { q: float(inputs.q, row), k: float(last.k, row), v: float(last.v, row), ...past };
      return modelOf(feeds, (of) => {
        const none = absent(of.q!);
        const operands = [of.q!, of.k!, of.v!, none, none, none, of.pastKey!, of.pastValue!];
        return first(of.q!, 'com.microsoft.MultiHeadAttention', operands, 3, row, { num_heads: heads });
      });
    },
  },
  {
    name: 'GroupQueryAttention with past',
    build(problem, inputs) {
      const { heads, kvHeads, keys, D } = problem;
      const { past, last } = splitLast(problem, inputs);
      const feeds = {
        q: float(inputs.q, [1, 1, heads * D]),
        k: float(last.k, [1, 1, kvHeads * D]),
        v: float(last.v, [1, 1, kvHeads * D]),
        ...past,
      };
      return modelOf(feeds, (of) => {
        const { graph } = of.q!;
        const int32 = (list: readonly number[], dims: readonly number[]) => {
          const value = graph.constant({ type: 'int64', data: BigInt64Array.from(list, BigInt), dims });
          return graph.apply('Cast', [value], dims, { to: INT32 });
        };
        const operands = [
          of.q!,
          of.k!,
          of.v!,
          of.pastKey!,
          of.pastValue!,
          int32([keys - 1], [1]),
          int32([keys], []),
        ];
        const attributes = { num_heads: heads, kv_num_heads: kvHeads };
        return first(of.q!, 'com.microsoft.GroupQueryAttention', operands, 3, [1, 1, heads * D], attributes);
      });
    },
  },
];

const float = (data: Float32Array, dims: readonly number[]): Tensor => ({ type: 'float32', data, dims });

function modelOf(feeds: Record<string, Tensor>, body: (inputs: Record<string, Value>) => Value) {
  const graph = new Graph();
  // The length of the past is left open: onnxruntime-web refuses GroupQueryAttention where it infers that of past and new keys
  // together, and takes it for one that was declared.
  const declared = (name: string, dims: readonly number[]) =>
    name.startsWith('past') ? dims.with(2, DYNAMIC) : dims;
  const inputs = Object.entries(feeds).map(
    ([name, { dims }]) => [name, graph.input(name, declared(name, dims))] as const,
  );
  graph.output('output', body(Object.fromEntries(inputs)));
  return { model: writeModel(graph, {}, ATTENTION_OPSET), feeds };
}

/** The first output of an operator that has others, too. */
function first(
  { graph, type }: Value,
  op: string,
  inputs: readonly Value[],
  outputs: number,
  dims: readonly number[],
  attributes: Parameters<Graph['applyMany']>[3] = {},
): Value {
  return graph.applyMany(
    op,
    inputs,
    Array.from({ length: outputs }, () => ({ dims, type })),
    attributes,
  )[0]!;
}

/** What ONNX writes where an optional input is left out. */
const absent = ({ graph, type }: Value): Value => ({ graph, type, name: '', dims: [] });

function refuseGroups({ heads, kvHeads }: DecodingProblem): void {
  if (heads !== kvHeads) throw new RangeError('it has no groups of heads');
}

/** All keys and values but the last ones, as [1, kvHeads, keys − 1, D], and the last ones, head by head. */
function splitLast({ keys, kvHeads, D }: DecodingProblem, { k, v }: DecodingInputs) {
  const part = (data: Float32Array, from: number, to: number) => {
    const rows = new Float32Array(kvHeads * (to - from) * D);
    for (let head = 0; head < kvHeads; head++)
      rows.set(data.subarray((head * keys + from) * D, (head * keys + to) * D), head * (to - from) * D);
    return rows;
  };
  const dims = [1, kvHeads, keys - 1, D];
  return {
    past: { pastKey: float(part(k, 0, keys - 1), dims), pastValue: float(part(v, 0, keys - 1), dims) },
    last: { k: part(k, keys - 1, keys), v: part(v, keys - 1, keys) },
  };
}

/** [heads, keys, D] as [keys, heads·D]. */
function sideBySide(data: Float32Array, { heads, keys, D }: DecodingProblem): Float32Array {
  const rows = new Float32Array(data.length);
  for (let head = 0; head < heads; head++) {
    for (let j = 0; j < keys; j++)
      rows.set(data.subarray((head * keys + j) * D, (head * keys + j + 1) * D), (j * heads + head) * D);
  }
  return rows;
}
