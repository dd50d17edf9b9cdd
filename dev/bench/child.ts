import type { CommandMeter, Cost, MeasuredCommand } from "../measure/measured_command.ts";
import { etlCommand, ROOT } from "../measure/etl_command.ts";
import type { Span, WorkName } from "./work.ts";

/** The settings of a pipeline, as environment variables. */
export type Environment = Readonly<Record<string, string>>;

/** What measures processes. */
interface Meter {
  readonly meter: CommandMeter;
}

const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-net=127.0.0.1",
];

/** The result of work in a process of its own. */
export interface WorkResult {
  readonly spans: readonly Span[];
  readonly cost: Cost;
}

/** Does a work of `work.ts` in a process of its own. */
export async function workIn(
  bench: Meter,
  env: Environment,
  name: WorkName,
  args: readonly (string | number)[] = [],
): Promise<WorkResult> {
  const cost = await runScript(bench, env, "dev/bench/work.ts", [name, ...args.map(String)]);
  return { spans: JSON.parse(cost.stdout), cost };
}

/** Runs a module of this repository in a process of its own. */
export function runScript(
  bench: Meter,
  env: Environment,
  script: string,
  args: readonly string[] = [],
): Promise<Cost> {
  const command = ["run", "--no-lock", ...PERMISSIONS, script, ...args];
  return succeed(bench, { command: Deno.execPath(), args: command, env, cwd: ROOT });
}

/** Runs a command of the command line in a process of its own. */
export function runEtl(bench: Meter, env: Environment, ...args: string[]): Promise<Cost> {
  return succeed(bench, etlCommand(env, ...args));
}

async function succeed({ meter }: Meter, command: MeasuredCommand): Promise<Cost> {
  const cost = await meter.measure(command);
  if (cost.code !== 0) throw new Error(`deno ${command.args.join(" ")} failed:\n${cost.stderr}`);
  return cost;
}
