/** The commands with their options, and what the options can be where that is a list. */
export type Completions = {
  name: string;
  description: string;
  options: { name: string; description: string; choices: readonly string[] }[];
}[];

/** Completes commands, options and their values; files everywhere else. */
export function bashScript(commands: Completions): string {
  const words = commands.map(
    ({ name, options }) => `    ${name}) words="${options.map((option) => option.name).join(' ')} --help" ;;`,
  );
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map((option) => `    "${name} ${option.name}") values="${option.choices.join(' ')}" ;;`),
  );
  return `_hw2() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words values=""
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${words.join('\n')}
    *) words="${commands.map(({ name }) => name).join(' ')} --help --version --quiet" ;;
  esac
  if [ "$COMP_CWORD" = 1 ]; then COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version --quiet" -- "$word"))
  elif [ -n "$values" ]; then COMPREPLY=($(compgen -W "$values" -- "$word"))
  elif [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$words" -- "$word"))
  else COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _hw2 hw2`;
}

/** zsh runs completions that are written for bash. */
export function zshScript(commands: Completions): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`;
}

export function fishScript(commands: Completions): string {
  const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, (mark) => `\\${mark}`)}'`;
  const lines = commands.flatMap(({ name, description, options }) => [
    `complete -c hw2 -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
    ...options.map((option) => {
      const values = option.choices.length > 0 ? ` -xa ${quoted(option.choices.join(' '))}` : '';
      const long = option.name.replace(/^--/, '');
      return `complete -c hw2 -n '__fish_seen_subcommand_from ${name}' -l ${long} -d ${quoted(option.description)}${values}`;
    }),
  ]);
  return lines.join('\n');
}
