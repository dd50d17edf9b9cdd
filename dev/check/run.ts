/**
 * Runs gates one after the other and reports on all of them.
 *
 * @module
 */
import { delimiter } from "node:path";
import type { Gate } from "./gates.ts";
import { findTool, type Found, type SearchOptions, type ToolName } from "./tools.ts";

/** How a gate ended. */
export interface Outcome {
  /** The gate's name. */
  readonly name: string;
  /** `skipped`: it could not run on this machine. */
  readonly state: "passed" | "failed" | "skipped";
  /** Why it was skipped. */
  readonly reason?: string;
  /** What makes it run or pass. */
  readonly next?: string;
  /** The parts that could not run, with the reason and what makes them run. */
  readonly partly: readonly { readonly reason: string; readonly next: string }[];
}

/** How to run the gates. */
export interface RunOptions extends SearchOptions {
  /** Where commands run. */
  readonly cwd: string | URL;
}

/** Runs every gate, in order: a failure does not stop the ones after it. */
export async function runGates(
  gates: Readonly<Record<string, Gate>>,
  options: RunOptions,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [name, gate] of Object.entries(gates)) {
    const started = performance.now();
    const outcome = await runGate(name, gate, options);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const word = { passed: "ok     ", failed: "FAILED ", skipped: "skipped" }[outcome.state];
    console.log(`${word} ${name}: ${outcome.reason ?? gate.what} (${seconds} s)`);
    outcomes.push(outcome);
  }
  return outcomes;
}

async function runGate(name: string, gate: Gate, options: RunOptions): Promise<Outcome> {
  const needed = await findAll(gate.needs ? [gate.needs] : [], options);
  for (const found of needed) {
    if ("missing" in found) {
      return { name, state: "skipped", reason: found.missing, next: found.next, partly: [] };
    }
  }
  const wanted = await findAll(gate.wants ?? [], options);
  const partly = wanted.flatMap((found) =>
    "missing" in found ? [{ reason: found.missing, next: found.next }] : []
  );
  const { success, output } = await execute(gate, pathWith([...needed, ...wanted]), options.cwd);
  if (success) return { name, state: "passed", partly };
  if (gate.unavailable?.output.test(output)) {
    const { reason, next } = gate.unavailable;
    return { name, state: "skipped", reason, next, partly: [] };
  }
  if (!gate.live) console.log(output.trimEnd());
  return { name, state: "failed", next: `deno task check --only ${name}`, partly };
}

async function findAll(names: readonly ToolName[], options: SearchOptions): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of names) found.push(await findTool(name, options));
  return found;
}

/** Programs of the cache come last: a virtual environment has its own Python. */
function pathWith(found: readonly Found[]): string {
  const own = (Deno.env.get("PATH") ?? "").split(delimiter);
  const others = found.flatMap((tool) => "folder" in tool ? [tool.folder] : []);
  return [...new Set([...own, ...others])].join(delimiter);
}

async function execute(
  gate: Gate,
  path: string,
  cwd: string | URL,
): Promise<{ success: boolean; output: string }> {
  const [program, ...args] = gate.command;
  const stream = gate.live ? "inherit" : "piped";
  const child = new Deno.Command(program, {
    args,
    cwd,
    env: { PATH: path },
    stdin: "null",
    stdout: stream,
    stderr: stream,
  }).spawn();
  if (gate.live) return { success: (await child.status).success, output: "" };
  const { success, stdout, stderr } = await child.output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  return { success, output };
}

/** Describes the outcomes: what failed, what was skipped and why, and the counts last. */
export function summary(outcomes: readonly Outcome[], left: readonly string[] = []): string {
  const of = (state: Outcome["state"]) => outcomes.filter((outcome) => outcome.state === state);
  const lines = [
    ...of("failed").map(({ name, next }) => `FAILED  ${name}. next: ${next}`),
    ...of("skipped").map(({ name, reason, next }) => `skipped ${name}: ${reason}. next: ${next}`),
    ...outcomes.flatMap(({ name, partly }) =>
      partly.map(({ reason, next }) => `partly  ${name}: ${reason}. next: ${next}`)
    ),
    ...(left.length > 0 ? [`not run ${left.join(", ")}. next: deno task check`] : []),
  ];
  const counts = (["passed", "failed", "skipped"] as const)
    .map((state) => `${of(state).length} ${state}`);
  return [...lines, `checks: ${counts.join(", ")}`].join("\n");
}
