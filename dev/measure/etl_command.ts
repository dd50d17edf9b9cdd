import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MeasuredCommand } from "./measured_command.ts";

/** The folder of this repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Returns the command that `deno task etl` runs, without the process of the task. */
export function etlCommand(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): MeasuredCommand {
  const { tasks } = JSON.parse(readFileSync(`${ROOT}deno.json`, "utf8"));
  const [, ...command] = tasks.etl.command.split(" ");
  return { command: Deno.execPath(), args: [...command, ...args], cwd: ROOT, env };
}
