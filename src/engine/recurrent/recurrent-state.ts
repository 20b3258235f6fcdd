import { Scope } from '../attention/placement.js';
import { checkScale } from '../attention/shapes.js';
import { StateFileError } from '../attention/state-file.js';
import { checkEngine, checkNames } from '../runtime/arguments.js';
import type { Engine } from '../runtime/engine.js';
import { type CarriedHeader, type CarriedKind, decodeCarried } from './carried-file.js';
import { CarriedState } from './carried-state.js';
import { runLinearAttention, TOKEN_INPUTS } from './linear-attention.js';
import { type FloatTensor, resultOf } from './result.js';
import {
  checkCount,
  checkLinearAttention,
  checkRule,
  type LinearAttentionCall,
  type LinearAttentionInputs,
  type UpdateRule,
} from './shapes.js';

/** Options of `createRecurrentState`. */
export interface RecurrentStateOptions {
  keyDim: number;
  /** Default: keyDim. */
  valueDim?: number;
  /** Heads of the queries, default 1, and of keys, values and state, default the same. */
  heads?: number;
  kvHeads?: number;
  /** Default 1. */
  batches?: number;
  /** Default `gated_delta`. */
  updateRule?: UpdateRule;
  /** Default 1/√keyDim. */
  scale?: number;
}

const OPTIONS = ['keyDim', 'valueDim', 'heads', 'kvHeads', 'batches', 'updateRule', 'scale'];

/** Inputs of `linearAttention` for the next tokens. */
export type TokenInputs = Omit<LinearAttentionInputs, 'pastState'>;

/**
 * Linear attention by a rule, as a stream: tokens go in, their outputs come out, and the state stays in the engine. Its
 * size, and the cost of one more token, do not depend on how many there were.
 *
 * @example
 * const state = await createRecurrentState(engine, { keyDim: 128, heads: 16, kvHeads: 4 });
 * const { output } = await state.append({ query, key, value, decay, beta }); // a prompt, then token by token
 */
export class RecurrentState extends CarriedState {
  readonly #options: Required<RecurrentStateOptions>;

  /** @internal Use createRecurrentState or loadRecurrentState. */
  constructor(engine: Engine, options: Required<RecurrentStateOptions>, length: number) {
    const { batches, kvHeads, keyDim, valueDim } = options;
    super(engine, [batches, kvHeads, keyDim, valueDim], length);
    this.#options = options;
  }

  /**
   * What the next tokens answer, [B, T, heads·valueDim], of the type of `query`: the write comes before the read.
   * @throws TypeError or RangeError that names the tensor; MemoryLimitError; Error after `dispose`.
   */
  append(inputs: TokenInputs): Promise<{ output: FloatTensor }> {
    return this.engine.exclusive(async () => {
      const { tensor: pastState, address } = this.past();
      checkNames('input', inputs, TOKEN_INPUTS);
      const call = { ...this.#check(inputs), pastState };
      const scope = new Scope(this.engine);
      try {
        const { o } = await this.change(call.tokens, () =>
          runLinearAttention(scope, call, undefined, address),
        );
        return { output: resultOf(this.engine, o, call.outputDims, call.query, undefined) };
      } finally {
        scope.release();
      }
    });
  }

  /**
   * An independent copy in the same engine.
   * @throws MemoryLimitError; Error after `dispose`.
   */
  clone(): Promise<RecurrentState> {
    return this.engine.exclusive(async () => {
      this.floats();
      const copy = new RecurrentState(this.engine, this.#options, this.length);
      copy.restore(this.floats());
      return copy;
    });
  }

  /** @internal */
  protected get header(): CarriedHeader {
    const { updateRule, batches, heads, kvHeads, keyDim, valueDim, scale } = this.#options;
    const shape = [batches, heads, kvHeads, keyDim, valueDim];
    return { kind: updateRule, shape, length: this.length, scale };
  }

  #check(inputs: TokenInputs): LinearAttentionCall {
    const { heads, kvHeads, updateRule, scale } = this.#options;
    const call = checkLinearAttention(inputs, { qNumHeads: heads, kvNumHeads: kvHeads, updateRule, scale });
    for (const name of ['batches', 'keyDim', 'valueDim'] as const) {
      if (call[name] !== this.#options[name]) {
        const input = name === 'valueDim' ? 'value' : 'query';
        throw new RangeError(
          `${input}: given ${name} ${call[name]}, expected ${this.#options[name]} as in the state`,
        );
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
 * const state = await createRecurrentState(engine, { keyDim: 128, heads: 16, kvHeads: 4, updateRule: 'gated' });
 */
export async function createRecurrentState(
  engine: Engine,
  options: RecurrentStateOptions,
): Promise<RecurrentState> {
  checkEngine(engine);
  checkNames('option', options, OPTIONS);
  return engine.exclusive(async () => {
    const { keyDim, valueDim = keyDim, heads = 1, kvHeads = heads, batches = 1, ...rest } = options;
    checkCount('keyDim', keyDim);
    const { updateRule = 'gated_delta', scale = 1 / Math.sqrt(keyDim) } = rest;
    return new RecurrentState(
      engine,
      checkOptions({ keyDim, valueDim, heads, kvHeads, batches, updateRule, scale }),
      0,
    );
  });
}

/**
 * The state that `save` wrote. @throws StateFileError for foreign or damaged bytes.
 *
 * @example
 * const state = await createRecurrentState(engine, { keyDim: 128 });
 * const same = await loadRecurrentState(engine, await state.save());
 */
export async function loadRecurrentState(engine: Engine, bytes: Uint8Array): Promise<RecurrentState> {
  checkEngine(engine);
  return engine.exclusive(async () => {
    const { header, floats } = decodeCarried(bytes, (read) => {
      const { batches, kvHeads, keyDim, valueDim } = checkOptions(optionsOf(read));
      return batches * kvHeads * keyDim * valueDim;
    });
    const state = new RecurrentState(engine, optionsOf(header), header.length);
    state.restore(floats);
    return state;
  });
}

function optionsOf({ kind, shape, scale }: CarriedHeader): Required<RecurrentStateOptions> {
  const [batches, heads, kvHeads, keyDim, valueDim] = shape as [number, number, number, number, number];
  return { batches, heads, kvHeads, keyDim, valueDim, updateRule: ruleOf(kind), scale };
}

function ruleOf(kind: CarriedKind): UpdateRule {
  if (kind === 'convolution') throw new StateFileError('state: these bytes are the state of a convolution');
  return kind;
}

function checkOptions(options: Required<RecurrentStateOptions>): Required<RecurrentStateOptions> {
  const { batches, heads, kvHeads, keyDim, valueDim, updateRule, scale } = options;
  for (const [name, value] of Object.entries({ batches, heads, kvHeads, keyDim, valueDim }))
    checkCount(name, value);
  if (heads % kvHeads !== 0)
    throw new RangeError(`heads: given ${heads}, expected a multiple of kvHeads ${kvHeads}`);
  checkRule(updateRule);
  checkScale(scale);
  return options;
}
