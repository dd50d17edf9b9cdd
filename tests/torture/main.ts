/**
 * Runs the pipeline in a storm of faults: `deno task torture [--seed N] [--faults N]`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { duration, table, thousands } from "../../functions/format.ts";
import { EtlError } from "../../sdk/errors.ts";
import { fillFromSimulator } from "../../dev/simulator/fill.ts";
import { runTool } from "../../dev/run_tool.ts";
import type { Check } from "./check.ts";
import { check, syncWithoutFaults } from "./checks.ts";
import { total } from "./faults.ts";
import { runStorm, type StormFigures } from "./storm.ts";
import { openSandbox } from "../../dev/sandbox.ts";

const USAGE = `usage: deno task torture [--seed N] [--faults N]

  --faults N  faults until the storm is over (default 1000)
  --seed N    the same seed fills the same source and lets the same faults strike each process, the
              n-th time it does the same thing; in which order the processes get there is up to the
              operating system (default: a new one, which is printed)

Two processes of the pipeline run over a source that is being written to, while everything they do
fails, stalls, is cut, times out or is killed, they and Postgres included. Then source, lake and
warehouse are compared row by row. Exit code 1 if anything differs.`;

const FAULTS = 1000;
const ORDERS = 1500;
const SEEDS = 1_000_000;
/** The most differences printed per check. */
const NAMED = 5;

interface Options {
  readonly seed: number;
  readonly faults: number;
}

/** @throws {TypeError} when an option is unknown or has no value. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: "string", default: String(Math.floor(Math.random() * SEEDS)) },
      faults: { type: "string", default: String(FAULTS) },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const [seed, faults] = [Number(values.seed), Number(values.faults)];
  if (!Number.isSafeInteger(seed)) throw new TypeError("--seed is a whole number");
  if (!Number.isSafeInteger(faults) || faults < 1) {
    throw new TypeError("--faults is a number from 1 up");
  }
  return { seed, faults };
}

async function torture({ seed, faults }: Options, stack: AsyncDisposableStack): Promise<void> {
  const again = `deno task torture --seed ${seed} --faults ${faults}`;
  console.log(again);
  // Outside the folder that Postgres removes when it is killed.
  const dir = await Deno.makeTempDir({ dir: "/tmp", prefix: "totesys-postgres-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const sandbox = stack.use(await openSandbox({ dir, durable: false }));
  await fillFromSimulator(sandbox.environment.SOURCE_URL, { rows: ORDERS, seed });
  const onProgress = (figures: StormFigures) => console.log(describe(figures));
  const figures = await runStorm(sandbox, { seed, faults, onProgress }, stack);
  console.log(`\n${describeFaults(figures)}\n\n${describe(figures)}`);
  refuse(figures.findings, again);

  await syncWithoutFaults(sandbox);
  const checks = await check(sandbox);
  console.log(`\n${describeChecks(checks)}`);
  const differences = checks.flatMap(({ differences }) => differences);
  console.log(`${thousands(differences.length)} differences`);
  refuse(checks.flatMap(({ differences }) => differences.slice(0, NAMED)), again);
}

function describe({ ticks, succeeded, rows, faults, elapsed_ms }: StormFigures): string {
  const count = total(faults);
  const rate = (count / elapsed_ms * 1000).toFixed(1);
  return `${duration(elapsed_ms)}: ${thousands(ticks)} ticks, ${thousands(succeeded)} of them ` +
    `well; ${thousands(count)} faults, ${rate} a second; ${thousands(rows)} rows loaded`;
}

function describeFaults({ faults, errors }: StormFigures): string {
  const rows = (counts: Readonly<Record<string, number>>) =>
    Object.keys(counts).sort().map((name) => [name, counts[name]]);
  return [
    table(["fault", "times"], rows(faults)),
    table(["a tick failed with", "times"], rows(errors)),
  ].join("\n\n");
}

function describeChecks(checks: readonly Check[]): string {
  return table(
    ["compared", "number", "differences"],
    checks.map(({ what, compared, differences }) => [what, compared, differences.length]),
  );
}

function refuse(problems: readonly string[], again: string): void {
  if (problems.length === 0) return;
  throw new EtlError(problems.join("\n"), { stage: "torture", next: again });
}

if (import.meta.main) {
  await runTool(() => {
    const options = readOptions(Deno.args);
    return options && ((stack) => torture(options, stack));
  }, USAGE);
}
