import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Tensor } from '../../onnx/graph.js';
import type { Contender, Solver } from '../contender.js';
import type { Inputs, Problem } from '../problem.js';
import { rulePeers } from '../rules/onnx.js';
import { onnxPeers, type PeerSession } from './onnx-peers.js';

// Neither is a dependency of this package: the parts of them that are used are declared here.
interface OrtWeb {
  env: { wasm: { numThreads?: number } };
  Tensor: new (type: string, data: unknown, dims: readonly number[]) => Tensor;
  InferenceSession: { create(model: Uint8Array, options: object): Promise<PeerSession> };
}
interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}
interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(data: Float32Array, dims: number[]): TfTensor;
  tidy(body: () => TfTensor): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  mul(a: TfTensor, b: number): TfTensor;
  softmax(a: TfTensor): TfTensor;
}
interface TfWasm {
  setWasmPaths(folder: string): void;
  setThreadsCount(threads: number): void;
}

/** A package that the user installed beside this one. @throws Error that says how to install it. */
async function load<T>(name: string): Promise<T> {
  try {
    return (await import(name)) as T;
  } catch {
    throw new Error(`${name} is not installed here: npm install --no-save ${name}`);
  }
}

/** A session of onnxruntime-web, where it is installed. */
export async function createWeb(
  model: Uint8Array,
  { threads }: Pick<Problem, 'threads'>,
): Promise<PeerSession> {
  const ort = await load<OrtWeb>('onnxruntime-web');
  if (threads !== 'default') ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
  return {
    run(inputs) {
      const feeds = Object.entries(inputs).map(([name, { type, data, dims }]) => [
        name,
        new ort.Tensor(type, data, dims),
      ]);
      return session.run(Object.fromEntries(feeds));
    },
    release: () => session.release(),
  };
}

const tfjs: Contender = {
  name: 'tfjs-wasm matMul-softmax-matMul',
  kind: 'exact',
  async open(problem) {
    if (problem.isCausal) throw new RangeError('it is written without a causal form');
    const [tf, wasm] = await Promise.all([
      load<Tf>('@tensorflow/tfjs-core'),
      load<TfWasm>('@tensorflow/tfjs-backend-wasm'),
    ]);
    const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    wasm.setWasmPaths(`${dirname(entry)}/`);
    if (problem.threads !== 'default') wasm.setThreadsCount(problem.threads);
    if (!(await tf.setBackend('wasm'))) throw new Error('its backend does not start here');
    return new TfSolver(tf, problem);
  },
};

class TfSolver implements Solver {
  readonly #tf: Tf;
  readonly #problem: Problem;
  #inputs: TfTensor[] = [];
  #output: Float32Array = new Float32Array();

  constructor(tf: Tf, problem: Problem) {
    this.#tf = tf;
    this.#problem = problem;
  }

  load({ q, k, v }: Inputs): void {
    const { heads, L, D } = this.#problem;
    this.#inputs = [q, k, v].map((data) => this.#tf.tensor(data, [heads, L, D]));
  }

  async run(): Promise<void> {
    const tf = this.#tf;
    const [q, k, v] = this.#inputs;
    const output = tf.tidy(() => {
      const scores = tf.mul(tf.matMul(q!, k!, false, true), 1 / Math.sqrt(this.#problem.D));
      return tf.matMul(tf.softmax(scores), v!);
    });
    this.#output = await output.data();
    output.dispose();
  }

  output(): Float32Array {
    return this.#output;
  }

  async release(): Promise<void> {
    for (const tensor of this.#inputs) tensor.dispose();
  }
}

/** Attention in WebAssembly by others, where their packages are installed. */
export const webPeers: readonly Contender[] = [...onnxPeers('ort-web', createWeb), tfjs];

/** The same of linear attention by rules. */
export const webRulePeers = rulePeers('ort-web', createWeb);
