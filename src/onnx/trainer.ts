import { gradients } from './autodiff.js';
import { Graph, type Tensor, type Value } from './graph.js';
import { writeModel } from './model.js';
import type { Optimiser } from './optimiser.js';
import { type Parameter, parameterCount, splitParameters } from './parameters.js';
import { Session } from './session.js';

export interface TrainerOptions {
  parameters: readonly Parameter[];
  /** Appends the forward pass to the graph, adding its own inputs; gives the scalar loss. */
  loss: (graph: Graph, parameters: Record<string, Value>) => Value;
  optimiser: Optimiser;
  /** Flat vector of parameters to begin with. */
  initial: Float32Array;
  threads?: number;
}

/** All that must be kept to go on training later: flat vectors by name, and the steps taken. */
export interface TrainerState {
  vectors: Record<string, Float32Array>;
  steps: number;
}

/** Trains a network: forward pass, backward pass and optimiser are one ONNX graph, run once a step. */
export class Trainer {
  readonly #session: Session;
  #state: Record<string, Tensor>;
  #steps: number;

  private constructor(session: Session, { vectors, steps }: TrainerState) {
    this.#session = session;
    this.#state = tensors(vectors);
    this.#steps = steps;
  }

  /** @param state continues from there instead of from `initial` */
  static async create(options: TrainerOptions, state?: TrainerState): Promise<Trainer> {
    const { optimiser, initial, threads = 1 } = options;
    const session = await Session.create(writeModel(stepGraph(options)), { threads });
    const zeros = optimiser.moments.map((name) => [name, new Float32Array(initial.length)]);
    return new Trainer(
      session,
      state ?? { vectors: { parameters: initial, ...Object.fromEntries(zeros) }, steps: 0 },
    );
  }

  /**
   * Takes one step.
   *
   * @param inputs tensors of the inputs that `loss` added
   * @returns the loss before the step
   */
  async step(inputs: Readonly<Record<string, Tensor>>, learningRate: number): Promise<number> {
    const results = await this.#session.run({
      ...inputs,
      ...this.#state,
      'learning rate': scalar(learningRate),
      step: scalar(this.#steps + 1),
    });
    this.#steps++;
    for (const name of Object.keys(this.#state)) this.#state[name] = results[`next ${name}`]!;
    return Number(results.loss!.data[0]);
  }

  get parameters(): Float32Array {
    return this.#state.parameters!.data as Float32Array;
  }

  /** A view of the present state; later steps do not change it. */
  get state(): TrainerState {
    const vectors = Object.entries(this.#state).map(([name, { data }]) => [name, data as Float32Array]);
    return { vectors: Object.fromEntries(vectors), steps: this.#steps };
  }

  /** Goes on from the state of another trainer, as of one that takes batches of another shape. */
  set state({ vectors, steps }: TrainerState) {
    this.#state = tensors(vectors);
    this.#steps = steps;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** One step of training as a graph: inputs are what `loss` adds, all of the state, the learning rate and the step's number. */
export function stepGraph({
  parameters,
  loss,
  optimiser,
}: Pick<TrainerOptions, 'parameters' | 'loss' | 'optimiser'>): Graph {
  const graph = new Graph();
  const vector = (name: string) => graph.input(name, [parameterCount(parameters)]);
  const flat = vector('parameters');
  const moments = optimiser.moments.map(vector);
  const learningRate = graph.input('learning rate', []);
  const step = graph.input('step', []);

  const value = loss(graph, splitParameters(flat, parameters));
  const [gradient] = gradients(value, [flat]);
  const next = optimiser.update({ parameters: flat, moments }, gradient!, learningRate, step);

  graph.output('loss', value);
  graph.output('next parameters', next.parameters);
  optimiser.moments.forEach((name, i) => {
    graph.output(`next ${name}`, next.moments[i]!);
  });
  return graph;
}

function tensors(vectors: TrainerState['vectors']): Record<string, Tensor> {
  const entries = Object.entries(vectors).map(([name, data]): [string, Tensor] => [
    name,
    { type: 'float32', data, dims: [data.length] },
  ]);
  return Object.fromEntries(entries);
}

function scalar(value: number): Tensor<'float32'> {
  return { type: 'float32', data: Float32Array.of(value), dims: [] };
}
