import { attention, checkState, type Engine, expansionOf } from 'hw2-engine';
import type { Tensor } from '../onnx/graph.js';
import { Session } from '../onnx/session.js';
import { HEAD_DIM, HEADS } from './model/layers.js';
import { encoderSegments } from './model/segments.js';

/** That the encoder's self-attention is computed by an engine of ours, and which. */
export interface KernelAttention {
  readonly engine: Engine;
  /** Order of linear attention, 0 to 4; absent, the attention is that of the model's training. */
  readonly order?: number | undefined;
  /** Of linear attention about centroids: how many, and the share of the keys that are near. */
  readonly centroids?: number | undefined;
  readonly near?: number | undefined;
  /** Shown the tensors of each self-attention, [1, 2, T/2, 100] each, by block of the encoder. */
  readonly onTensors?: (block: number, tensors: { q: Tensor; k: Tensor; v: Tensor }) => void;
  /** Told the first time that linear attention has something to say of its result. */
  readonly onWarning?: (message: string) => void;
}

/** An encoder whose self-attentions are our kernels' work, and all between them ONNX Runtime's; runs as a session does. */
export class KernelEncoder {
  readonly #segments: readonly Session[];
  readonly #attention: KernelAttention;
  #hasWarned = false;

  private constructor(segments: readonly Session[], kernels: KernelAttention) {
    this.#segments = segments;
    this.#attention = kernels;
  }

  /**
   * @param weights of an encoder model, by name
   * @param source names the model in messages
   * @throws DataError when the weights are not those of an encoder
   * @throws RangeError when the order is unknown, or so high that its state would take more than 1 GiB
   */
  static async create(
    weights: ReadonlyMap<string, Tensor<'float32'>>,
    source: string,
    kernels: KernelAttention,
  ): Promise<KernelEncoder> {
    const { order, centroids, near } = kernels;
    if (order !== undefined && !expansionOf({ order, centroids, near }))
      checkState(HEADS, HEAD_DIM, HEAD_DIM, order);
    const segments = encoderSegments(weights, source).map((model) => Session.open(model, source));
    return new KernelEncoder(await Promise.all(segments), kernels);
  }

  /** @param inputs `spectrogram` [1, T, 80], T even; gives `key` and `value` [1, 2, T/2, 100] */
  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const [first, ...others] = this.#segments;
    let results = await first!.run(inputs);
    for (const [block, segment] of others.entries()) {
      const { 'next x': x, query, key, value } = results;
      this.#attention.onTensors?.(block, { q: query!, k: key!, v: value! });
      results = await segment.run({ x: x!, heads: await this.#attend(query!, key!, value!) });
    }
    return results;
  }

  async release(): Promise<void> {
    for (const segment of this.#segments) await segment.release();
  }

  async #attend(q: Tensor, k: Tensor, v: Tensor): Promise<Tensor> {
    const { engine, order, centroids, near, onWarning } = this.#attention;
    const options = order === undefined ? {} : { method: 'taylor' as const, order, centroids, near };
    const { output, warnings } = await attention(engine, { q, k, v }, options);
    if (warnings[0] && !this.#hasWarned) onWarning?.(warnings[0]);
    this.#hasWarned ||= warnings.length > 0;
    return output as Tensor;
  }
}
