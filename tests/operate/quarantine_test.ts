import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  currency,
  department,
  design,
  type Model,
  payment,
  salesOrder,
  staff,
  totesys,
} from "../../schemas/mod.ts";
import { sourceTables } from "../../schemas/source_tables.ts";
import { QuarantineError, RowError } from "../../sdk/errors.ts";
import { load } from "../../sdk/load/load.ts";
import { listQuarantine } from "../../sdk/operate/quarantine.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { contents } from "../load/star.ts";
import { keysOf, testLake } from "../support/lake.ts";
import { withRowFunction } from "../support/models.ts";
import { testDatabase } from "../support/postgres.ts";
import { slowTest } from "../support/slow.ts";
import { createSource, insert, insertOneOfEach, type Sql } from "../support/source.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { applyEdit, type Edit, edit, KEYS } from "./edits.ts";
import { dropForeignKeys } from "./histories.ts";
import { test, type TestPipeline } from "./pipelines.ts";

const NOT_A_DATE = { agreed_payment_date: "2022-02-30" };

/** Returns the rows in quarantine as `table key`. */
async function entries(pipeline: Pick<TestPipeline, "warehouse">): Promise<string[]> {
  return (await listQuarantine(pipeline)).map(({ table, key }) => `${table} ${key}`).sort();
}

async function assertVerified(pipeline: TestPipeline): Promise<void> {
  const { equal, tables } = await verify(pipeline);
  assert(equal, JSON.stringify(tables.filter(({ differences }) => differences > 0)));
  assertEquals(await entries(pipeline), []);
}

/** Returns the differences that verify() finds as `table key: kind`. */
async function differences(pipeline: TestPipeline): Promise<string[]> {
  const { tables } = await verify(pipeline);
  return tables.flatMap(({ table, examples }) =>
    examples.map(({ key, kind }) => `${table} ${key}: ${kind}`)
  );
}

/** Asserts that repeated reconciliations change nothing. */
async function assertNothingToRepair(pipeline: TestPipeline): Promise<void> {
  const before = [await keysOf(pipeline.ingestion), await contents(pipeline.sql)];
  for (let i = 0; i < 2; i++) {
    const result = await reconcile(pipeline);
    assertEquals([result.outcome, result.deleted, result.missed], ["clean", {}, {}]);
  }
  assertEquals([await keysOf(pipeline.ingestion), await contents(pipeline.sql)], before);
}

// ---- invalid rows ----

test("an invalid row goes to quarantine and the others load", async (pipeline) => {
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 2, ...NOT_A_DATE });
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 3 });
  assertEquals((await run(pipeline)).load.quarantined, 1);
  const [entry, ...others] = await listQuarantine(pipeline);
  assertEquals(others, []);
  assertEquals([entry.table, entry.key, entry.orphaned], ["fact_sales_order", "2", false]);
  for (const part of ["sales_order 2", "agreed_payment_date", "2022-02-30"]) {
    assertStringIncludes(entry.reason, part);
  }
  assertEquals(await differences(pipeline), ["fact_sales_order 2: invalid"]);
  assertEquals([
    ...await pipeline.sql`SELECT sales_order_id AS id FROM fact_sales_order ORDER BY 1`,
  ], [
    { id: 1 },
    { id: 3 },
  ]);
});

test("a row corrected in the source is released by the next run", async (pipeline) => {
  const { sourceSql } = pipeline;
  await insert(sourceSql, salesOrder, { sales_order_id: 2, ...NOT_A_DATE });
  await run(pipeline);
  await sourceSql`UPDATE sales_order SET agreed_payment_date = '2022-02-28'`;
  assertEquals((await run(pipeline)).load.quarantined, 0);
  await assertVerified(pipeline);
});

test("a row that turned bad keeps its last good version, and verify() names it", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await run(pipeline);
  await sourceSql`UPDATE sales_order SET units_sold = 7, unit_price = 123456789.12`;
  await run(pipeline);
  assertEquals([...await sql`SELECT units_sold FROM fact_sales_order`], [{ units_sold: 1 }]);
  const { equal, tables } = await verify(pipeline);
  assertEquals(equal, false);
  const [{ key, kind, reason }] = tables.flatMap(({ examples }) => examples);
  assertEquals([key, kind], [1, "invalid"]);
  for (const part of ["fact_sales_order 1", "unit_price", "123456789.12", "numeric(10,2)"]) {
    assertStringIncludes(reason ?? "", part);
  }
  await assertNothingToRepair(pipeline);
  await sourceSql`UPDATE sales_order SET unit_price = 1.12`;
  await run(pipeline);
  await assertVerified(pipeline);
});

test("reconcile() never deletes or repairs invalid or orphaned rows, however often it runs", async (pipeline) => {
  const { sourceSql } = pipeline;
  await sourceSql`UPDATE design SET created_at = 'infinity'`;
  await insert(sourceSql, currency, { currency_id: 2 });
  await insert(sourceSql, payment, { payment_id: 2, payment_date: "never" });
  await run(pipeline);
  await sourceSql`UPDATE currency SET last_updated = '-infinity' WHERE currency_id = 2`;
  await run(pipeline);
  const expected = ["dim_currency 2", "dim_design 1", "fact_payment 2", "fact_sales_order 1"];
  assertEquals(await entries(pipeline), expected);
  await assertNothingToRepair(pipeline);
  assertEquals(await entries(pipeline), expected);
});

test("an invalid row that is deleted in the source leaves the quarantine at the next tick", async (pipeline) => {
  const { sourceSql } = pipeline;
  await insert(sourceSql, salesOrder, { sales_order_id: 2, ...NOT_A_DATE });
  await run(pipeline);
  await sourceSql`DELETE FROM sales_order WHERE sales_order_id = 2`;
  assertEquals((await run(pipeline)).reconcile?.deleted, { sales_order: 1 });
  assertEquals(await entries(pipeline), []);
  await assertVerified(pipeline);
});

test("reconcile() keeps a row that is valid again with its old content", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await run(pipeline);
  await sourceSql`UPDATE sales_order SET agreed_payment_date = 'soon'`;
  await run(pipeline);
  await sourceSql`UPDATE sales_order SET agreed_payment_date = '2026-01-01'`;
  const result = await reconcile(pipeline);
  assertEquals([result.outcome, result.deleted, result.in_flight], ["clean", {}, 1]);
  assertEquals([...await sql`SELECT FROM fact_sales_order`].length, 1);
  assertEquals([...await sql`SELECT FROM fact_sales_order_history`].length, 0);
  await run(pipeline);
  await assertVerified(pipeline);
  assertEquals([...await sql`SELECT FROM fact_sales_order_versions`].length, 1);
});

/** Returns the model with a table whose row function throws for every row. */
function strict(table: string): Model {
  return withRowFunction(totesys, table, {
    version: 1,
    make: (row) => {
      throw new RowError(`${table} ${Object.values(row)[0]}: ${table} is not understood yet`);
    },
  });
}

test("reconcile() releases the rows of a fixed transform and their orphans", async (pipeline) => {
  const { sql } = pipeline;
  const { load: { quarantined } } = await run({ ...pipeline, model: strict("dim_currency") });
  assertEquals(quarantined, 4);
  assertEquals(await entries(pipeline), [
    "dim_currency 1",
    "fact_payment 1",
    "fact_purchase_orders 1",
    "fact_sales_order 1",
  ]);
  await run(pipeline);
  assertEquals((await entries(pipeline)).length, 4, "a delta does not read them again");
  const result = await reconcile(pipeline);
  assertEquals([result.outcome, result.missed, result.deleted], ["repaired", { currency: 1 }, {}]);
  await assertVerified(pipeline);
  assertEquals([...await sql`SELECT FROM fact_sales_order_versions`].length, 1);
});

test("a row that a fixed transform makes equal to the warehouse's is released, not deleted", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await run(pipeline);
  // A column that is not in the warehouse.
  await sourceSql`UPDATE payment SET company_ac_number = 2`;
  await run({ ...pipeline, model: strict("fact_payment") });
  assertEquals(await entries(pipeline), ["fact_payment 1"]);
  const { deleted } = await reconcile(pipeline);
  assertEquals(deleted, {});
  await assertVerified(pipeline);
  assertEquals([...await sql`SELECT FROM fact_payment_versions`].length, 1);
  await assertNothingToRepair(pipeline);
});

// ---- joined rows and dimensions ----

test("a bad department quarantines its staff and their sales; fixing it releases all", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, department, { department_id: 2 });
  await sourceSql`UPDATE department SET created_at = 'infinity' WHERE department_id = 2`;
  await insert(sourceSql, staff, { staff_id: 2, department_id: 2 });
  await insert(sourceSql, staff, { staff_id: 3 });
  await insert(sourceSql, salesOrder, { sales_order_id: 2, staff_id: 2 });
  const { extract } = await run(pipeline);
  assert(extract.outcome === "committed");
  const [member, fact] = await listQuarantine(pipeline);
  assertEquals([member.table, member.key, member.orphaned], ["dim_staff", "2", false]);
  for (const part of ["department 2", "created_at", "infinity"]) {
    assertStringIncludes(member.reason, part);
  }
  assertEquals([fact.table, fact.key, fact.orphaned], ["fact_sales_order", "2", true]);
  assertStringIncludes(fact.reason, "sales_staff_id refers to dim_staff 2");
  await assertNothingToRepair(pipeline);
  await sourceSql`UPDATE department SET created_at = '2026-01-01' WHERE department_id = 2`;
  await run(pipeline);
  await assertVerified(pipeline);
  const [{ own }] = await sql`
    SELECT valid_from = ${extract.commit.snapshot.taken_at}::text::timestamptz AS own
    FROM fact_sales_order WHERE sales_order_id = 2`;
  assert(own, "valid since the snapshot that first showed it");
});

test("a late-arriving dimension releases the facts that wait for it", async (pipeline) => {
  const { sourceSql } = pipeline;
  await dropForeignKeys(sourceSql);
  await insert(sourceSql, salesOrder, { sales_order_id: 2, design_id: 2, currency_id: 2 });
  await insert(sourceSql, salesOrder, { sales_order_id: 3, design_id: 2 });
  await run(pipeline);
  assertEquals(await entries(pipeline), ["fact_sales_order 2", "fact_sales_order 3"]);
  assertEquals(await differences(pipeline), [
    "fact_sales_order 2: missing",
    "fact_sales_order 3: missing",
  ]);
  await assertNothingToRepair(pipeline);
  await insert(sourceSql, design, { design_id: 2 });
  await run(pipeline);
  assertEquals(await entries(pipeline), ["fact_sales_order 2"]);
  await insert(sourceSql, currency, { currency_id: 2 });
  await run(pipeline);
  await assertVerified(pipeline);
});

test("a deleted fact with a loaded and an orphaned version is deleted in the warehouse", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await dropForeignKeys(sourceSql);
  await insert(sourceSql, salesOrder, { sales_order_id: 2 });
  await run(pipeline);
  await sourceSql`UPDATE sales_order SET design_id = 9 WHERE sales_order_id = 2`;
  await run(pipeline);
  assertEquals(await entries(pipeline), ["fact_sales_order 2"]);
  await sourceSql`DELETE FROM sales_order WHERE sales_order_id = 2`;
  assertEquals((await reconcile(pipeline)).deleted, { sales_order: 1 });
  await assertVerified(pipeline);
  assertEquals([...await sql`SELECT sales_order_id AS id FROM fact_sales_order_history`], [{
    id: 2,
  }]);
});

test("an orphaned fact that matches the warehouse again is not deleted", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await dropForeignKeys(sourceSql);
  await run(pipeline);
  await sourceSql`UPDATE sales_order SET design_id = 9`;
  await run(pipeline);
  await sourceSql`UPDATE sales_order SET design_id = 1`;
  assertEquals((await reconcile(pipeline)).deleted, {});
  await run(pipeline);
  await assertVerified(pipeline);
  assertEquals([...await sql`SELECT FROM fact_sales_order_versions`].length, 1);
});

// ---- the limit, and a second warehouse ----

test("too many invalid rows fail the run and leave the warehouse; raising the limit loses nothing", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await run(pipeline);
  const before = await contents(sql);
  await sourceSql`
    INSERT INTO payment SELECT (jsonb_populate_record(p,
      jsonb_build_object('payment_id', n))).* FROM payment p, generate_series(2, 1001) n`;
  await sourceSql`UPDATE payment SET payment_date = 'soon' WHERE payment_id > 900`;
  await assertRejects(() => run(pipeline), QuarantineError, "101 rows for fact_payment");
  assertEquals(await contents(sql), before);
  assertEquals((await keysOf(pipeline.processed)).filter((key) => /^_log/.test(key)).length, 1);
  const { load: loaded } = await run({ ...pipeline, quarantineLimit: 100 });
  assertEquals([loaded.commits.length, loaded.quarantined], [1, 101]);
  assertEquals([...await sql`SELECT FROM fact_payment`].length, 900);
});

test("a second warehouse loaded from the lake equals the first, quarantine and history included", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await dropForeignKeys(sourceSql);
  await insert(sourceSql, salesOrder, { sales_order_id: 2, ...NOT_A_DATE });
  await insert(sourceSql, salesOrder, { sales_order_id: 3, design_id: 2 });
  await insert(sourceSql, salesOrder, { sales_order_id: 4, design_id: 3 });
  await run(pipeline);
  await insert(sourceSql, design, { design_id: 2 });
  await sourceSql`UPDATE currency SET created_at = 'infinity'`;
  await run(pipeline);
  await sourceSql`DELETE FROM sales_order WHERE sales_order_id = 1`;
  await reconcile(pipeline);
  await using other = await testDatabase("warehouse");
  await load({ processed: pipeline.processed, warehouse: other.url });
  const mine = await contents(sql);
  assertEquals(mine.quarantine.length, 3);
  assertEquals(await contents(other.sql), mine);
});

// ---- any edits in any order ----

const RUNS = 6;
const TIMEOUT_MS = 60_000;
slowTest(
  "fixing the source after any mix of valid and invalid edits empties quarantine, and the warehouse equals the source",
  async () => {
    let quarantined = 0;
    const property = fc.asyncProperty(
      fc.array(edit, { minLength: 12, maxLength: 30 }),
      async (edits) => void (quarantined += await withTimeout(TIMEOUT_MS, assertEqualAfter(edits))),
    );
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
    assert(quarantined > 0, "no row was ever in quarantine: the edits prove nothing");
  },
);

/** Asserts that the warehouse equals the fixed source. Returns how many rows were in quarantine. */
async function assertEqualAfter(edits: readonly Edit[]): Promise<number> {
  await using source = await testDatabase("totesys");
  await using warehouse = await testDatabase("warehouse");
  await using lake = await testLake();
  await createSource(source.sql);
  await insertOneOfEach(source.sql);
  await dropForeignKeys(source.sql);
  const { ingestion, processed } = lake;
  const pipeline = { source: source.url, warehouse: warehouse.url, ingestion, processed };
  let quarantined = 0;
  for (const [step, one] of edits.entries()) {
    if (one.act === "run") quarantined += (await run(pipeline)).load.quarantined;
    else if (one.act === "reconcile") await tick(pipeline);
    else await applyEdit(one, source.sql, step);
  }
  quarantined += (await run(pipeline)).load.quarantined;
  await fixAll(source.sql);
  await tick(pipeline);
  await assertVerified({ ...pipeline, sourceSql: source.sql, sql: warehouse.sql });
  await using again = await testDatabase("warehouse");
  await load({ processed, warehouse: again.url });
  assertEquals(await contents(again.sql), await contents(warehouse.sql));
  return quarantined;
}

async function tick(pipeline: Parameters<typeof run>[0]): Promise<void> {
  await run({ ...pipeline, reconcileEveryMs: 0 });
}

async function fixAll(sql: Sql): Promise<void> {
  for (const { name } of sourceTables) {
    await sql`UPDATE ${sql(name)} SET created_at = '2026-01-01' WHERE created_at = 'infinity'`;
  }
  for (const key of KEYS) await insert(sql, currency, { currency_id: 90 + key });
}
