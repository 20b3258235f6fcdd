import { type Command, InvalidArgumentError, Option } from 'commander';
import { chooseTier, cores, createEngine, type Engine, enableTier, TIERS, type Tier } from 'hw2-engine';
import { wholeNumber } from './arguments.js';
import { checked } from './misuse.js';
import { warn } from './output.js';

export interface EngineArguments {
  tier?: Tier;
  threads: number;
}

/** Adds --tier and --threads to a command. */
export function addEngineOptions(command: Command): Command {
  const tier = (text: string) => {
    if (!TIERS.includes(text as Tier)) throw new InvalidArgumentError(`Expected one of ${TIERS.join(', ')}.`);
    return text;
  };
  return command
    .addOption(
      new Option(
        '--tier <name>',
        'simd, relaxed or wide (default: the fastest here, see hw2 info)',
      ).argParser(tier),
    )
    .option('--threads <n>', 'threads that compute', wholeNumber(1, 256), cores());
}

/** The tier that hw2 uses when none is asked for. This process is ours, so V8's flag for relaxed SIMD may be set. */
export function bestTier(): Tier {
  try {
    enableTier('relaxed');
  } catch {
    // Not V8, or a V8 without that flag: chooseTier sees what there is.
  }
  return chooseTier();
}

export function startEngine({ tier, threads }: EngineArguments): Promise<Engine> {
  if (tier) checked(() => enableTier(tier));
  return createEngine({ tier: tier ?? bestTier(), threads, onWarning: warn });
}
