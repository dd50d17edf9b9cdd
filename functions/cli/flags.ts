/**
 * Options that commands share: those of every command, and the flags of settings.
 *
 * @module
 */
import { Option } from "commander";
import { capitalized } from "../format.ts";
import { PIPELINE_SETTINGS } from "../settings/pipeline.ts";
import { SOURCE_SETTINGS } from "../settings/sources.ts";
import type { Setting } from "../settings/setting.ts";
import { flagOf, SETTINGS } from "../settings/table.ts";
import { COLOR_CHOICES } from "./color.ts";
import type { CommandSetting } from "./command_spec.ts";

/** The options of every command, by flag and value. */
export const GLOBAL_OPTIONS: Readonly<Record<string, string>> = {
  "--json": "Print the result as one JSON object",
  "-q, --quiet": "Print only errors, warnings and what was asked for",
  "--color <when>": `Use colors: ${COLOR_CHOICES.join(", ")}`,
  "-h, --help": "Print the help of a command",
  "--version": "Print the version",
};

/** Values that an option takes, where not every value will do. */
const CHOICES: Readonly<Record<string, readonly string[]>> = { "--color": COLOR_CHOICES };

/** Returns an option as Commander declares it. */
export function declareOption(flags: string, what: string): Option {
  const option = new Option(flags, what);
  const choices = CHOICES[option.long!];
  if (!choices) return option;
  return option.choices(choices);
}

/** Returns the values that an option takes, or nothing where any will do. */
export function choicesOf(flag: string): readonly string[] {
  return CHOICES[flag] ?? [];
}

/** The settings that commands use. */
export const COMMAND_SETTINGS: readonly CommandSetting[] = [
  ...Object.values(PIPELINE_SETTINGS),
  ...Object.values(SOURCE_SETTINGS).flat(),
];

/** Returns a setting's flag with its value, and what it is. */
export function settingFlags(setting: CommandSetting): [flags: string, what: string] {
  const value = setting.endsWith("_URL")
    ? "url"
    : /_(BASE|CURRENCY)$/.test(setting)
    ? "code"
    : "number";
  const { what, default: fallback }: Setting = SETTINGS[setting];
  const suffix = fallback === undefined ? "" : ` (default: ${fallback})`;
  return [`--${flagOf(setting)} <${value}>`, capitalized(what) + suffix];
}
