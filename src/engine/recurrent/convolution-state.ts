import { Scope } from '../attention/placement.js';
import { StateFileError } from '../attention/state-file.js';
import { checkEngine, checkNames } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import { type CarriedHeader, decodeCarried } from './carried-file.js';
import { CarriedState } from './carried-state.js';
import {
  type CausalConvInputs,
  type CausalConvOptions,
  checkCausalConv,
  runCausalConv,
} from './causal-conv.js';
import { type FloatTensor, resultOf } from './result.js';
import { checkCount } from './shapes.js';

/** Options of `createConvolutionState`. */
export interface ConvolutionStateOptions {
  channels: number;
  /** Positions that an output depends on, k of the weight. */
  taps: number;
  /** Default 1. */
  batches?: number;
}

/** Inputs of `causalConv` for the next positions. */
export type PositionInputs = Omit<CausalConvInputs, 'pastState'>;

const INPUTS = ['input', 'weight', 'bias'];

/**
 * A causal convolution as a stream: positions go in, their outputs come out, and the last inputs stay in the engine.
 *
 * @example
 * const state = await createConvolutionState(engine, { channels: 4096, taps: 4 });
 * const { output } = await state.append({ input, weight, bias }, 'silu'); // [B, channels, n]
 */
export class ConvolutionState extends CarriedState {
  readonly #options: Required<ConvolutionStateOptions>;

  /** @internal Use createConvolutionState or loadConvolutionState. */
  constructor(engine: Engine, options: Required<ConvolutionStateOptions>, length: number) {
    const { batches, channels, taps } = options;
    super(engine, [batches, channels, taps - 1], length);
    this.#options = options;
  }

  /**
   * The convolution at the next positions, as `input`, in its type.
   * @throws TypeError or RangeError that names the tensor; MemoryLimitError; Error after `dispose`.
   */
  append(
    inputs: PositionInputs,
    activation: CausalConvOptions['activation'] = 'none',
  ): Promise<{ output: FloatTensor }> {
    return this.engine.exclusive(async () => {
      const { tensor: pastState, address } = this.past();
      checkNames('input', inputs, INPUTS);
      const call = { ...this.#check(inputs, activation), pastState };
      const scope = new Scope(this.engine);
      try {
        const { output } = await this.change(call.length, () =>
          runCausalConv(scope, call, undefined, address),
        );
        return { output: resultOf(this.engine, output, call.input.dims, call.input, undefined) };
      } finally {
        scope.release();
      }
    });
  }

  /**
   * An independent copy in the same engine.
   * @throws MemoryLimitError; Error after `dispose`.
   */
  clone(): Promise<ConvolutionState> {
    return this.engine.exclusive(async () => {
      this.floats();
      const copy = new ConvolutionState(this.engine, this.#options, this.length);
      copy.restore(this.floats());
      return copy;
    });
  }

  /** @internal */
  protected get header(): CarriedHeader {
    const { batches, channels, taps } = this.#options;
    return { kind: 'convolution', shape: [batches, channels, taps, 0, 0], length: this.length, scale: 1 };
  }

  #check(inputs: PositionInputs, activation: CausalConvOptions['activation']) {
    const { batches, channels, taps } = this.#options;
    const call = checkCausalConv(inputs, { activation });
    const given = { batches: call.input.dims[0]!, channels: call.channels, taps: call.taps };
    for (const [name, expected] of Object.entries({ batches, channels, taps })) {
      const value = given[name as keyof typeof given];
      if (value !== expected) {
        const input = name === 'taps' ? 'weight' : 'input';
        throw new RangeError(`${input}: given ${name} ${value}, expected ${expected} as in the state`);
      }
    }
    return call;
  }
}

/**
 * A state of zeros.
 * @throws RangeError that names the option.
 *
 * @example
 * const state = await createConvolutionState(engine, { channels: 4096, taps: 4 });
 */
export async function createConvolutionState(
  engine: Engine,
  options: ConvolutionStateOptions,
): Promise<ConvolutionState> {
  checkEngine(engine);
  checkNames('option', options, ['channels', 'taps', 'batches']);
  const { channels, taps, batches = 1 } = options;
  return engine.exclusive(
    async () => new ConvolutionState(engine, checkOptions({ channels, taps, batches }), 0),
  );
}

/**
 * The state that `save` wrote. @throws StateFileError for foreign or damaged bytes.
 *
 * @example
 * const state = await createConvolutionState(engine, { channels: 4096, taps: 4 });
 * const same = await loadConvolutionState(engine, await state.save());
 */
export async function loadConvolutionState(engine: Engine, bytes: Uint8Array): Promise<ConvolutionState> {
  checkEngine(engine);
  return engine.exclusive(async () => {
    const { header, floats } = decodeCarried(bytes, (read) => {
      const { batches, channels, taps } = checkOptions(optionsOf(read));
      return batches * channels * (taps - 1);
    });
    const state = new ConvolutionState(engine, optionsOf(header), header.length);
    state.restore(floats);
    return state;
  });
}

function optionsOf({ kind, shape }: CarriedHeader): Required<ConvolutionStateOptions> {
  if (kind !== 'convolution')
    throw new StateFileError('state: these bytes are the state of linear attention');
  const [batches, channels, taps] = shape as [number, number, number];
  return { batches, channels, taps };
}

function checkOptions(options: Required<ConvolutionStateOptions>): Required<ConvolutionStateOptions> {
  for (const [name, value] of Object.entries(options)) checkCount(name, value);
  return options;
}
