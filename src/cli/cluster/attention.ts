import { type Command, Option } from 'commander';
import { DEFAULT_ORDER, MAX_ORDER } from 'hw2-engine';
import { wholeNumber } from '../arguments.js';
import { addRunOptions, carryOut, printSummary, type RunArguments } from './run.js';

interface Arguments extends RunArguments {
  shards: string;
  method: 'exact' | 'taylor';
  order: number;
  causal?: boolean;
  meanKey: boolean;
  output: boolean;
  keyShards?: number;
}

export function register(run: Command): void {
  const command = run
    .command('attention')
    .description('Attention over the shards that hw2 shard made.')
    .option('--shards <folder>', 'folder of the shards in the store', 'shards')
    .addOption(
      new Option('--method <name>', 'what to compute').choices(['exact', 'taylor']).default('taylor'),
    )
    .option('--order <k>', 'order of the Maclaurin series', wholeNumber(1, MAX_ORDER), DEFAULT_ORDER)
    .option('--causal', 'a query sees no later key')
    .option('--no-mean-key', 'do not subtract the mean key')
    .option('--no-output', 'keep checksums instead of outputs')
    .option('--key-shards <n>', 'exact: shards of keys that one task takes (default: all)', wholeNumber(1));
  addRunOptions(command)
    .addHelpText(
      'before',
      'Examples:\n  hw2 cluster run attention --causal\n  hw2 cluster run attention --queue redis://host --store /shared/night\n',
    )
    .action(attention);
}

async function attention(options: Arguments): Promise<void> {
  const { method, order, causal = false, meanKey, shards, output, keyShards } = options;
  const { summary } = await carryOut(options, {
    kind: 'attention',
    ...{ method, order, isCausal: causal, shards, keepOutput: output },
    ...(keyShards !== undefined && { keyShards }),
    subtractMeanKey: meanKey && !causal && method === 'taylor',
  });
  printSummary(summary, options.json);
}
