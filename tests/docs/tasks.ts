/**
 * Checks how pages call the tasks of deno.json, by the parsers of the tasks.
 *
 * @module
 */
import { assert } from "@std/assert";
import { join, resolve } from "node:path";
import { readBenchOptions } from "../../dev/bench/options.ts";
import { parse as readCheckOptions } from "../../dev/check.ts";
import { readCompareOptions } from "../../dev/compare/options.ts";
import { readOptions as readDemoOptions } from "../../dev/demo.ts";
import { readOptions as readDeployOptions } from "../../deploy/options.ts";
import type { Setting } from "../../functions/settings/setting.ts";
import { SETTINGS } from "../../functions/settings/table.ts";
import { readOptions as readTortureOptions } from "../torture/main.ts";
import { refusal } from "./etl.ts";

const ROOT = resolve(import.meta.dirname!, "../..");
const CONFIG = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));

/** The name that the package is published under. */
export const packageName: string = CONFIG.name;
/** What each package is imported from, by its name. */
export const imports: Readonly<Record<string, string>> = CONFIG.imports;

/** Throws when the arguments of a task are wrong. */
type Check = (args: string[]) => unknown;

const TASKS: Readonly<Record<string, Check>> = {
  etl: checkEtl,
  deploy: readDeployOptions,
  demo: readDemoOptions,
  bench: readBenchOptions,
  compare: readCompareOptions,
  torture: readTortureOptions,
  check: (args) => {
    const options = readCheckOptions(args);
    if (typeof options === "string") throw new Error(options);
  },
  release: ([tag = "v0.0.0", ...rest]) => {
    assert(/^v\d+\.\d+\.\d+$/.test(tag) && rest.length === 0);
  },
  dev: withoutArguments,
  notebooks: withoutArguments,
  docs: withoutArguments,
  test: checkTestArguments,
};

/** Checks the arguments of the command line. Without any, its name is meant. */
export async function checkEtl(args: readonly string[]): Promise<void> {
  if (args.length === 0) return;
  const reason = await refusal(args);
  if (reason !== undefined) throw new Error(reason);
}

/** Checks the variables that a command line sets for one task: `EXTRACT_SCHEDULE='…' deno task deploy`. */
export function checkAssignments(text: string): void {
  for (const [, name, value] of text.matchAll(/(?:^|\s)([A-Z_]+)='([^']*)'(?=.* deno task )/g)) {
    const setting = (SETTINGS as Readonly<Record<string, Setting>>)[name];
    assert(setting !== undefined, `${name} is not a setting`);
    setting.parse(value);
  }
}

/** Checks the call of a task, and returns why it is not run. */
export async function checkTask(name: string, args: readonly string[]): Promise<string> {
  assert(name in CONFIG.tasks, `deno.json has no task ${name}`);
  assert(name in TASKS, `no rule for deno task ${name}`);
  await TASKS[name]([...args]);
  return "its arguments are valid";
}

function withoutArguments(args: string[]): void {
  assert(args.every((arg) => arg === "--help"), `no arguments but --help: ${args}`);
}

function checkTestArguments(args: string[]): void {
  const paths = args.filter((arg, place) => !arg.startsWith("-") && args[place - 1] !== "--filter");
  for (const path of paths) Deno.statSync(join(ROOT, path));
  const flags = args.filter((arg) => arg.startsWith("-"));
  for (const flag of flags) assert(["--filter", "--all"].includes(flag), `no rule for ${flag}`);
}
