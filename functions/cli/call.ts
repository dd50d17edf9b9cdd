import type { ProgressListener } from "../../sdk/mod.ts";
import type { Environment } from "../settings/read.ts";
import type { Description } from "./describe.ts";
import type { Options } from "./parse_command_line.ts";

/** The outcome of a command. */
export interface Outcome {
  /** The result, as `--json` prints it. */
  readonly record: unknown;
  /** The result in words. */
  readonly text: Description;
  /** The exit code. */
  readonly code: 0 | 1;
}

/** A call of a command. */
export interface Call {
  /** Returns a setting, from a flag or a variable. */
  readonly environment: Environment;
  readonly args: readonly string[];
  readonly options: Options;
  readonly onProgress: ProgressListener;
  /** Receives what went wrong although the command itself did not. */
  readonly onWarning: (message: string) => void;
}
