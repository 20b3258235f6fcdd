import { Graph, type Tensor, type Value } from '../../onnx/graph.js';
import { writeModel } from '../../onnx/model.js';
import type { Solver } from '../contender.js';
import type { CreateSession, PeerSession } from '../peers/onnx-peers.js';
import { type RuleInputs, type RuleProblem, ruleDims } from './problem.js';
import type { RuleContender } from './race.js';

/** The operators of an ONNX runtime for linear attention by rules. */
export const ruleOperators = (runtime: string) => ({
  /** That of ONNX Runtime, a kernel of its own. */
  contributed: `${runtime} com.microsoft.LinearAttention`,
  /** That of the standard, which the runtime composes of others. */
  standard: `${runtime} LinearAttention-27`,
});

/** Since this operator set the standard has LinearAttention. */
const OPSET = 27;
const ORDER = ['query', 'key', 'value', 'pastState', 'decay', 'beta'] as const;

/** An ONNX runtime on a graph of one operator. @param runtime begins the names of the contenders */
export function rulePeers(runtime: string, createSession: CreateSession): readonly RuleContender[] {
  const names = ruleOperators(runtime);
  const open = (operator: string) => async (problem: RuleProblem) =>
    new OnnxRuleSolver(await createSession(ruleModel(operator, problem), problem), problem);
  return [
    { name: names.contributed, open: open('com.microsoft.LinearAttention') },
    { name: names.standard, open: open('LinearAttention') },
  ];
}

function ruleModel(operator: string, problem: RuleProblem): Uint8Array {
  const graph = new Graph();
  const dims = ruleDims(problem);
  const absent: Value = { graph, name: '', type: 'float32', dims: [] };
  const inputs = ORDER.map((name) => (dims[name] ? graph.input(name, dims[name]) : absent));
  const { rule, heads } = problem;
  const [output, state] = graph.applyMany(
    operator,
    inputs,
    [
      { dims: dims.query!, type: 'float32' },
      { dims: dims.pastState!, type: 'float32' },
    ],
    { update_rule: rule, q_num_heads: heads, kv_num_heads: heads },
  );
  graph.output('output', output!);
  graph.output('state', state!);
  return writeModel(graph, {}, operator.includes('.') ? undefined : OPSET);
}

class OnnxRuleSolver implements Solver<RuleInputs> {
  readonly #session: PeerSession;
  readonly #problem: RuleProblem;
  #inputs: Record<string, Tensor> = {};
  #output: Float32Array = new Float32Array();

  constructor(session: PeerSession, problem: RuleProblem) {
    this.#session = session;
    this.#problem = problem;
  }

  load(inputs: RuleInputs): void {
    const dims = ruleDims(this.#problem);
    this.#inputs = Object.fromEntries(
      Object.entries(inputs).map(([name, data]) => [
        name,
        { type: 'float32', data, dims: dims[name as keyof RuleInputs]! } as Tensor,
      ]),
    );
  }

  async run(): Promise<void> {
    this.#output = (await this.#session.run(this.#inputs)).output!.data as Float32Array;
  }

  output(): Float32Array {
    return this.#output;
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
