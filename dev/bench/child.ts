import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Cost } from "../measure/measured_command.ts";
import type { Bench, Environment } from "./context.ts";
import type { Span, WorkName } from "./work.ts";

const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-net=127.0.0.1",
];
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The result of work in a process of its own. */
export interface WorkResult {
  readonly spans: readonly Span[];
  readonly cost: Cost;
}

/** Does a work of `work.ts` in a process of its own. */
export async function workIn(
  bench: Bench,
  env: Environment,
  name: WorkName,
  args: readonly (string | number)[] = [],
): Promise<WorkResult> {
  const cost = await runScript(bench, env, "dev/bench/work.ts", [name, ...args.map(String)]);
  return { spans: JSON.parse(cost.stdout), cost };
}

/** Runs a module of this repository in a process of its own. */
export function runScript(
  bench: Bench,
  env: Environment,
  script: string,
  args: readonly string[] = [],
): Promise<Cost> {
  return runDeno(bench, env, ["run", "--no-lock", ...PERMISSIONS, script, ...args]);
}

/** Runs a command of the command line in a process of its own, as `deno task etl` does. */
export function runEtl(bench: Bench, env: Environment, ...args: string[]): Promise<Cost> {
  const { tasks } = JSON.parse(readFileSync(`${ROOT}deno.json`, "utf8"));
  const [, ...command] = tasks.etl.command.split(" ");
  return runDeno(bench, env, [...command, ...args]);
}

async function runDeno(bench: Bench, env: Environment, args: readonly string[]): Promise<Cost> {
  const cost = await bench.meter.measure({ command: Deno.execPath(), args, env, cwd: ROOT });
  if (cost.code !== 0) throw new Error(`deno ${args.join(" ")} failed:\n${cost.stderr}`);
  return cost;
}
