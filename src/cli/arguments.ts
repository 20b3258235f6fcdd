/** Parsers for commander options; what they throw names the option and ends the program with exit code 2. */
import { type Command, InvalidArgumentError } from 'commander';

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`Expected a whole number ${range}.`);
  };
}

/** A finite number greater than `above`, and at most `most`. */
export function numberAbove(above: number, most = Number.MAX_VALUE): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value > above && value <= most) return value;
    const range = above === Number.NEGATIVE_INFINITY ? '' : ` above ${above}`;
    const end = most === Number.MAX_VALUE ? '' : `, at most ${most}`;
    throw new InvalidArgumentError(`Expected a number${range}${end}.`);
  };
}

/** Where a result is to go; `-` is no name for standard output here, and a file of that name nobody wants. */
export function outputPath(text: string): string {
  if (text !== '-') return text;
  throw new InvalidArgumentError('Expected a path; results in files do not go to standard output.');
}

/** Refuses what was given and is empty, as a variable of a shell is that was never set. */
export function refuseEmpty(command: Command): void {
  for (const option of command.options)
    if ([command.getOptionValue(option.attributeName())].flat().includes(''))
      command.error(`error: ${option.long}: given nothing, expected a value`);
  if (command.args.includes('')) command.error(`error: ${command.name()}: given an empty argument`);
}

/** The command as it can be typed again. */
export function commandLine(): string {
  const quoted = process.argv
    .slice(2)
    .map((word) => (/^[\w./:,=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return ['hw2', ...quoted].join(' ');
}

/** The command that goes on with what this one has begun. */
export function resumingCommand(): string {
  const command = commandLine();
  return process.argv.includes('--resume') ? command : `${command} --resume`;
}
