import { type Command, Option } from 'commander';
import { checkState, createEngine, expansionOf, MAX_CENTROIDS, MAX_ORDER } from 'hw2-engine';
import type { KernelAttention } from '../speech/kernel-encoder.js';
import { HEAD_DIM, HEADS } from '../speech/model/layers.js';
import { numberAbove, wholeNumber } from './arguments.js';
import { bestTier } from './engine-options.js';
import { checked, UsageError } from './misuse.js';
import { warn } from './output.js';

export interface EncoderAttentionArguments {
  attention: 'onnx' | 'kernels' | 'taylor';
  order?: number;
  centroids?: number;
  near?: number;
}

/** Adds --attention and --order to a command that runs a speech recognizer. */
export function addEncoderAttention(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--attention <name>',
        "the encoder's self-attention: as trained, by ONNX Runtime (onnx) or by our kernels (kernels), or linear in its stead (taylor)",
      )
        .choices(['onnx', 'kernels', 'taylor'])
        .default('onnx'),
    )
    .option(
      '--order <k>',
      'order of --attention taylor (default: 2, with centroids 1)',
      wholeNumber(0, MAX_ORDER),
    )
    .option('--centroids <n>', 'centroids of --attention taylor', wholeNumber(1, MAX_CENTROIDS))
    .option('--near <share>', 'share of the keys taken one by one', numberAbove(-Number.MIN_VALUE, 1));
}

/** The kernels that were asked for, if any, on one thread, as ONNX Runtime has here. */
export async function startKernels({
  attention,
  order,
  centroids,
  near,
}: EncoderAttentionArguments): Promise<KernelAttention | undefined> {
  for (const [name, value] of Object.entries({ order, centroids, near })) {
    if (value !== undefined && attention !== 'taylor')
      throw new UsageError(`--${name}: only --attention taylor has one, given ${attention}`);
  }
  if (attention === 'onnx') return undefined;
  const linear = { order: order ?? ((centroids ?? 1) > 1 || near ? 1 : 2), centroids, near };
  if (attention === 'taylor')
    checked(() => expansionOf(linear) ?? checkState(HEADS, HEAD_DIM, HEAD_DIM, linear.order));
  const engine = await createEngine({ tier: bestTier(), onWarning: warn });
  return { engine, onWarning: warn, ...(attention === 'taylor' && linear) };
}
