/**
 * The whole pipeline on this machine: `deno task demo [--rows N] [--seed N] [--data DIR]`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import postgres from "postgres";
import { readPipeline } from "../functions/settings/pipeline.ts";
import {
  describeReconciliation,
  describeRun,
  describeVerification,
  textOf,
} from "../functions/cli/describe.ts";
import { paintFor } from "../functions/cli/color.ts";
import { processIo } from "../functions/cli/io.ts";
import { ProgressDisplay } from "../functions/cli/progress_display.ts";
import { table, thousands } from "../functions/format.ts";
import { reconcile, run, verify } from "../sdk/mod.ts";
import { act } from "./simulator/act.ts";
import { startActivity } from "./simulator/activity.ts";
import { fillFromCsv, fillFromSimulator } from "./simulator/fill.ts";
import { Random } from "./simulator/random.ts";
import { runTool } from "./run_tool.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";

const USAGE = `usage: deno task demo [--rows N] [--seed N] [--data DIR]

  --rows N    sales orders to begin with (default 20000); everything else in proportion
  --seed N    the same seed makes the same source (default 42)
  --data DIR  begin with the CSV files in DIR, one per table, instead`;

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

/** @throws {TypeError} when an option is unknown or has no value. */
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
  if (!Number.isSafeInteger(seed)) throw new TypeError("--seed is a whole number");
  if (!Number.isSafeInteger(rows) || rows < 1) throw new TypeError("--rows is a number from 1 up");
  if (values.rows !== undefined && values.data !== undefined) {
    throw new TypeError("--rows is for made-up data, --data for your own: give one of them");
  }
  return { rows, seed, data: values.data };
}

async function demo(options: Options, stack: AsyncDisposableStack): Promise<void> {
  heading("1. A source", "Postgres from npm, in a temporary directory");
  const bench = stack.use(await openSandbox());
  await fill(bench.environment.SOURCE_URL, options);

  heading("2. The first load", "source → JSONL → Parquet → star schema");
  await tick(bench, true);

  heading("3. Ticks, while the source changes", "silently, late, and in the usual way");
  await ticks(bench, options.seed, stack);

  heading("4. Deletes", "no delta shows them; a comparison of every row does");
  await deleteOrders(bench, options.seed);

  heading("5. Verify", "every row and column of the warehouse against the source");
  const { SOURCE_URL, WAREHOUSE_URL } = bench.environment;
  const verification = await verify({ source: SOURCE_URL, warehouse: WAREHOUSE_URL });
  console.log(textOf(describeVerification(verification)));

  await using warehouse = connectTo(WAREHOUSE_URL);
  heading("6. History", "one order that changed, every version of it");
  await printHistory(warehouse.sql);
  heading("7. An answer", "the designs that sold best, in pounds sterling");
  await printTopDesigns(warehouse.sql);
  await printLake(bench.lake);
  if (!verification.equal) throw new Error("the warehouse differs from the source");
}

function heading(title: string, what: string): void {
  console.log(`\n${title}: ${what}`);
}

async function fill(url: string, { rows, seed, data }: Options): Promise<void> {
  if (data !== undefined) {
    await fillFromCsv(url, data);
    return console.log(`totesys holds the rows of ${data}.`);
  }
  const counts = new Map<string, number>();
  const onProgress = (p: { table: string; rows: number }) => void counts.set(p.table, p.rows);
  await fillFromSimulator(url, { rows, seed, onProgress });
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  console.log(`totesys holds ${thousands(total)} rows in ${counts.size} tables (seed ${seed}).`);
}

async function tick(bench: Sandbox, showProgress: boolean): Promise<void> {
  const io = processIo();
  const display = new ProgressDisplay(io.stdout, paintFor(io.stdout, [], io));
  const pipeline = readPipeline((name) => (bench.environment as never)[name]);
  const onProgress = showProgress ? display.update.bind(display) : undefined;
  const result = await run({ ...pipeline, onProgress });
  display.end();
  console.log(textOf(describeRun(result)));
}

async function ticks(
  bench: Sandbox,
  seed: number,
  stack: AsyncDisposableStack,
): Promise<void> {
  const { SOURCE_URL } = bench.environment;
  const activity = stack.use(startActivity(SOURCE_URL, { seed, per_second: EVENTS_PER_SECOND }));
  for (let i = 0; i < TICKS; i++) {
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_TICKS_MS));
    await tick(bench, false);
  }
  const counts = await activity.stop();
  await tick(bench, false); // what was written after the last tick
  const happened = Object.entries(counts).filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} × ${kind.replaceAll("_", " ")}`);
  console.log(`Meanwhile in the source: ${happened.join(", ")}.`);
}

async function deleteOrders(bench: Sandbox, seed: number): Promise<void> {
  await using source = connectTo(bench.environment.SOURCE_URL);
  const random = new Random(seed);
  for (let i = 0; i < DELETIONS; i++) await act(source.sql, random, "deletion");
  const pipeline = readPipeline((name) => (bench.environment as never)[name]);
  console.log(textOf(describeReconciliation(await reconcile(pipeline))));
}

function connectTo(url: string) {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return { sql, [Symbol.asyncDispose]: () => sql.end() };
}

async function printHistory(sql: postgres.Sql): Promise<void> {
  const versions = await sql`
    SELECT sales_record_id, units_sold, unit_price, last_updated_date || ' ' || last_updated_time AS
      last_updated, to_char(valid_from, 'HH24:MI:SS.MS') AS valid_from,
      coalesce(to_char(valid_to, 'HH24:MI:SS.MS'), 'now') AS valid_to, sales_order_id
    FROM fact_sales_order_versions WHERE sales_order_id = (
      SELECT sales_order_id FROM fact_sales_order_history
      GROUP BY sales_order_id ORDER BY count(*) DESC, sales_order_id LIMIT 1)
    ORDER BY fact_sales_order_versions.valid_from`;
  if (versions.length === 0) return console.log("no order changed this time.");
  console.log(`sales order ${versions[0].sales_order_id}`);
  console.log(table(
    ["version", "units", "price", "last_updated", "valid from", "to"],
    versions.map((v) => [
      Number(v.sales_record_id),
      v.units_sold,
      v.unit_price,
      v.last_updated,
      v.valid_from,
      v.valid_to,
    ]),
  ));
}

async function printTopDesigns(sql: postgres.Sql): Promise<void> {
  const designs = await sql`
    SELECT design_name, count(*)::int AS orders, sum(units_sold)::int8 AS units,
      sum(units_sold * unit_price)::text AS revenue
    FROM fact_sales_order JOIN dim_design USING (design_id) JOIN dim_currency USING (currency_id)
    WHERE currency_code = 'GBP'
    GROUP BY design_name ORDER BY sum(units_sold * unit_price) DESC LIMIT 5`;
  console.log(table(
    ["design", "orders", "units", "revenue in GBP"],
    designs.map((d) => [d.design_name, d.orders, Number(d.units), d.revenue]),
  ));
}

async function printLake(lake: string): Promise<void> {
  let files = 0;
  let bytes = 0;
  const folders = [lake];
  for (const folder of folders) {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) folders.push(`${folder}/${name}`);
      else {
        files++;
        bytes += (await Deno.stat(`${folder}/${name}`)).size;
      }
    }
  }
  console.log(
    `\nThe lake held ${files} objects, ${(bytes / 1e6).toFixed(1)} MB. All of it is gone now.`,
  );
}

if (import.meta.main) {
  await runTool(() => {
    const options = readOptions(Deno.args);
    return options && ((stack) => demo(options, stack));
  }, USAGE);
}
