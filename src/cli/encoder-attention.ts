import { type Command, Option } from 'commander';
import { checkState, createEngine, MAX_ORDER } from 'hw2-engine';
import type { KernelAttention } from '../speech/kernel-encoder.js';
import { HEAD_DIM, HEADS } from '../speech/model/layers.js';
import { wholeNumber } from './arguments.js';
import { bestTier } from './engine-options.js';
import { checked, UsageError } from './misuse.js';
import { warn } from './output.js';

export interface EncoderAttentionArguments {
  attention: 'onnx' | 'kernels' | 'taylor';
  order?: number;
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
    .option('--order <k>', 'order of --attention taylor (default: 2)', wholeNumber(1, MAX_ORDER));
}

/** The kernels that were asked for, if any, on one thread, as ONNX Runtime has here. */
export async function startKernels({
  attention,
  order,
}: EncoderAttentionArguments): Promise<KernelAttention | undefined> {
  if (order !== undefined && attention !== 'taylor')
    throw new UsageError(`--order: only --attention taylor has one, given ${attention}`);
  if (attention === 'onnx') return undefined;
  if (attention === 'taylor') checked(() => checkState(HEADS, HEAD_DIM, HEAD_DIM, order ?? 2));
  const engine = await createEngine({ tier: bestTier(), onWarning: warn });
  return { engine, onWarning: warn, ...(attention === 'taylor' && { order: order ?? 2 }) };
}
