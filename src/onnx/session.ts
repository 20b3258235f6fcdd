import type { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { DataError } from '../data/error.js';
import type { Tensor } from './graph.js';

type Runtime = typeof import('onnxruntime-node');

export interface SessionOptions {
  /** Threads inside an operator, 1 if not given: then the same inputs give the same bytes. */
  threads?: number | 'default';
  /** Whether idle threads spin, as ONNX Runtime has them do: faster in a row of calls, slower for all others. */
  spinning?: boolean;
}

/**
 * An ONNX model, ready to run on the CPU. ONNX Runtime is loaded when the first one is made: onnxruntime-node, or
 * onnxruntime-web in a page (package.json, imports).
 */
export class Session {
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;
  /** The file of the model, where it came from one. */
  #source: string | undefined;

  private constructor(runtime: Runtime, session: InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
  }

  /**
   * A model that came from a file: whatever ONNX Runtime finds wrong with it, now or when it runs, is said of the file.
   *
   * @throws DataError naming `source` when ONNX Runtime refuses the model
   * @throws Error when ONNX Runtime is not there
   */
  static async open(model: Uint8Array, source: string, options?: SessionOptions): Promise<Session> {
    await loadRuntime();
    try {
      const session = await Session.create(model, options);
      session.#source = source;
      return session;
    } catch (error) {
      throw refusal(source, error);
    }
  }

  /**
   * @throws Error when ONNX Runtime is not there or refuses the model
   */
  static async create(
    model: Uint8Array,
    { threads = 1, spinning = true }: SessionOptions = {},
  ): Promise<Session> {
    const runtime = await loadRuntime();
    // Where it runs in WebAssembly, its threads are those of the first session.
    if (threads !== 'default') runtime.env.wasm.numThreads = threads;
    const options: InferenceSession.SessionOptions = {
      ...(threads !== 'default' && { intraOpNumThreads: threads, interOpNumThreads: 1 }),
      ...(!spinning && { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
      logSeverityLevel: 3,
    };
    return new Session(runtime, await runtime.InferenceSession.create(model, options));
  }

  /** Runs the model once on tensors by input name; gives those of its outputs. */
  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const feeds: Record<string, RuntimeTensor> = {};
    for (const [name, { type, data, dims }] of Object.entries(inputs))
      feeds[name] = new this.#runtime.Tensor(type, data as Float32Array, dims);
    try {
      return (await this.#session.run(feeds)) as unknown as Record<string, Tensor>;
    } catch (error) {
      throw this.#source === undefined ? error : refusal(this.#source, error);
    }
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** By a variable, so that the page, which has it already, does not bundle it twice. */
const IN_WEBASSEMBLY = 'onnxruntime-web';

/**
 * onnxruntime-node is an optional dependency, and npm leaves it out without a word where its install script fails or
 * where there is no binary, as on Alpine and on Intel Macs. Where onnxruntime-web is installed it takes the place: the
 * same operators in WebAssembly, slower.
 */
function loadRuntime(): Promise<Runtime> {
  // Else it keeps a diary of its use below ~/.cache/Microsoft and sends it to Microsoft. Whoever sets the variable decides.
  const { process } = globalThis as { process?: NodeJS.Process };
  if (process?.env) process.env.ORT_DISABLE_TELEMETRY ??= '1';
  return import('#onnxruntime').catch((cause: Error) =>
    (import(IN_WEBASSEMBLY) as Promise<Runtime>).catch(() => {
      const [reason] = cause.message.split('\n');
      throw new Error(
        `ONNX Runtime cannot be loaded (${reason}): npm install --ignore-scripts onnxruntime-node, or onnxruntime-web where there is no binary of it`,
        { cause },
      );
    }),
  );
}

function refusal(source: string, error: unknown): DataError {
  const [line] = String(error instanceof Error ? error.message : error).split('\n');
  return new DataError(`${source}: ONNX Runtime cannot run it (${line})`);
}
