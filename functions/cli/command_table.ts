/**
 * Every command, once: parsing, help, shell completion and docs/cli.md derive from this table.
 *
 * @module
 */
import type { CommandSpec } from "./command_spec.ts";
import { INSPECT_COMMANDS } from "./commands/inspect_commands.ts";
import { PIPELINE_COMMANDS } from "./commands/pipeline_commands.ts";
import { PROGRAM_COMMANDS } from "./commands/program_commands.ts";
import { REPAIR_COMMANDS } from "./commands/repair_commands.ts";

/** The words that several commands share as their first one. */
export const COMMAND_GROUPS: Readonly<Record<string, Pick<CommandSpec, "group" | "summary">>> = {
  quarantine: { group: "Inspect", summary: "List, show or retry rows that could not be loaded" },
};

/** The commands by name, in the order of the help. */
export const COMMANDS = {
  ...PIPELINE_COMMANDS,
  ...INSPECT_COMMANDS,
  ...REPAIR_COMMANDS,
  ...PROGRAM_COMMANDS,
} as const;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** The commands that work on a pipeline. */
export type PipelineCommand = Exclude<CommandName, keyof typeof PROGRAM_COMMANDS>;

/** Returns every command with its name. */
export function commandEntries(): [CommandName, CommandSpec][] {
  return Object.entries(COMMANDS) as [CommandName, CommandSpec][];
}

/** Returns the first words of all calls: commands of one word, then groups. */
export function topLevelEntries(): [string, Pick<CommandSpec, "group" | "summary">][] {
  const single = commandEntries().filter(([name]) => !name.includes(" "));
  return [...single, ...Object.entries(COMMAND_GROUPS)];
}

/** Returns the commands of a group. */
export function groupEntries(group: string): [CommandName, CommandSpec][] {
  return commandEntries().filter(([name]) => name.startsWith(`${group} `));
}
