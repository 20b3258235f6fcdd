import { Argument, type Command } from 'commander';
import { COMMANDS, define as defineCommand } from '../commands.js';
import { print, printJson } from '../output.js';
import { bashScript, type Completions, fishScript, zshScript } from './scripts.js';

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
      const commands = await completionsOf(command.parent!);
      if (json) printJson('completions', { commands });
      else print(SCRIPTS[shell](commands));
    });
}

/** What can follow `hw2`: every command is defined for that, this once. */
async function completionsOf(program: Command): Promise<Completions> {
  const completions: Completions = [];
  for (const own of program.commands) {
    if (own.name() !== 'completion') await defineCommand(own);
    const options = own.options.map(({ long, description, argChoices }) => ({
      name: long!,
      description,
      choices: argChoices ?? [],
    }));
    completions.push({ name: own.name(), description: COMMANDS[own.name()]!, options });
  }
  return completions;
}
