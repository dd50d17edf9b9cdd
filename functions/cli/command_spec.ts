import type { PIPELINE_SETTINGS } from "../settings/pipeline.ts";
import type { SOURCE_SETTINGS, SourceName } from "../settings/sources.ts";

/** The name of a setting that commands use. */
export type CommandSetting =
  | typeof PIPELINE_SETTINGS[keyof typeof PIPELINE_SETTINGS]
  | typeof SOURCE_SETTINGS[SourceName][number];

/** A command, as its help describes it. */
export interface CommandSpec {
  /** The heading that the command is listed under. */
  readonly group: "Run the pipeline" | "Inspect" | "Repair" | "Command line";
  /** What the command does, in a line. */
  readonly summary: string;
  /** What it does and when to use it: a paragraph per entry. */
  readonly description: readonly string[];
  /** The meaning of each argument, in order. A name that ends in `...` takes any number of words. */
  readonly arguments?: Readonly<Record<string, ArgumentSpec>>;
  /** The effect of each option that only this command has, by its flag and value: `--from <commit>`. */
  readonly options?: Readonly<Record<string, string>>;
  /** Two calls, and what each is for. */
  readonly examples: readonly (readonly [args: string, what: string])[];
  /** The settings that it reads. */
  readonly settings: readonly CommandSetting[];
}

/** An argument of a command. */
export interface ArgumentSpec {
  readonly what: string;
  /** The values that it takes; any when omitted. */
  readonly choices?: readonly string[];
  readonly optional?: boolean;
}
