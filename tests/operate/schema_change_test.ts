import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { department, design, payment, salesOrder, staff } from "../../schemas/mod.ts";
import type { SchemaChange } from "../../sdk/extract/schema_changes.ts";
import type { Alert } from "../../sdk/operate/alerts.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import { status } from "../../sdk/operate/status.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { etl } from "../functions/cli/cli.ts";
import { ingestionCommits, rowsOf } from "../support/lake.ts";
import { insert } from "../support/source.ts";
import { settingsOf, test, type TestPipeline } from "./pipelines.ts";

type Told = Pick<SchemaChange, "table" | "column" | "kind">;

interface Case {
  /** What someone does to the source. */
  readonly change: string;
  /** What is told about it. */
  readonly told: readonly Told[];
  /** What is in the message. */
  readonly says: string;
  /** What mends it. */
  readonly mend: string;
}

const of = (kind: Told["kind"], table: string, column?: string): Told => ({ table, column, kind });

/** What stops a table, and what depends on it. */
const STOPPING: Readonly<Record<string, Case>> = {
  "a column that was dropped": {
    change: "ALTER TABLE design DROP COLUMN file_name",
    told: [of("column missing", "design", "file_name")],
    says: "design.file_name is missing",
    mend: "ALTER TABLE design ADD COLUMN file_name varchar NOT NULL DEFAULT 'mended.json'",
  },
  "a column that was renamed": {
    change: "ALTER TABLE design RENAME COLUMN file_name TO filename",
    told: [of("column missing", "design", "file_name"), of("column added", "design", "filename")],
    says: "filename is new: was it renamed?",
    mend: "ALTER TABLE design RENAME COLUMN filename TO file_name",
  },
  "a column that was retyped": {
    change: "ALTER TABLE design ALTER COLUMN last_updated TYPE timestamptz",
    told: [of("column retyped", "design", "last_updated")],
    says: "design.last_updated is timestamp with time zone, the spec says timestamp",
    mend: "ALTER TABLE design ALTER COLUMN last_updated TYPE timestamp",
  },
  "a text column that got another type": {
    change: "ALTER TABLE design ALTER COLUMN design_name TYPE text[] USING ARRAY[design_name]",
    told: [of("column retyped", "design", "design_name")],
    says: 'the spec can read it as text: { type: "text", native: "text[]" }',
    mend: "ALTER TABLE design ALTER COLUMN design_name TYPE varchar USING design_name[1]",
  },
  "a table that was dropped": {
    change: "CREATE TABLE kept AS TABLE design; DROP TABLE design CASCADE",
    told: [of("table missing", "design"), of("table added", "kept")],
    says: "design is missing",
    mend: `ALTER TABLE kept RENAME TO design; ALTER TABLE design ADD PRIMARY KEY (design_id);
      ALTER TABLE design ALTER design_name SET NOT NULL, ALTER file_name SET NOT NULL,
        ALTER file_location SET NOT NULL, ALTER created_at SET NOT NULL,
        ALTER last_updated SET NOT NULL`,
  },
  "a table that was renamed": {
    change: "ALTER TABLE design RENAME TO designs",
    told: [of("table missing", "design"), of("table added", "designs")],
    says: "it was dropped or renamed",
    mend: "ALTER TABLE designs RENAME TO design",
  },
  "a table that became a view": {
    change: "ALTER TABLE design RENAME TO designs; CREATE VIEW design AS TABLE designs",
    told: [of("table unreadable", "design"), of("table added", "designs")],
    says: "is a view",
    mend: "DROP VIEW design; ALTER TABLE designs RENAME TO design",
  },
  "another primary key": {
    change: `ALTER TABLE design DROP CONSTRAINT design_pkey CASCADE;
      ALTER TABLE design ADD PRIMARY KEY (design_id, design_name)`,
    told: [of("key changed", "design", "design_id")],
    says: "the primary key of design is (design_id, design_name), the spec says design_id",
    mend: `ALTER TABLE design DROP CONSTRAINT design_pkey;
      ALTER TABLE design ADD PRIMARY KEY (design_id)`,
  },
};

for (const [what, { change, told, says, mend }] of Object.entries(STOPPING)) {
  test(`${what} stops its table and no other until it is fixed`, async (pipeline) => {
    const { sourceSql, sql } = pipeline;
    await run(pipeline);
    await sourceSql.unsafe(change);
    await sourceSql`UPDATE payment SET paid = true`;
    const alerts: Alert[] = [];
    const { extract: { schema } } = await run({
      ...pipeline,
      onAlert: (alert) => void alerts.push(alert),
    });
    assertEquals(schema.map(({ table, column, kind }) => ({ table, column, kind })), told);
    assert(schema[0].stops);
    assertStringIncludes(schema[0].message, says);
    assertEquals(
      alerts.map(({ code, table }) => [code, table]),
      schema.map(({ table }) => [
        "schema_changed",
        table,
      ]),
    );
    assertEquals(alerts[0].severity, "error");
    assertEquals([...await sql`SELECT paid FROM fact_payment`], [{ paid: true }]);
    assertEquals([...await sql`SELECT count(*)::int AS n FROM dim_design`], [{ n: 1 }]);
    assertEquals((await status(pipeline)).schema, schema);
    assertEquals((await verify(pipeline)).equal, false);
    // Another batch without the table: its changes must not be forgotten with it.
    await sourceSql`UPDATE payment SET paid = false`;
    assertEquals((await run(pipeline)).extract.outcome, "committed");
    await sourceSql.unsafe(mend);
    await insert(sourceSql, design, { design_id: 7 });
    const mended = await run(pipeline);
    assertEquals(mended.extract.schema, []);
    assertEquals([...await sql`SELECT count(*)::int AS n FROM dim_design`], [{ n: 2 }]);
    await assertVerified(pipeline);
  });
}

/** What is told of, and read as before. */
const PASSING: Readonly<Record<string, Omit<Case, "mend"> & { readonly then: string }>> = {
  "a new column": {
    change: "ALTER TABLE design ADD COLUMN colour uuid",
    told: [of("column added", "design", "colour")],
    says: "design.colour (uuid) is not in the spec; only the ingestion zone keeps it",
    then: "UPDATE design SET design_name = 'changed', colour = gen_random_uuid()",
  },
  "a new table": {
    change: "CREATE TABLE region (region_id int PRIMARY KEY)",
    told: [of("table added", "region")],
    says: "region is a table without a spec; it is not read",
    then: "INSERT INTO region VALUES (1); UPDATE design SET design_name = 'changed'",
  },
  "a varchar that was widened": {
    change: "ALTER TABLE currency ALTER COLUMN currency_code TYPE varchar(10)",
    told: [of("column widened", "currency", "currency_code")],
    says: "currency.currency_code is character varying(10), the spec says varchar(3)",
    then: "UPDATE currency SET currency_code = 'TENLETTERS'",
  },
  "a whole number that was widened": {
    change: "ALTER TABLE payment ALTER COLUMN company_ac_number TYPE bigint",
    told: [of("column retyped", "payment", "company_ac_number")],
    says: "is bigint, the spec says integer; values that do not fit go to quarantine",
    then: "UPDATE payment SET company_ac_number = 7",
  },
  "a column that can be NULL": {
    change: "ALTER TABLE design ALTER COLUMN design_name DROP NOT NULL",
    told: [of("null allowed", "design", "design_name")],
    says: "design.design_name can be NULL; rows with NULL go to quarantine",
    then: "UPDATE design SET design_name = 'changed'",
  },
  "a key without a unique constraint": {
    change: "ALTER TABLE design DROP CONSTRAINT design_pkey CASCADE",
    told: [of("key changed", "design", "design_id")],
    says: "design.design_id has no unique constraint",
    then: "UPDATE design SET design_name = 'changed'",
  },
};

for (const [what, { change, told, says, then }] of Object.entries(PASSING)) {
  test(`${what} is reported, and the run continues`, async (pipeline) => {
    const { sourceSql } = pipeline;
    await run(pipeline);
    await sourceSql.unsafe(change);
    await sourceSql.unsafe(then);
    const alerts: Alert[] = [];
    const { extract: { schema } } = await run({
      ...pipeline,
      onAlert: (alert) => void alerts.push(alert),
    });
    assertEquals(schema.map(({ table, column, kind }) => ({ table, column, kind })), told);
    assertEquals(schema.map(({ stops }) => stops), [false]);
    assertStringIncludes(schema[0].message, says);
    assertEquals(alerts.map(({ severity }) => severity), ["warning"]);
    assertEquals((await status(pipeline)).schema, schema);
    await assertVerified(pipeline);
  });
}

test("a table that is ignored on purpose is not reported", async (pipeline) => {
  await pipeline.sourceSql`CREATE TABLE _prisma_migrations (id text)`;
  assertEquals((await run(pipeline)).extract.schema, []);
});

test("a new column is kept in the ingestion zone as Postgres prints it", async (pipeline) => {
  const { sourceSql, ingestion } = pipeline;
  await sourceSql`ALTER TABLE design ADD COLUMN tags text[], ADD COLUMN "o""dd" interval`;
  await run(pipeline);
  await sourceSql`UPDATE design SET tags = '{a,"b c"}', "o""dd" = '90 minutes'`;
  await run(pipeline);
  const [first, second] = await ingestionCommits(ingestion);
  const [before] = await rowsOf(ingestion, first.tables.design);
  assertEquals([before.tags, before['o"dd']], [null, null]);
  const [after] = await rowsOf(ingestion, second.tables.design);
  assertEquals([after.tags, after['o"dd']], ['{a,"b c"}', "01:30:00"]);
  assertEquals(second.columns.design, Object.keys(design.columns));
});

test("repeated keys stop a table without a unique key, and are named", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await run(pipeline);
  await sourceSql`ALTER TABLE design DROP CONSTRAINT design_pkey CASCADE`;
  await sourceSql`INSERT INTO design TABLE design`;
  const { extract: { schema } } = await run(pipeline);
  const [stopped] = schema.filter(({ stops }) => stops);
  assertStringIncludes(stopped.message, "several rows of design have the same design_id (1)");
  await sourceSql`DELETE FROM design WHERE ctid = (SELECT max(ctid) FROM design)`;
  await sourceSql`UPDATE design SET design_name = 'one again'`;
  await run(pipeline);
  const names = await sql`SELECT design_name FROM dim_design`;
  assertEquals([...names], [{ design_name: "one again" }]);
});

test("a table joined with a stopped one stops and continues with it", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await run(pipeline);
  await sourceSql`ALTER TABLE department RENAME COLUMN location TO place`;
  await insert(sourceSql, staff, { staff_id: 2 });
  await insert(sourceSql, salesOrder, { sales_order_id: 2, staff_id: 2 });
  const { extract: { schema }, load } = await run(pipeline);
  const stopped = schema.filter(({ stops }) => stops).map(({ table }) => table);
  assertEquals(stopped, ["department", "staff"]);
  assertStringIncludes(
    schema.at(-1)!.message,
    "staff is stopped with department: dim_staff is made from both",
  );
  // The order is there; its staff is not, and so it waits.
  assertEquals(load.quarantined, 1);
  await sourceSql`ALTER TABLE department RENAME COLUMN place TO location`;
  assertEquals((await run(pipeline)).load.quarantined, 0);
  assertEquals([...await sql`SELECT count(*)::int AS n FROM fact_sales_order`], [{ n: 2 }]);
  await assertVerified(pipeline);
});

test("rows deleted while their table was stopped are found by the next reconciliation", async (pipeline) => {
  const { sourceSql } = pipeline;
  await insert(sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  await sourceSql`ALTER TABLE payment RENAME COLUMN paid TO is_paid`;
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  await sourceSql`UPDATE design SET design_name = 'changed'`;
  await run(pipeline);
  assertEquals((await reconcile(pipeline)).deleted, {});
  await sourceSql`ALTER TABLE payment RENAME COLUMN is_paid TO paid`;
  await run(pipeline);
  assertEquals((await reconcile(pipeline)).deleted, { payment: 1 });
  await assertVerified(pipeline);
});

test("a source without a readable table is reported, and nothing is written", async (pipeline) => {
  const { sourceSql } = pipeline;
  await sourceSql`DROP SCHEMA public CASCADE`;
  const { extract: extracted } = await run(pipeline);
  assertEquals(extracted.outcome, "unchanged");
  assertEquals(extracted.schema.length, 11);
  assert(extracted.schema.every(({ kind }) => kind === "table missing"));
  assertEquals(await ingestionCommits(pipeline.ingestion), []);
});

test("the command line exits with 1 while a table is stopped, and names the next step", async (pipeline) => {
  const { sourceSql } = pipeline;
  await insert(sourceSql, department, { department_id: 2 });
  await sourceSql`ALTER TABLE design RENAME COLUMN file_name TO filename`;
  const settings = settingsOf(pipeline);
  const stopped = await etl(["run"], settings);
  assertEquals(stopped.code, 1);
  assertStringIncludes(stopped.stdout, "loaded ");
  assertStringIncludes(stopped.stdout, "stopped: design.file_name is missing; filename is new");
  const shown = await etl(["status"], settings);
  assertEquals(shown.code, 0);
  assertStringIncludes(shown.stdout, "column missing");
  await sourceSql`ALTER TABLE design RENAME COLUMN filename TO file_name`;
  assertEquals((await etl(["run"], settings)).code, 0);
  await assertVerified(pipeline);
});

async function assertVerified(pipeline: TestPipeline): Promise<void> {
  const { tables } = await verify(pipeline);
  assertEquals(tables.filter(({ differences }) => differences > 0), []);
}
