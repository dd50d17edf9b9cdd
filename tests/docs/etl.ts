/**
 * Runs the command line in this process, with an environment of its own.
 *
 * @module
 */
import { plain } from "../../functions/cli/color.ts";
import { parseCommandLine } from "../../functions/cli/parse_command_line.ts";
import { ConfigurationError } from "../../sdk/errors.ts";

export { etl } from "../functions/cli/cli.ts";

/** Returns why the command line refuses its arguments, or undefined. Nothing is run. */
export function refusal(args: readonly string[]): string | undefined {
  try {
    const { kind } = parseCommandLine(args, { columns: 80, paint: plain });
    return kind === "incomplete" ? "a command is missing" : undefined;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message;
  }
}
