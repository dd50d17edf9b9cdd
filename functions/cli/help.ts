/**
 * Help as a person reads it, from the table of commands.
 *
 * @module
 */
import { Help } from "commander";
import { capitalized } from "../format.ts";
import type { Setting } from "../settings/setting.ts";
import { SETTINGS } from "../settings/table.ts";
import type { Paint } from "./color.ts";
import type { CommandSpec } from "./command_spec.ts";
import { COMMAND_GROUPS, groupEntries, topLevelEntries } from "./command_table.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import { COMMAND_SETTINGS, GLOBAL_OPTIONS, settingFlags } from "./flags.ts";

/** The words before a command. */
export const PROGRAM = "deno task etl";

/** The purpose of the program. */
export const PURPOSE =
  "Sync a Postgres database into a star-schema warehouse through an immutable data lake.";

/** How to keep passwords safe. */
export const PASSWORDS =
  "A URL with a password is refused as a flag, because shells and CI logs record it. Put it into the " +
  "environment variable, store it in AWS Secrets Manager and write secretsmanager://NAME, or write - " +
  "and give it on standard input.";

/** How help looks. */
export interface Look {
  /** Characters in a line. */
  readonly columns: number;
  readonly paint: Paint;
}

/** A term and what it means. */
type Item = readonly [term: string, what: string];

/** Returns the help of the program: every command, in groups. */
export function programHelp(look: Look): string {
  const layout = new Layout(look);
  // The order of the headings is that of the first command under each.
  const groups = Map.groupBy(topLevelEntries(), ([, { group }]) => group);
  return layout.join([
    layout.text(PURPOSE),
    layout.line("Usage:", `${PROGRAM} <command> [options]`),
    ...[...groups].map(([group, commands]) =>
      layout.items(`${group}:`, commands.map(([name, { summary }]) => [name, summary]))
    ),
    layout.items("Options of every command:", Object.entries(GLOBAL_OPTIONS)),
    layout.line("Exit codes:", EXIT_CODES.map((code) => code.join(" ")).join("; ")),
    layout.items("Learn more:", [
      [`${PROGRAM} help <command>`, "what a command does, its options and examples"],
      [`${PROGRAM} help settings`, "the databases, the lake and every other setting"],
    ]),
  ]);
}

const LONG_OPTIONS = Object.keys(GLOBAL_OPTIONS).filter((flags) => flags !== "--version")
  .map((flags) => flags.replace(/^-\w, /, "")).join(", ");

/** Returns the help of a command. */
export function commandHelp(name: string, spec: CommandSpec, look: Look): string {
  const layout = new Layout(look);
  const settings = spec.settings.map(settingFlags);
  return layout.join([
    ...spec.description.map((paragraph) => layout.text(paragraph)),
    layout.line("Usage:", usageOf(name, spec)),
    layout.items("Arguments:", argumentItems(spec)),
    layout.items("Options:", Object.entries(spec.options ?? {})),
    layout.items(
      "Settings, as flags or environment variables (--source-url or SOURCE_URL):",
      settings,
    ),
    layout.text(`Every command also takes ${LONG_OPTIONS}.`),
    layout.examples(spec.examples),
    settings.some(([flag]) => flag.endsWith("<url>")) ? layout.text(PASSWORDS) : "",
  ]);
}

/** Returns the help of the commands that share their first word. */
export function groupHelp(group: string, look: Look): string {
  const layout = new Layout(look);
  const commands = groupEntries(group);
  return layout.join([
    layout.text(`${COMMAND_GROUPS[group].summary}.`),
    layout.line("Usage:", `${PROGRAM} ${group} <command> [options]`),
    layout.items("Commands:", commands.map(([name, { summary }]) => [name, summary])),
  ]);
}

/** Returns the help of all settings. */
export function settingsHelp(look: Look): string {
  const layout = new Layout(look);
  const settings = COMMAND_SETTINGS.map((name): Item => {
    const { what, example, default: value }: Setting = SETTINGS[name];
    const values = value === undefined ? example : `Default: ${value}. Example: ${example}`;
    return [name, `${capitalized(what)}.\n${values}`];
  });
  return layout.join([
    layout.items(
      "Settings, as environment variables or flags (SOURCE_URL or --source-url):",
      settings,
    ),
    layout.text(PASSWORDS),
  ]);
}

/** Returns how a command is called. */
export function usageOf(name: string, spec: CommandSpec): string {
  const words = argumentItems(spec).map(([argument]) => argument);
  const options = spec.options || spec.settings.length > 0 ? ["[options]"] : [];
  return [PROGRAM, name, ...words, ...options].join(" ");
}

/** Returns the arguments of a command, as they are written in its usage. */
export function argumentItems({ arguments: declared = {} }: CommandSpec): Item[] {
  return Object.entries(declared).map(([name, { what, choices, optional }]) => [
    optional ? `[${name}]` : `<${name}>`,
    choices ? `${what}: ${choices.join(", ")}` : what,
  ]);
}

/** Longer lines are hard to read, however wide the terminal is. */
const MAX_COLUMNS = 100;
/** The terms of short sections line up. */
const MIN_TERM = 14;

/** Lines and sections of help. Commander wraps them. */
class Layout {
  readonly #helper = new Help();
  readonly #columns: number;
  readonly #paint: Paint;

  constructor({ columns, paint }: Look) {
    this.#columns = this.#helper.helpWidth = Math.min(columns, MAX_COLUMNS);
    this.#paint = paint;
  }

  text(text: string): string {
    return this.#helper.boxWrap(text, this.#columns);
  }

  line(title: string, text: string): string {
    return `${this.#paint("bold", title)} ${text}`;
  }

  items(title: string, items: readonly Item[]): string {
    if (items.length === 0) return "";
    const width = Math.max(MIN_TERM, ...items.map(([term]) => term.length));
    const lines = items.map(([term, what]) =>
      this.#helper.formatItem(this.#paint("cyan", term), width, what, this.#helper)
    );
    return `${this.#paint("bold", title)}\n${lines.join("\n")}`;
  }

  examples(examples: CommandSpec["examples"]): string {
    const lines = examples.map(([args, what]) =>
      `  ${this.#paint("dim", `# ${what}`)}\n  ${PROGRAM} ${args}`
    );
    return `${this.#paint("bold", "Examples:")}\n${lines.join("\n")}`;
  }

  join(sections: readonly string[]): string {
    return `${sections.filter(Boolean).join("\n\n")}\n`;
  }
}
