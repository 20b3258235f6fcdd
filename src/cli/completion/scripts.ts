/** What can follow the words of a command. */
export interface Completion {
  /** The words after `hw2`: `cluster run attention`. */
  name: string;
  description: string;
  /** The names of its commands, or what its arguments can be where that is a list. */
  words: readonly string[];
  options: { name: string; description: string; choices: readonly string[] }[];
}

/**
 * Completes commands, options and their values; files everywhere else. The script goes through the words that are there
 * already, and so knows the command however many words it has, and whatever options stand between them.
 */
export function bashScript(completions: readonly Completion[]): string {
  const commands = completions.filter(({ name }) => name !== '').map(({ name }) => `"${name}"`);
  const values = completions.flatMap(({ name, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map((option) => `    "${name} ${option.name}") values="${option.choices.join(' ')}" ;;`),
  );
  const known = completions.map(({ name, words, options }) => {
    const names = options.map((option) => option.name).join(' ');
    return `    "${name}") words="${words.join(' ')}" options="${names}" ;;`;
  });
  return `_hw2() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="" words="" options="" values="" next i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${command:+$command }\${COMP_WORDS[i]}"
    case "$next" in ${commands.join('|')}) command="$next" ;; esac
  done
  case "$command \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
  esac
  case "$command" in
${known.join('\n')}
  esac
  if [ -n "$values" ]; then COMPREPLY=($(compgen -W "$values" -- "$word"))
  elif [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words $options" -- "$word"))
  else COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _hw2 hw2`;
}

/** zsh runs completions that are written for bash. */
export function zshScript(completions: readonly Completion[]): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(completions)}`;
}

/** The same for fish, with the descriptions, which it shows. */
export function fishScript(completions: readonly Completion[]): string {
  const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, (mark) => `\\${mark}`)}'`;
  const commands = completions.filter(({ name }) => name !== '').map(({ name }) => quoted(name));
  const descriptionOf = (name: string) => completions.find((known) => known.name === name)?.description ?? '';
  const lines = completions.flatMap(({ name, words, options }) => {
    const start = `complete -c hw2 -n 'test (__hw2_command) = "${name}"'`;
    return [
      ...words.map((word) => {
        const description = descriptionOf(name === '' ? word : `${name} ${word}`);
        return `${start} -f -a ${word}${description && ` -d ${quoted(description)}`}`;
      }),
      ...options.map((option) => {
        const values = option.choices.length > 0 ? ` -xa ${quoted(option.choices.join(' '))}` : '';
        return `${start} -l ${option.name.replace(/^--/, '')} -d ${quoted(option.description)}${values}`;
      }),
    ];
  });
  return `function __hw2_command
  set -l command ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim "$command $word")
    contains -- $next ${commands.join(' ')}; and set command $next
  end
  echo $command
end
${lines.join('\n')}`;
}
