/**
 * Scripts that complete commands and options in a shell. The words are part of the script, because a
 * new process per keystroke would be too slow.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { CommandSpec } from "./command_spec.ts";
import { COMMAND_GROUPS, commandEntries, groupEntries, topLevelEntries } from "./command_table.ts";
import type { SHELLS } from "./commands/program_commands.ts";
import { choicesOf, GLOBAL_OPTIONS, settingFlags } from "./flags.ts";

/** A word that a shell offers, and what it means. */
interface Word {
  readonly word: string;
  readonly what: string;
}

/** An option that a shell offers. */
interface OfferedOption extends Word {
  readonly short?: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** What a shell offers after the words of a command; after none, at the start. */
interface CommandWords {
  readonly command: string;
  readonly words: readonly Word[];
  readonly options: readonly OfferedOption[];
}

const SCRIPTS: Readonly<
  Record<typeof SHELLS[number], (commands: readonly CommandWords[]) => string>
> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Returns the completion script for a shell. */
export function completionScript(shell: string): string {
  return SCRIPTS[shell as typeof SHELLS[number]](commandWords());
}

function commandWords(): CommandWords[] {
  const common = Object.entries(GLOBAL_OPTIONS).map(([flags, what]) => offer(flags, what));
  const start = topLevelEntries().map(([name, { summary }]) => wordOf(name, summary));
  return [
    { command: "", words: start, options: common },
    ...Object.keys(COMMAND_GROUPS).map((group) => ({
      command: group,
      words: groupEntries(group)
        .map(([name, { summary }]) => wordOf(name.slice(group.length + 1), summary)),
      options: common,
    })),
    ...commandEntries().map(([name, spec]) => ({
      command: name,
      words: argumentsOf(name, spec, start),
      options: [...optionsOf(spec), ...common],
    })),
  ];
}

function argumentsOf(name: string, spec: CommandSpec, commands: readonly Word[]): Word[] {
  if (name === "help") return [...commands, wordOf("settings", "Every setting")];
  return Object.values(spec.arguments ?? {}).flatMap(({ choices = [] }) =>
    choices.map((choice) => wordOf(choice, choice))
  );
}

function optionsOf({ options = {}, settings }: CommandSpec): OfferedOption[] {
  return [...Object.entries(options), ...settings.map(settingFlags)]
    .map(([flags, what]) => offer(flags, what));
}

function wordOf(word: string, what: string): Word {
  return { word, what };
}

function offer(flags: string, what: string): OfferedOption {
  const [, short, word, value] = /^(?:(-\w), )?(--[\w-]+)( .*)?$/.exec(flags)!;
  return { word, what, short, takesValue: value !== undefined, choices: choicesOf(word) };
}

/** Returns the command that runs the task of this checkout from any folder. */
function task(): string {
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  return `deno task --quiet --config ${quote(config)} etl`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function listed(words: readonly string[]): string {
  return words.join(" ");
}

function commandsOf(commands: readonly CommandWords[]): string[] {
  return commands.map(({ command }) => command).filter(Boolean);
}

/** Returns the options of all commands that take a value: those with choices, and the others. */
function optionsWithValues(
  commands: readonly CommandWords[],
): { withoutChoices: string[]; withChoices: OfferedOption[] } {
  const all = new Map(commands.flatMap(({ options }) => options).map((o) => [o.word, o]));
  const valued = [...all.values()].filter(({ takesValue }) => takesValue);
  return {
    withoutChoices: valued.filter(({ choices }) => choices.length === 0).map(({ word }) => word),
    withChoices: valued.filter(({ choices }) => choices.length > 0),
  };
}

function bashScript(commands: readonly CommandWords[]): string {
  const { withoutChoices, withChoices } = optionsWithValues(commands);
  const offers = commands.map(({ command, words, options }) =>
    `      ${quote(command)}) words=${quote(listed(words.map(({ word }) => word)))} options=${
      quote(listed(options.map(({ word }) => word)))
    } ;;`
  );
  return `# Completes etl, which is short for: deno task etl
if ! command -v etl > /dev/null; then
  etl() { ${task()} "$@"; }
fi
_etl() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command= word words= options=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${command:+$command }$word" in
      ${commandsOf(commands).map(quote).join(" | ")}) command="\${command:+$command }$word" ;;
    esac
  done
  case "$previous" in
${
    withChoices.map(({ word, choices }) => caseOf(word, `words=${quote(listed(choices))}`)).join(
      "\n",
    )
  }
    ${withoutChoices.join(" | ")}) return ;;
    *) case "$command" in
${offers.join("\n")}
    esac ;;
  esac
  if [[ $current == -* || -z $words ]]; then words=$options; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _etl etl
`;
}

function caseOf(word: string, action: string): string {
  return `    ${word}) ${action} ;;`;
}

function zshScript(commands: readonly CommandWords[]): string {
  const { withoutChoices, withChoices } = optionsWithValues(commands);
  const described = (words: readonly Word[]) =>
    words.map(({ word, what }) => quote(`${word}:${what}`)).join(" ");
  const offers = commands.map(({ command, words, options }) =>
    `    ${quote(command)}) offered=(${described(words)}) options=(${described(options)}) ;;`
  );
  return `#compdef etl
# Completes etl, which is short for: deno task etl
(( $+commands[etl] || $+functions[etl] )) || etl() { ${task()} "$@"; }
_etl() {
  local command= word
  local -a offered options
  for word in \${words[2,CURRENT-1]}; do
    case "\${command:+$command }$word" in
      ${commandsOf(commands).map(quote).join(" | ")}) command="\${command:+$command }$word" ;;
    esac
  done
  case "\${words[CURRENT-1]}" in
${
    withChoices.map(({ word, choices }) => caseOf(word, `compadd ${listed(choices)}; return`)).join(
      "\n",
    )
  }
    ${withoutChoices.join(" | ")}) return ;;
  esac
  case "$command" in
${offers.join("\n")}
  esac
  _describe -t commands command offered
  _describe -o -t options option options
}
compdef _etl etl
`;
}

function fishScript(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ command, words, options }) => {
    const at = `complete -c etl -n ${quote(`test (__etl_command) = "${command}"`)}`;
    return [
      ...words.map(({ word, what }) => `${at} -a ${word} -d ${fishQuote(what)}`),
      ...options.map(({ word, short, what, takesValue, choices }) =>
        [
          at,
          short ? `-s ${short.slice(1)}` : "",
          `-l ${word.slice(2)}`,
          takesValue ? "-x" : "",
          choices.length > 0 ? `-a ${fishQuote(listed(choices))}` : "",
          `-d ${fishQuote(what)}`,
        ].filter(Boolean).join(" ")
      ),
    ];
  });
  return `# Completes etl, which is short for: deno task etl
type -q etl; or function etl; ${task()} $argv; end
function __etl_command
  set -l command ''
  for word in (commandline -opc)[2..]
    set -l longer (string trim "$command $word")
    contains -- $longer ${commandsOf(commands).map(fishQuote).join(" ")}; and set command $longer
  end
  echo $command
end
complete -c etl -f
${lines.join("\n")}
`;
}

function fishQuote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
