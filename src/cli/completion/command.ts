import { Argument, type Command } from 'commander';
import { define as defineCommand } from '../commands.js';
import { print, printJson } from '../output.js';
import { bashScript, type Completion, fishScript, zshScript } from './scripts.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };
type Shell = keyof typeof SCRIPTS;

export function define(command: Command): void {
  command
    .addArgument(new Argument('<shell>', 'whose script to print').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'before',
      `Examples:
  eval "$(hw2 completion bash)"        in ~/.bashrc
  eval "$(hw2 completion zsh)"         in ~/.zshrc, after compinit
  hw2 completion fish > ~/.config/fish/completions/hw2.fish
`,
    )
    .option('--json', 'print JSON: the commands and options that are completed')
    .action(async (shell: Shell, { json }: { json?: boolean }) => {
      const [program, ...commands] = await completionsOf(command.parent!);
      if (json) printJson('completions', { commands });
      else print(SCRIPTS[shell]([program!, ...commands]));
    });
}

/** What can follow `hw2`, and then each of its commands, those of `cluster` among them: all are defined for that, this once. */
async function completionsOf(program: Command): Promise<Completion[]> {
  for (const own of program.commands) if (own.name() !== 'completion') await defineCommand(own);
  return everyCommand(program, []);
}

function everyCommand(command: Command, path: readonly string[]): Completion[] {
  const helper = command.createHelp();
  const visible = [...helper.visibleOptions(command), ...helper.visibleGlobalOptions(command)];
  const options = visible.map(({ long, description, argChoices }) => ({
    name: long!,
    description,
    choices: argChoices ?? [],
  }));
  const words = command.commands.map((own) => own.name());
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const own = {
    name: path.join(' '),
    description: command.description(),
    words: [...words, ...choices],
    options,
  };
  return [own, ...command.commands.flatMap((next) => everyCommand(next, [...path, next.name()]))];
}
