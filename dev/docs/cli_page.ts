/**
 * docs/cli.md: every command, from the table that the command line reads.
 *
 * @module
 */
import type { CommandSpec } from "../../functions/cli/command_spec.ts";
import { commandEntries, type CommandName } from "../../functions/cli/command_table.ts";
import { GLOBAL_OPTIONS } from "../../functions/cli/flags.ts";
import { EXIT_CODES } from "../../functions/cli/exit_codes.ts";
import { argumentItems, PROGRAM, usageOf } from "../../functions/cli/help.ts";
import { flagOf } from "../../functions/settings/table.ts";
import { code, codeBlock, markdownTable } from "../../functions/cli/markdown.ts";

/** Returns the page as Markdown. */
export function cliPage(): string {
  const commands = commandEntries();
  const groups = [...Map.groupBy(commands, ([, { group }]) => group)];
  return [
    introduction(),
    ...groups.map(([group, commands]) => `## ${group}\n\n${overview(commands)}`),
    options(),
    PASSWORDS,
    ...commands.map(command),
  ].join("\n\n") + "\n";
}

function introduction(): string {
  return `# Command line

<!-- Written by \`deno task docs\` from functions/cli/command_table.ts. -->

${code(`${PROGRAM} help`)} lists the commands, ${code(`${PROGRAM} help replay`)} describes one of
them, and ${
    code(`${PROGRAM} help settings`)
  } lists the settings. A setting is an environment variable or a
flag, ${code("SOURCE_URL")} or ${code("--source-url")}; the flag takes precedence.
[settings.md](settings.md) describes them all.`;
}

function overview(commands: readonly [CommandName, CommandSpec][]): string {
  return markdownTable(
    ["command", "what it does"],
    commands.map(([name, { summary }]) => [link(name), summary]),
  );
}

function link(name: string): string {
  return `[${code(name)}](#etl-${name.replaceAll(" ", "-")})`;
}

function options(): string {
  const options = Object.entries(GLOBAL_OPTIONS).map(([flags, what]) => [code(flags), what]);
  const codes = EXIT_CODES.map(([exit, what]) => [String(exit), what]);
  return `## Options of every command

${markdownTable(["option", "what it does"], options)}

With \`--json\`, standard output has one JSON object, also for an error, and standard error is empty. Its
keys are in snake case, and its numbers have no separators. Without it, results go to standard output, and
progress and errors to standard error. \`NO_COLOR\` turns colors off.

${markdownTable(["exit code", "meaning"], codes)}

A command that is interrupted, by Ctrl-C for example, loses nothing: run it again to continue.`;
}

const PASSWORDS = `## Passwords

Shells and CI logs record command lines, and Deno prints the arguments of a task. A URL with a password is
therefore refused as a flag, with exit code 2. There are four safe ways:

- the environment variable of the setting, such as \`SOURCE_URL\`
- \`--into-env NAME\`, for the environment variable with the target of a replay
- \`secretsmanager://NAME\`, for a URL in AWS Secrets Manager
- \`-\` as the value of a flag: the URL comes from standard input. On a terminal you are asked for it, and
  what you type is not shown.

No command prints a password: not in results, progress, errors, JSON or help.`;

function command([name, spec]: [CommandName, CommandSpec]): string {
  const sections = [
    `## etl ${name}`,
    spec.description.join("\n\n"),
    codeBlock("text", usageOf(name, spec)),
    items("argument", argumentItems(spec)),
    items("option", Object.entries(spec.options ?? {})),
    settings(spec),
    spec.examples.map(([args, what]) => `- ${code(`${PROGRAM} ${args}`)}: ${what}`).join("\n"),
  ];
  return sections.filter(Boolean).join("\n\n");
}

function items(kind: string, items: readonly (readonly [string, string])[]): string {
  if (items.length === 0) return "";
  return markdownTable([kind, "what it does"], items.map(([term, what]) => [code(term), what]));
}

function settings({ settings }: CommandSpec): string {
  if (settings.length === 0) return "";
  return `Settings: ${settings.map((name) => code(`--${flagOf(name)}`)).join(", ")}.`;
}
