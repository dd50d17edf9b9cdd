/**
 * Measures speed and memory: `deno task bench [--rows N]`. The floor, a bare COPY from one database
 * into the other, is measured in the same run: the ratio is comparable between machines.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { duration, table, thousands } from "../functions/format.ts";
import { addForeignKeys, createTable } from "../sdk/derive/ddl.ts";
import { identifier, identifiers } from "../sdk/postgres/sql.ts";
import { connect, type Connection } from "../sdk/postgres/connection.ts";
import { totesys } from "../schemas/model.ts";
import { factSalesOrder } from "../schemas/warehouse/fact_sales_order.ts";
import type { Measurement } from "./bench_tick.ts";
import { fillFromSimulator } from "./simulator/fill.ts";
import { runTool } from "./run_tool.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";

const CHANGES = 1000;
const IDLE_TICKS = 5;

async function bench(rows: number, stack: AsyncDisposableStack): Promise<void> {
  // Durable, because a real database is.
  const sandbox = stack.use(await openSandbox({ durable: true }));
  const { SOURCE_URL, WAREHOUSE_URL } = sandbox.environment;
  console.log(`building ${thousands(rows)} sales orders…`);
  await buildSource(SOURCE_URL, rows);

  const first = await pipelineTick(sandbox);
  const floor_ms = await measureFloor(sandbox);
  await silentlyChange(SOURCE_URL, CHANGES);
  const delta = await pipelineTick(sandbox);
  const idle = await pipelineTick(sandbox, IDLE_TICKS);
  const scans_ms = await measureScans(SOURCE_URL);
  const loaded = await countFacts(WAREHOUSE_URL);

  const rate = (ms: number, count = rows) => Math.round(count / (ms / 1000));
  console.log(table(["", "time", "rows/s", "ratio", "peak RSS"], [
    ["floor: COPY | COPY, then foreign keys", duration(floor_ms), rate(floor_ms), "1.0", ""],
    [`first load of ${thousands(rows)}`, ...row(first, floor_ms, rate(first.elapsed_ms))],
    [`tick with ${CHANGES} changes`, ...row(delta, null, rate(delta.elapsed_ms, CHANGES))],
    ["floor: one scan and round trip per table", duration(scans_ms), "", "1.0", ""],
    ["tick without changes", ...row(idle, scans_ms, "")],
  ]));
  console.log(`the warehouse holds ${thousands(loaded)} sales orders.`);
}

/** Returns the cells of a measurement, with the ratio to its floor if it has one. */
function row({ elapsed_ms, peak_rss }: Measurement, floor_ms: number | null, rate: number | "") {
  const ratio = floor_ms === null ? "" : (elapsed_ms / floor_ms).toFixed(1);
  return [duration(elapsed_ms), rate, ratio, `${Math.round(peak_rss / 1e6)} MB`] as const;
}

/** Fills dimensions from the simulator and orders by SQL, which makes a million in seconds. */
async function buildSource(url: string, rows: number): Promise<void> {
  await fillFromSimulator(url, { rows: 100, seed: 42 });
  await using source = connect(url);
  await source.query(
    `INSERT INTO sales_order
    SELECT 1000000 + n, at, at, d.ids[1 + n % cardinality(d.ids)], 1 + n % 20, 1 + n % 20,
      1 + (n * 7919::bigint) % 99999, round((1 + n * 31::bigint % 400) / 100.0, 2), 1 + n % 3,
      to_char(at + interval '5 days', 'YYYY-MM-DD'), to_char(at + interval '3 days', 'YYYY-MM-DD'),
      1 + n % 30
    FROM (SELECT array_agg(design_id) AS ids FROM design) d, generate_series(1, $1::int) n,
      LATERAL (SELECT date_trunc('milliseconds',
        timestamp '2022-11-03 14:20:52.186' + n * interval '61.123 seconds') AS at) t`,
    [rows],
  );
  await source.query("VACUUM ANALYZE");
}

async function silentlyChange(url: string, count: number): Promise<void> {
  await using source = connect(url);
  await source.query(
    "UPDATE sales_order SET units_sold = units_sold + 1 WHERE sales_order_id > 1000000 AND " +
      "sales_order_id <= 1000000 + $1::int",
    [count],
  );
}

const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-net=127.0.0.1",
];

/** Runs ticks in a child process, so that only the pipeline is measured. */
async function pipelineTick(sandbox: Sandbox, times = 1): Promise<Measurement> {
  const script = new URL("bench_tick.ts", import.meta.url).pathname;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", ...PERMISSIONS, script, String(times)],
    env: sandbox.environment,
    stdin: "null",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("the pipeline failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

/**
 * Measures what any load of these facts costs at least: copying their bytes, a primary key, and foreign
 * keys checked as a set. The dimensions are loaded before the clock starts.
 */
async function measureFloor(sandbox: Sandbox): Promise<number> {
  const { SOURCE_URL, WAREHOUSE_URL } = sandbox.environment;
  await using source = connect(SOURCE_URL);
  await using warehouse = connect(WAREHOUSE_URL);
  await using floor = connect(await sandbox.postgres.createDatabase("floor"));
  for (const dimension of totesys.warehouse.filter(({ kind }) => kind !== "fact")) {
    for (const statement of createTable(dimension)) await floor.query(statement);
    const name = identifier(dimension.name);
    await floor.query(`ALTER TABLE ${name} ADD PRIMARY KEY (${identifier(dimension.key)})`);
    await pipe(warehouse, `COPY ${name} TO STDOUT`, floor, `COPY ${name} FROM STDIN`);
  }
  await source.query("SELECT 1");
  const started = performance.now();
  await floor.query("BEGIN");
  await floor.query(createTable(factSalesOrder)[0]);
  const { name, surrogate, columns } = factSalesOrder;
  await floor.query(`ALTER TABLE ${name} ADD PRIMARY KEY (${surrogate})`);
  const target = identifiers([surrogate, ...Object.keys(columns), "valid_from"]);
  await pipe(source, COPY_FACTS, floor, `COPY ${name} (${target}) FROM STDIN`);
  for (const key of addForeignKeys(factSalesOrder, totesys.warehouse)) await floor.query(key);
  await floor.query("COMMIT");
  return performance.now() - started;
}

const COPY_FACTS = `COPY (
  SELECT sales_order_id, sales_order_id, created_at::date, created_at::time, last_updated::date,
    last_updated::time, staff_id, counterparty_id, units_sold, unit_price, currency_id, design_id,
    agreed_payment_date, agreed_delivery_date, agreed_delivery_location_id, now()
  FROM sales_order) TO STDOUT`;

async function pipe(from: Connection, out: string, to: Connection, into: string): Promise<void> {
  await to.copyIn(into, from.copyOut(out));
}

/** Measures one scan of every source table, each in its own round trip. */
async function measureScans(url: string): Promise<number> {
  await using source = connect(url);
  await source.query("SELECT 1");
  const times: number[] = [];
  for (let i = 0; i < IDLE_TICKS; i++) {
    const started = performance.now();
    for (const { name } of totesys.source) {
      await source.query(`SELECT count(*) FROM ${identifier(name)}`);
    }
    times.push(performance.now() - started);
  }
  return Math.min(...times);
}

async function countFacts(url: string): Promise<number> {
  await using warehouse = connect(url);
  const [{ count }] = await warehouse.query("SELECT count(*) FROM fact_sales_order");
  return Number(count);
}

const USAGE = `usage: deno task bench [--rows N]

  --rows N  sales orders to load (default 1000000, at least ${CHANGES})`;

/**
 * Reads the options.
 *
 * @throws {TypeError} when an option is unknown or has no value.
 */
export function readRows(args: string[]): number | undefined {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: "string", default: "1000000" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const rows = Number(values.rows);
  if (Number.isSafeInteger(rows) && rows >= CHANGES) return rows;
  throw new TypeError(`--rows is a number from ${CHANGES} up`);
}

if (import.meta.main) {
  await runTool(() => {
    const rows = readRows(Deno.args);
    return rows === undefined ? undefined : (stack) => bench(rows, stack);
  }, USAGE);
}
