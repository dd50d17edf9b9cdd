/** What the role of dashboards can read of the control tables, whenever it and they were created. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import postgres from "postgres";
import { salesOrder } from "../../schemas/mod.ts";
import { load } from "../../sdk/load/load.ts";
import { run } from "../../sdk/operate/run.ts";
import { recordRun } from "../../sdk/operate/run_history.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import { test, type TestPipeline } from "../operate/pipelines.ts";
import { undoMigrations } from "../operate/older_warehouse.ts";
import { propertyRuns } from "../support/slow.ts";
import { insert } from "../support/source.ts";
import { assertRefused, makeRoles } from "./test_roles.ts";

/** The columns of the control tables that the role can read, by table. */
const READABLE = {
  applied_commit: [
    "applied_at",
    "ingestion_sequence",
    "mode",
    "run",
    "sequence",
    "source",
    "taken_at",
  ],
  heartbeat: ["at", "error", "fresh_as_of", "job"],
  migration: ["applied_at", "name", "version"],
  quarantine_reason: ["column_name", "key", "orphaned", "rule", "since", "table_name"],
  reconciliation: [
    "deleted",
    "done_at",
    "finished",
    "ingestion_sequence",
    "missed",
    "refused",
    "tables",
  ],
  row_count: ["left_out", "rows", "searched_at", "table_name", "unconfirmed"],
  run: [
    "behind_ms",
    "bytes",
    "elapsed_ms",
    "error",
    "fresh_as_of",
    "job",
    "lag_ms",
    "message",
    "next",
    "outcome",
    "quarantined",
    "read_as_of",
    "rows",
    "run",
    "schema_changes",
    "stage_ms",
    "started_at",
    "tables",
  ],
  run_hour: [
    "bytes",
    "elapsed_ms",
    "hour",
    "job",
    "outcome",
    "rows",
    "runs",
    "tables",
    "worst_behind_ms",
    "worst_lag_ms",
  ],
  skipped_commit: ["applied_at", "ingestion_sequence", "reason", "sequence", "source", "taken_at"],
  verification: ["differences", "done_at", "equal", "source_rows", "tables", "warehouse_rows"],
};

async function asRole<T>(url: string, body: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await body(sql);
  } finally {
    await sql.end();
  }
}

/** Returns the columns of etl that a role can select, by table. */
async function readable(url: string): Promise<Record<string, string[]>> {
  return await asRole(url, async (sql) => {
    const rows = await sql`SELECT relname, array_agg(attname::text ORDER BY attname) AS columns
      FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
      WHERE relnamespace = to_regnamespace('etl') AND relkind IN ('r', 'v') AND attnum > 0
        AND NOT attisdropped AND has_column_privilege(attrelid, attnum, 'SELECT')
      GROUP BY relname`;
    return Object.fromEntries(rows.map(({ relname, columns }) => [relname, columns]));
  });
}

test("a dashboard role that is older than the tables reads those of operations, and no others", async (pipeline) => {
  await using roles = await makeRoles(pipeline);
  assertEquals(await readable(roles.dashboard), {});
  await load({ ...pipeline, warehouse: roles.warehouse });
  assertEquals(await readable(roles.dashboard), READABLE);
});

test("a dashboard role that is younger than the tables reads the same", async (pipeline) => {
  await using roles = await makeRoles(pipeline);
  await load({ ...pipeline, warehouse: roles.warehouse });
  const role = identifier(roles.names.dashboard);
  await pipeline.sql.unsafe(`REVOKE ALL ON ALL TABLES IN SCHEMA etl FROM ${role};
    REVOKE ALL ON SCHEMA etl FROM ${role}; GRANT SELECT ON etl.quarantine TO ${role}`);
  await roles.deploy();
  assertEquals(await readable(roles.dashboard), READABLE);
});

test("a dashboard role of a warehouse that this release migrates reads the same", async (pipeline) => {
  await using roles = await makeRoles(pipeline);
  const limited = { ...pipeline, warehouse: roles.warehouse };
  await load(limited);
  await undoMigrations(pipeline);
  await pipeline.sql.unsafe(
    `REVOKE ALL ON ALL TABLES IN SCHEMA etl FROM ${identifier(roles.names.dashboard)}`,
  );
  await load(limited);
  assertEquals(await readable(roles.dashboard), READABLE);
});

test("the dashboard role writes no control table", async (pipeline) => {
  await using roles = await makeRoles(pipeline);
  await run({ ...pipeline, warehouse: roles.warehouse });
  await assertRefused(roles.dashboard, [
    "SELECT * FROM etl.quarantine",
    "SELECT skipped FROM etl.applied_commit",
    "DELETE FROM etl.run",
    "INSERT INTO etl.verification (equal, source_rows, warehouse_rows, differences, tables) VALUES (true, 0, 0, 0, '[]')",
    "UPDATE etl.heartbeat SET error = NULL",
    "CREATE TABLE etl.mine (id int)",
  ]);
});

const SECRET = "ada@example.com";

/** Returns everything in etl that a role can read. */
async function everything(url: string): Promise<string> {
  const tables = await readable(url);
  return await asRole(url, async (sql) => {
    let text = "";
    for (const [table, columns] of Object.entries(tables)) {
      text += JSON.stringify(await sql`SELECT ${sql(columns)} FROM etl.${sql(table)}`);
    }
    return text;
  });
}

test("no value of a row in quarantine, or of a skipped commit, is readable by the dashboard role", async (pipeline) => {
  await using roles = await makeRoles(pipeline);
  const { sql, sourceSql } = pipeline;
  const limited = { ...pipeline, warehouse: roles.warehouse };
  await run(limited);
  await insert(sourceSql, salesOrder, {
    sales_order_id: 2,
    agreed_payment_date: SECRET.slice(0, 10),
  });
  await run(limited);
  await sql`UPDATE etl.quarantine SET reason = reason || ${SECRET},
    content = content || ${JSON.stringify({ note: SECRET })}::text::jsonb`;
  await sql`UPDATE etl.applied_commit
    SET skipped = ${`at least 3 rows for dim_staff are invalid, more than the limit; for example: ${SECRET}`}`;
  const text = await everything(roles.dashboard);
  assert(!text.includes(SECRET), text);
  assert(text.includes("is not a date") && text.includes("too many rows are invalid"), text);
});

/** Texts of a reason, as this release and others write them, around a value. */
const REASONS: readonly ((key: string, column: string, value: string) => string)[] = [
  (key, column, value) =>
    `sales_order ${key}: ${column}: expected a date YYYY-MM-DD, got "${value}"`,
  (key, column, value) => `sales_order ${key}: ${column}: ${value} is not a decimal`,
  (key, column, value) =>
    `sales_order ${key}: ${column} refers to staff ${value}, which the source does not have`,
  (_key, column, value) => `${column} refers to dim_staff ${value}, which is missing`,
  (key, _column, value) => `sales_order ${key}: ${value}`,
  (_key, column, value) => `${value}: ${column}: ${value}`,
  (_key, _column, value) => value,
];

const reasonCase = fc.record({
  key: fc.string({ minLength: 1, maxLength: 12, unit: "grapheme-ascii" }),
  column: fc.constantFrom("units_sold", "a: b", "note", "sales_order_id", "refers to"),
  value: fc.oneof(
    fc.string({ unit: "grapheme-ascii" }),
    fc.constantFrom(": units_sold: is NULL, but ", "x refers to y", "note", "';--", " 1: note: x"),
  ),
  reason: fc.nat(REASONS.length - 1),
  orphaned: fc.boolean(),
});

test("of any reason, the dashboard reads only the name of a column and one of a few rules", async (pipeline) => {
  await load(pipeline);
  const { sql } = pipeline;
  const rules = new Set<string>();
  const check = async (one: typeof reasonCase extends fc.Arbitrary<infer T> ? T : never) => {
    const { key, column, value, orphaned } = one;
    const marked = `${value} ${SECRET}`;
    const content = {
      sales_order_id: 1,
      units_sold: marked,
      note: marked,
      "a: b": 1,
      "refers to": 2,
    };
    await sql`DELETE FROM etl.quarantine`;
    await sql`INSERT INTO etl.quarantine VALUES ('fact_sales_order', ${key},
      ${REASONS[one.reason](key, column, marked)}, ${orphaned},
      ${JSON.stringify(content)}::text::jsonb, 1, now())`;
    const [{ column_name, rule }] = await sql`SELECT * FROM etl.quarantine_reason`;
    assert(column_name === null || Object.hasOwn(content, column_name), column_name);
    rules.add(rule);
  };
  await fc.assert(fc.asyncProperty(reasonCase, check), {
    numRuns: propertyRuns({ quick: 150, all: 2000 }),
  });
  assert(![...rules].some((rule) => rule.includes("@")), [...rules].join());
  assert(rules.size < 18, [...rules].join());
});

test("an empty warehouse's history is recorded by the loader and read by the dashboard", async (pipeline) => {
  await using roles = await makeRoles(pipeline);
  const limited: TestPipeline = { ...pipeline, warehouse: roles.warehouse };
  await load(limited);
  const started_at = new Date();
  await recordRun(limited, { job: "extract", started_at, elapsed_ms: 1, outcome: "unchanged" });
  const rows = await asRole(roles.dashboard, async (sql) => await sql`SELECT job FROM etl.run`);
  assertEquals(rows.map(({ job }) => job), ["extract"]);
});
