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

type ReportedChange = Pick<SchemaChange, "table" | "column" | "kind">;

interface Case {
  /** SQL that changes the source. */
  readonly statement: string;
  /** The schema changes that are reported. */
  readonly changes: readonly ReportedChange[];
  /** A part of the first change's message. */
  readonly message: string;
  /** SQL that undoes the change. */
  readonly fix: string;
}

const reported = (
  kind: ReportedChange["kind"],
  table: string,
  column?: string,
): ReportedChange => ({ table, column, kind });

/** Changes that stop the table and the tables that are joined with it. */
const STOPPING: Readonly<Record<string, Case>> = {
  "a column that was dropped": {
    statement: "ALTER TABLE design DROP COLUMN file_name",
    changes: [reported("column missing", "design", "file_name")],
    message: "design.file_name is missing",
    fix: "ALTER TABLE design ADD COLUMN file_name varchar NOT NULL DEFAULT 'new.json'",
  },
  "a column that was renamed": {
    statement: "ALTER TABLE design RENAME COLUMN file_name TO filename",
    changes: [
      reported("column missing", "design", "file_name"),
      reported("column added", "design", "filename"),
    ],
    message: "filename is new: was it renamed?",
    fix: "ALTER TABLE design RENAME COLUMN filename TO file_name",
  },
  "a column that was retyped": {
    statement: "ALTER TABLE design ALTER COLUMN last_updated TYPE timestamptz",
    changes: [reported("column retyped", "design", "last_updated")],
    message: "design.last_updated is timestamp with time zone, the spec says timestamp",
    fix: "ALTER TABLE design ALTER COLUMN last_updated TYPE timestamp",
  },
  "a text column that got another type": {
    statement: "ALTER TABLE design ALTER COLUMN design_name TYPE text[] USING ARRAY[design_name]",
    changes: [reported("column retyped", "design", "design_name")],
    message: 'the spec can read it as text: { type: "text", native: "text[]" }',
    fix: "ALTER TABLE design ALTER COLUMN design_name TYPE varchar USING design_name[1]",
  },
  "a table that was dropped": {
    statement: "CREATE TABLE kept AS TABLE design; DROP TABLE design CASCADE",
    changes: [reported("table missing", "design"), reported("table added", "kept")],
    message: "design is missing",
    fix: `ALTER TABLE kept RENAME TO design; ALTER TABLE design ADD PRIMARY KEY (design_id);
      ALTER TABLE design ALTER design_name SET NOT NULL, ALTER file_name SET NOT NULL,
        ALTER file_location SET NOT NULL, ALTER created_at SET NOT NULL,
        ALTER last_updated SET NOT NULL`,
  },
  "a table that was renamed": {
    statement: "ALTER TABLE design RENAME TO designs",
    changes: [reported("table missing", "design"), reported("table added", "designs")],
    message: "it was dropped or renamed",
    fix: "ALTER TABLE designs RENAME TO design",
  },
  "a table that became a view": {
    statement: "ALTER TABLE design RENAME TO designs; CREATE VIEW design AS TABLE designs",
    changes: [reported("table unreadable", "design"), reported("table added", "designs")],
    message: "is a view",
    fix: "DROP VIEW design; ALTER TABLE designs RENAME TO design",
  },
  "another primary key": {
    statement: `ALTER TABLE design DROP CONSTRAINT design_pkey CASCADE;
      ALTER TABLE design ADD PRIMARY KEY (design_id, design_name)`,
    changes: [reported("key changed", "design", "design_id")],
    message: "the primary key of design is (design_id, design_name), the spec says design_id",
    fix: `ALTER TABLE design DROP CONSTRAINT design_pkey;
      ALTER TABLE design ADD PRIMARY KEY (design_id)`,
  },
};

for (const [what, { statement, changes, message, fix }] of Object.entries(STOPPING)) {
  test(`${what} stops its table and no other until it is fixed`, async (pipeline) => {
    const { sourceSql, sql } = pipeline;
    await run(pipeline);
    await sourceSql.unsafe(statement);
    await sourceSql`UPDATE payment SET paid = true`;
    const alerts: Alert[] = [];
    const { extract: { schema } } = await run({
      ...pipeline,
      onAlert: (alert) => void alerts.push(alert),
    });
    assertEquals(schema.map(({ table, column, kind }) => ({ table, column, kind })), changes);
    assert(schema[0].stops);
    assertStringIncludes(schema[0].message, message);
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
    // A batch without the table must not advance the point from which its changes are read.
    await sourceSql`UPDATE payment SET paid = false`;
    assertEquals((await run(pipeline)).extract.outcome, "committed");
    await sourceSql.unsafe(fix);
    await insert(sourceSql, design, { design_id: 7 });
    const fixed = await run(pipeline);
    assertEquals(fixed.extract.schema, []);
    assertEquals([...await sql`SELECT count(*)::int AS n FROM dim_design`], [{ n: 2 }]);
    await assertVerified(pipeline);
  });
}

/** Changes that are reported while the table is read as before. */
const CONTINUING: Readonly<Record<string, Omit<Case, "fix"> & { readonly then: string }>> = {
  "a new column": {
    statement: "ALTER TABLE design ADD COLUMN colour uuid",
    changes: [reported("column added", "design", "colour")],
    message: "design.colour (uuid) is not in the spec; only the ingestion zone keeps it",
    then: "UPDATE design SET design_name = 'changed', colour = gen_random_uuid()",
  },
  "a new table": {
    statement: "CREATE TABLE region (region_id int PRIMARY KEY)",
    changes: [reported("table added", "region")],
    message: "region is a table without a spec; it is not read",
    then: "INSERT INTO region VALUES (1); UPDATE design SET design_name = 'changed'",
  },
  "a varchar that was widened": {
    statement: "ALTER TABLE currency ALTER COLUMN currency_code TYPE varchar(10)",
    changes: [reported("column widened", "currency", "currency_code")],
    message: "currency.currency_code is character varying(10), the spec says varchar(3)",
    then: "UPDATE currency SET currency_code = 'TENLETTERS'",
  },
  "a whole number that was widened": {
    statement: "ALTER TABLE payment ALTER COLUMN company_ac_number TYPE bigint",
    changes: [reported("column retyped", "payment", "company_ac_number")],
    message: "is bigint, the spec says integer; values that do not fit go to quarantine",
    then: "UPDATE payment SET company_ac_number = 7",
  },
  "a column that can be NULL": {
    statement: "ALTER TABLE design ALTER COLUMN design_name DROP NOT NULL",
    changes: [reported("null allowed", "design", "design_name")],
    message: "design.design_name can be NULL; rows with NULL go to quarantine",
    then: "UPDATE design SET design_name = 'changed'",
  },
  "a key without a unique constraint": {
    statement: "ALTER TABLE design DROP CONSTRAINT design_pkey CASCADE",
    changes: [reported("key changed", "design", "design_id")],
    message: "design.design_id has no unique constraint",
    then: "UPDATE design SET design_name = 'changed'",
  },
};

for (const [what, { statement, changes, message, then }] of Object.entries(CONTINUING)) {
  test(`${what} is reported, and the run continues`, async (pipeline) => {
    const { sourceSql } = pipeline;
    await run(pipeline);
    await sourceSql.unsafe(statement);
    await sourceSql.unsafe(then);
    const alerts: Alert[] = [];
    const { extract: { schema } } = await run({
      ...pipeline,
      onAlert: (alert) => void alerts.push(alert),
    });
    assertEquals(schema.map(({ table, column, kind }) => ({ table, column, kind })), changes);
    assertEquals(schema.map(({ stops }) => stops), [false]);
    assertStringIncludes(schema[0].message, message);
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
  // The order arrives without its staff row: it is an orphan.
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
