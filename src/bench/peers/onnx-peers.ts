import type { Tensor } from '../../onnx/graph.js';
import type { Contender, Solver } from '../contender.js';
import { graphNames } from '../names.js';
import type { Inputs, Problem } from '../problem.js';
import {
  decomposedModel,
  type GraphShape,
  groupQueryAttentionModel,
  multiHeadAttentionModel,
  standardAttentionModel,
} from './exact-graphs.js';
import { featureProductModel, type GraphOrder, linearAttentionModel } from './linear-graphs.js';

/** A runtime's session on a model: src/onnx/session.ts, or the like. */
export interface PeerSession {
  run(inputs: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

export type CreateSession = (model: Uint8Array, problem: Pick<Problem, 'threads'>) => Promise<PeerSession>;

/** An ONNX runtime on graphs that this project writes. @param runtime begins the names of the contenders */
export function onnxPeers(runtime: string, createSession: CreateSession): readonly Contender[] {
  const names = graphNames(runtime);
  const open = async (problem: Problem, model: Uint8Array, dims: readonly number[]) =>
    new OnnxSolver(await createSession(model, problem), problem, dims);
  return [
    {
      name: names.decomposed,
      kind: 'exact',
      async open(problem) {
        refuse(problem.isCausal, 'its graph has no causal form');
        return open(problem, decomposedModel(shapeOf(problem)), headsFirst(problem));
      },
    },
    {
      name: names.fused,
      kind: 'exact',
      open: (problem) => open(problem, multiHeadAttentionModel(shapeOf(problem)), packed(problem)),
    },
    {
      name: names.standard,
      kind: 'exact',
      open: (problem) => open(problem, standardAttentionModel(shapeOf(problem)), [1, ...headsFirst(problem)]),
    },
    {
      name: names.grouped,
      kind: 'exact',
      async open(problem) {
        refuse(!problem.isCausal, 'the operator is causal');
        return open(problem, groupQueryAttentionModel(shapeOf(problem)), packed(problem));
      },
    },
    {
      name: names.features,
      kind: 'taylor',
      async open(problem) {
        refuse(problem.isCausal, 'its graph has no causal form');
        return open(problem, featureProductModel(shapeOf(problem), orderOf(problem)), headsFirst(problem));
      },
    },
    {
      name: names.recurrent,
      kind: 'taylor',
      async open(problem) {
        refuse(!problem.isCausal, 'the operator is causal');
        refuse(problem.heads > 1, 'its graph is written for one head');
        return open(problem, linearAttentionModel(shapeOf(problem), orderOf(problem)), headsFirst(problem));
      },
    },
  ];
}

function refuse(condition: boolean, reason: string): void {
  if (condition) throw new RangeError(reason);
}

function shapeOf({ heads, D, isCausal }: Problem): GraphShape {
  return { heads, headDim: D, isCausal };
}

function orderOf({ order }: Problem): GraphOrder {
  refuse(order > 2, `graphs are written for orders 1 and 2, not ${order}`);
  return order as GraphOrder;
}

const headsFirst = ({ heads, L, D }: Problem) => [heads, L, D];
const packed = ({ heads, L, D }: Problem) => [1, L, heads * D];

class OnnxSolver implements Solver {
  readonly #session: PeerSession;
  readonly #problem: Problem;
  readonly #dims: readonly number[];
  #inputs: Record<string, Tensor> = {};
  #output: Float32Array = new Float32Array();

  /** @param dims of q, k, v and the output: [heads, L, D], with a 1 before it or not, or [1, L, heads·D] */
  constructor(session: PeerSession, problem: Problem, dims: readonly number[]) {
    this.#session = session;
    this.#problem = problem;
    this.#dims = dims;
  }

  load({ q, k, v }: Inputs): void {
    const { heads, L, D } = this.#problem;
    const place = (data: Float32Array): Tensor => ({
      type: 'float32',
      data: this.#isPacked ? exchangeAxes(data, heads, L, D) : data.slice(),
      dims: this.#dims,
    });
    this.#inputs = { q: place(q), k: place(k), v: place(v) };
  }

  async run(): Promise<void> {
    this.#output = (await this.#session.run(this.#inputs)).output!.data as Float32Array;
  }

  output(): Float32Array {
    const { heads, L, D } = this.#problem;
    return this.#isPacked ? exchangeAxes(this.#output, L, heads, D) : this.#output;
  }

  release(): Promise<void> {
    return this.#session.release();
  }

  get #isPacked(): boolean {
    return this.#dims.length === 3 && this.#problem.heads > 1 && this.#dims[0] === 1;
  }
}

/** [a, b, c] to [b, a, c] */
function exchangeAxes(data: Float32Array, a: number, b: number, c: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      result.set(data.subarray((i * b + j) * c, (i * b + j + 1) * c), (j * a + i) * c);
  return result;
}
