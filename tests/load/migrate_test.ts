import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type postgres from "postgres";
import { totesys } from "../../schemas/mod.ts";
import { WarehouseError } from "../../sdk/errors.ts";
import { load } from "../../sdk/load/load.ts";
import { MIGRATIONS } from "../../sdk/load/migrations/migrations.ts";
import { anotherWarehouse, currency, put, sale, sales, star, test } from "./star.ts";

const APPLIED_COMMIT = `CREATE TABLE etl.applied_commit (
  sequence bigint PRIMARY KEY,
  ingestion_sequence bigint NOT NULL,
  run text NOT NULL,
  taken_at timestamptz NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`;
const RECONCILIATION = `CREATE TABLE etl.reconciliation (
  done_at timestamptz PRIMARY KEY DEFAULT clock_timestamp(),
  deleted jsonb NOT NULL,
  slipped jsonb NOT NULL
)`;
const QUARANTINE = `CREATE TABLE etl.quarantine (
  table_name text,
  key text,
  reason text NOT NULL,
  waiting boolean NOT NULL,
  content jsonb NOT NULL,
  sequence bigint NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (table_name, key)
)`;
const HEARTBEAT = `CREATE TABLE etl.heartbeat (
  job text PRIMARY KEY,
  at timestamptz NOT NULL,
  error text,
  fresh_as_of timestamptz
)`;
const WITHOUT_NUMBERS = [
  APPLIED_COMMIT,
  RECONCILIATION,
  QUARANTINE,
  HEARTBEAT,
  "ALTER TABLE etl.applied_commit ADD COLUMN skipped text",
  "ALTER TABLE etl.applied_commit ADD COLUMN mode text NOT NULL DEFAULT 'delta'",
  `ALTER TABLE etl.reconciliation ADD COLUMN ingestion_sequence bigint NOT NULL DEFAULT 0,
    ADD COLUMN tables jsonb NOT NULL DEFAULT '[]', ADD COLUMN finished boolean NOT NULL DEFAULT true,
    ADD COLUMN refused text`,
];

/** The control tables as earlier code made them. None of them has `etl.migration`. */
const LAYOUTS: Readonly<Record<string, readonly string[]>> = {
  "the first": [APPLIED_COMMIT],
  "with reconciliations": [APPLIED_COMMIT, RECONCILIATION],
  "with a quarantine": [APPLIED_COMMIT, RECONCILIATION, QUARANTINE],
  "the last without numbers": WITHOUT_NUMBERS,
};

const CONTENTS: Readonly<Record<string, string>> = {
  reconciliation: `INSERT INTO etl.reconciliation (done_at, deleted, slipped)
    VALUES ('2024-02-03 04:05:06.123456Z', '{"staff": 1}', '{"payment": 2}')`,
  quarantine: `INSERT INTO etl.quarantine
    SELECT table_name, key, reason, orphaned, content, sequence, since FROM etl_today.quarantine`,
  heartbeat: `INSERT INTO etl.heartbeat VALUES ('run', '2024-02-03Z', NULL, '2024-02-02Z')`,
};

/** Replaces the control tables with those of an earlier layout, with rows in each of them. */
async function downgrade(sql: postgres.Sql, layout: readonly string[]): Promise<void> {
  const statements = [
    "ALTER SCHEMA etl RENAME TO etl_today",
    "CREATE SCHEMA etl",
    ...layout,
    `INSERT INTO etl.applied_commit (sequence, ingestion_sequence, run, taken_at, applied_at)
      SELECT sequence, ingestion_sequence, run, taken_at, applied_at FROM etl_today.applied_commit`,
    ...Object.entries(CONTENTS).filter(([table]) =>
      layout.some((statement) => statement.startsWith(`CREATE TABLE etl.${table}`))
    ).map(([, insert]) => insert),
    "DROP SCHEMA etl_today CASCADE",
  ];
  await sql.unsafe(statements.join(";\n"));
}

/** Every column of the control tables, and every row without the columns that migrations add. */
async function controlTables(sql: postgres.Sql) {
  const columns = await sql`
    SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS column
    FROM information_schema.columns WHERE table_schema = 'etl' ORDER BY 1`;
  const applied = await sql`SELECT sequence, ingestion_sequence, run, taken_at::text,
    applied_at::text FROM etl.applied_commit ORDER BY 1`;
  return {
    columns: columns.map(({ column }) => column),
    applied: applied.map((row) => ({ ...row })),
  };
}

const stepsOf = async (sql: postgres.Sql) => [...await sql`SELECT * FROM etl.migration ORDER BY 1`];

for (const [name, layout] of Object.entries(LAYOUTS)) {
  test(`load() migrates a warehouse of an earlier layout (${name}) and keeps its rows`, async (loading) => {
    const { processed, sql } = loading;
    await put(processed, star([sale(1), sale(2, { currency_id: 2 })]), totesys, {
      quarantined: {
        dim_staff: [{ key: 8, reason: "first_name is too long", row: { staff_id: 8 } }],
      },
    });
    await load(loading);
    const today = await controlTables(sql);
    const quarantined = [...await sql`SELECT * FROM etl.quarantine ORDER BY key`];
    assertEquals(quarantined.map(({ key, orphaned }) => [key, orphaned]), [["2", true], [
      "8",
      false,
    ]]);
    await downgrade(sql, layout);
    await load(loading);
    assertEquals(await controlTables(sql), today);
    if (layout.includes(QUARANTINE)) {
      assertEquals([...await sql`SELECT * FROM etl.quarantine ORDER BY key`], quarantined);
    }
    if (layout.includes(RECONCILIATION)) {
      const rows = await sql`SELECT done_at::text, deleted, missed FROM etl.reconciliation`;
      const [{ deleted, missed }] = rows;
      assertEquals([rows.length, deleted, missed], [1, { staff: 1 }, { payment: 2 }]);
    }
    if (layout.includes(HEARTBEAT)) assertEquals((await sql`SELECT FROM etl.heartbeat`).length, 1);
    await put(processed, { dim_currency: [currency(2)], fact_sales_order: [sale(4)] });
    assertEquals((await load(loading)).sequence, 2);
    const facts = await sql`SELECT sales_order_id AS id FROM fact_sales_order ORDER BY 1`;
    const released = layout.includes(QUARANTINE) ? [2] : [];
    assertEquals(facts.map(({ id }) => id), [1, ...released, 4]);
  });
}

test("load() that has nothing to load migrates the warehouse once", async (loading) => {
  await put(loading.processed, star(sales(1)));
  await load(loading);
  await downgrade(loading.sql, WITHOUT_NUMBERS);
  await load(loading);
  const once = await stepsOf(loading.sql);
  assertEquals(
    once.map(({ version, name }) => ({ version, name })),
    MIGRATIONS.map(
      ({ version, name }) => ({ version, name }),
    ),
  );
  await load(loading);
  assertEquals(await stepsOf(loading.sql), once);
});

test("loaders that meet an older warehouse at the same time migrate it once", async (loading) => {
  await put(loading.processed, star(sales(1)));
  await load(loading);
  await downgrade(loading.sql, LAYOUTS["the first"]);
  await put(loading.processed, star(sales(2)));
  const results = await Promise.all(Array.from({ length: 6 }, () => load(loading)));
  assertEquals(results.flatMap(({ commits }) => commits).length, 1);
  assertEquals((await stepsOf(loading.sql)).length, MIGRATIONS.length);
});

test("loaders that meet an empty database at the same time create the control tables once", async (loading) => {
  await Promise.all(Array.from({ length: 4 }, () => load(loading)));
  assertEquals((await stepsOf(loading.sql)).length, MIGRATIONS.length);
});

test("load() refuses a warehouse that a newer release migrated, and changes nothing", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star(sales(1)));
  await load(loading);
  const newer = MIGRATIONS.length + 1;
  await sql`INSERT INTO etl.migration (version, name) VALUES (${newer}, 'of_the_future')`;
  await put(processed, star(sales(2)));
  const error = await assertRejects(() => load(loading), WarehouseError);
  assertStringIncludes(error.message, `migrated to version ${newer} by a newer release`);
  assertEquals([error.stage, error.retryable], ["load", false]);
  const [{ last }] = await sql`SELECT max(sequence)::int AS last FROM etl.applied_commit`;
  assertEquals(last, 1);
});

test("a migration that fails leaves the warehouse as it was", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star(sales(1)));
  await load(loading);
  await downgrade(sql, WITHOUT_NUMBERS);
  await sql`ALTER TABLE etl.quarantine ADD COLUMN orphaned text`;
  const before = await controlTables(sql);
  await assertRejects(() => load(loading), WarehouseError, "orphaned");
  assertEquals(await controlTables(sql), before);
});

test("a migrated warehouse has the control tables of a new one", async (loading) => {
  await load(loading);
  const { columns } = await controlTables(loading.sql);
  await anotherWarehouse(async (warehouse, sql) => {
    await load({ ...loading, warehouse });
    await downgrade(sql, LAYOUTS["the first"]);
    await load({ ...loading, warehouse });
    assertEquals((await controlTables(sql)).columns, columns);
  });
});

Deno.test("each migration is the file of its number and name", async () => {
  const folder = new URL("../../sdk/load/migrations/", import.meta.url);
  const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const numbered = files.filter((name) => /^\d/.test(name)).sort();
  const expected = MIGRATIONS.map(({ name }, place) =>
    `${String(place + 1).padStart(4, "0")}_${name}.ts`
  );
  assertEquals(numbered, expected);
  assertEquals(MIGRATIONS.map(({ version }) => version), MIGRATIONS.map((_, place) => place + 1));
});
