/**
 * The whole pipeline on this machine: `deno task demo [--rows N] [--seed N] [--data DIR]`.
 *
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { readPipeline } from "../functions/settings/pipeline.ts";
import { describeRun, describeVerification, textOf } from "../functions/cli/describe.ts";
import { describeSourceRun } from "../functions/cli/describe_source_run.ts";
import { ProgressDisplay } from "../functions/cli/progress_display.ts";
import { byteSize, plural, thousands } from "../functions/format.ts";
import { run, runSource, type Source, verify } from "../sdk/mod.ts";
import { heading, io, paint, print } from "./demo/output.ts";
import { printHistory, printRevenue, printTargets } from "./demo/queries.ts";
import { demoRates, demoTargets, MISSING } from "./demo/sources.ts";
import { act } from "./simulator/act.ts";
import { type Counts, startActivity } from "./simulator/activity.ts";
import { fillFromCsv, fillFromSimulator } from "./simulator/fill.ts";
import { Random } from "./simulator/random.ts";
import { runTool } from "./run_tool.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";

const USAGE = `Run the pipeline on this machine, from a simulated source to a verified warehouse.

Usage: deno task demo [options]

  --rows N    Sales orders to start with (default 20000), other tables in proportion
  --seed N    Seed of the simulation (default 42): the same seed makes the same source
  --data DIR  Start with the CSV files in DIR, one per table, instead of a simulation`;

const ROWS = 20_000;
const TICKS = 5;
const EVENTS_PER_SECOND = 60;
const DELETIONS = 12;
const BETWEEN_TICKS_MS = 1000;

interface Options {
  readonly rows: number;
  readonly seed: number;
  readonly data?: string;
}

/**
 * Reads the options; undefined when help was requested.
 *
 * @throws {TypeError} when an option is unknown or has no value.
 */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: "string" },
      seed: { type: "string", default: "42" },
      data: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const [rows, seed] = [Number(values.rows ?? ROWS), Number(values.seed)];
  if (!Number.isSafeInteger(seed)) throw new TypeError("--seed must be a whole number");
  if (!Number.isSafeInteger(rows) || rows < 1) {
    throw new TypeError("--rows must be a whole number from 1 up");
  }
  if (values.rows !== undefined && values.data !== undefined) {
    throw new TypeError("--rows and --data exclude each other");
  }
  return { rows, seed, data: values.data };
}

async function demo(options: Options, stack: AsyncDisposableStack): Promise<void> {
  heading("1. Source", "Postgres from npm, with the data of a simulated company");
  const sandbox = stack.use(await openSandbox());
  const { SOURCE_URL, WAREHOUSE_URL } = sandbox.environment;
  await fill(SOURCE_URL, options);

  heading("2. First load", "source → JSON Lines → Parquet → star schema");
  await tick(sandbox);

  heading("3. Ticks", "the source changes, and the warehouse follows");
  await ticks(sandbox, options.seed, stack);

  heading("4. Deletes", "found by the next tick, which counts the rows of every table");
  await deleteOrders(sandbox, options.seed);

  await using warehouse = connectTo(WAREHOUSE_URL);
  heading("5. Exchange rates", `an API as a source; it has no rates of ${MISSING}`);
  await runOther(sandbox, demoRates());
  await printRevenue(warehouse.sql, MISSING);

  heading("6. Files", "a file with sales targets, dropped into a folder");
  const staff = await warehouse.sql`SELECT staff_id FROM dim_staff ORDER BY staff_id LIMIT 12`;
  const ids = staff.map(({ staff_id }) => staff_id);
  await runOther(sandbox, await demoTargets(join(sandbox.lake, "files"), ids));
  await printTargets(warehouse.sql);

  heading("7. Verify", "every row and column of the warehouse against the sources");
  const verification = await verify(pipelineOf(sandbox));
  print(textOf(describeVerification(verification)));

  heading("8. History", "every version of one order");
  await printHistory(warehouse.sql);
  await printEnd(sandbox.lake);
  if (!verification.equal) throw new Error("the warehouse differs from the source");
}

async function fill(url: string, { rows, seed, data }: Options): Promise<void> {
  if (data !== undefined) {
    await fillFromCsv(url, data);
    return print(`totesys has the rows of ${data}.`);
  }
  const counts = new Map<string, number>();
  const onProgress = (p: { table: string; rows: number }) => void counts.set(p.table, p.rows);
  await fillFromSimulator(url, { rows, seed, onProgress });
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  print(`totesys has ${plural(total, "row")} in ${plural(counts.size, "table")} (seed ${seed}).`);
}

function pipelineOf({ environment }: Sandbox) {
  return readPipeline((name) => (environment as never)[name]);
}

/** Runs the pipeline once. A log needs no progress: a tick takes seconds. */
async function tick(sandbox: Sandbox): Promise<void> {
  const display = io.stdout.isTerminal ? new ProgressDisplay(io.stdout, paint) : undefined;
  const result = await run({ ...pipelineOf(sandbox), onProgress: display?.update.bind(display) });
  display?.end();
  print(textOf(describeRun(result)));
}

async function ticks(sandbox: Sandbox, seed: number, stack: AsyncDisposableStack): Promise<void> {
  const { SOURCE_URL } = sandbox.environment;
  const activity = stack.use(startActivity(SOURCE_URL, { seed, per_second: EVENTS_PER_SECOND }));
  for (let i = 0; i < TICKS; i++) {
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TICKS_MS));
    await tick(sandbox);
  }
  const counts = await activity.stop();
  // The changes after the last tick.
  await tick(sandbox);
  const happened = Object.entries(ACTIVITY).flatMap(([kind, [one, many]]) => {
    const count = counts[kind as keyof Counts];
    return count === 0 ? [] : `${thousands(count)} ${count === 1 ? one : many}`;
  });
  print(`Source activity: ${happened.join(", ")}.`);
}

/** What each kind of change is called: one of it, and several. */
const ACTIVITY: Readonly<Partial<Record<keyof Counts, readonly [one: string, many: string]>>> = {
  new_order: ["new order", "new orders"],
  stamped_update: ["update with last_updated", "updates with last_updated"],
  silent_update: ["update without", "updates without"],
  late_commit: ["late commit", "late commits"],
  rollback: ["rollback", "rollbacks"],
  department_renamed: ["renamed department", "renamed departments"],
  address_corrected: ["corrected address", "corrected addresses"],
};

async function deleteOrders(sandbox: Sandbox, seed: number): Promise<void> {
  await using source = connectTo(sandbox.environment.SOURCE_URL);
  const random = new Random(seed);
  for (let i = 0; i < DELETIONS; i++) await act(source.sql, random, "deletion");
  await tick(sandbox);
}

/** Runs the pipeline once for another source than the database. */
async function runOther(sandbox: Sandbox, source: Source): Promise<void> {
  print(textOf(describeSourceRun(await runSource({ ...pipelineOf(sandbox), source }))));
}

function connectTo(url: string) {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return { sql, [Symbol.asyncDispose]: () => sql.end() };
}

async function printEnd(lake: string): Promise<void> {
  let objects = 0;
  let bytes = 0;
  const folders = [lake];
  for (const folder of folders) {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) folders.push(`${folder}/${name}`);
      else {
        objects++;
        bytes += (await Deno.stat(`${folder}/${name}`)).size;
      }
    }
  }
  print(`
The lake had ${plural(objects, "object")}, ${
    byteSize(bytes)
  }. The demo deletes it, and both databases.
  next: open the dashboard with data in it: deno task dev
  or run it on your own database, as README.md describes`);
}

if (import.meta.main) {
  await runTool(() => {
    const options = readOptions(Deno.args);
    return options && ((stack) => demo(options, stack));
  }, USAGE);
}
