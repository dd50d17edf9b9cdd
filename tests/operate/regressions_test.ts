/** Regression tests of bugs that a review found. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { remedyText } from "../../functions/remedy.ts";
import { design, payment, salesOrder, staff } from "../../schemas/mod.ts";
import { EtlError, QuarantineError, SourceError } from "../../sdk/errors.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { load } from "../../sdk/load/load.ts";
import { listQuarantine } from "../../sdk/operate/quarantine.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { replay } from "../../sdk/operate/replay/replay.ts";
import { run } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { etl } from "../functions/cli/cli.ts";
import { ingestionCommits } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { insert } from "../support/source.ts";
import { settingsOf, test, type TestPipeline } from "./pipelines.ts";

const versions = "SELECT * FROM fact_sales_order_versions ORDER BY sales_record_id";

test("surrogate keys are the same whether or not the tables existed before the first rows", async (pipeline) => {
  const { sourceSql, sql, processed } = pipeline;
  for (let id = 2; id <= 5; id++) {
    await insert(sourceSql, design, { design_id: id });
    await insert(sourceSql, salesOrder, { sales_order_id: id, design_id: id });
  }
  await sourceSql`ALTER TABLE design ALTER COLUMN design_name DROP NOT NULL`;
  await sourceSql`UPDATE design SET design_name = NULL WHERE design_id IN (2, 3)`;
  await load(pipeline); // The lake is empty: this only creates the tables.
  await run(pipeline);
  await using second = await testDatabase("warehouse");
  await replay({ processed, into: second.url });
  assertEquals([...await second.sql.unsafe(versions)], [...await sql.unsafe(versions)]);
  const [{ last }] = await sql`SELECT max(sales_record_id)::int AS last FROM fact_sales_order`;
  assertEquals(last, 3);
});

test("a replay reports each time what its zone skipped, and starts again once that is repaired", async (pipeline) => {
  const { sourceSql, sql, processed, ingestion } = pipeline;
  await run(pipeline);
  await sourceSql`UPDATE sales_order SET units_sold = 2`;
  await run(pipeline);
  await extract({ ...pipeline, full: true });
  await run(pipeline);
  const [, second] = await ingestionCommits(ingestion);
  const path = join(fileURLToPath(ingestion.url), second.tables.sales_order.key);
  const renamed = join(dirname(path), "renamed");
  await Deno.rename(path, renamed);
  const replayed = async () => {
    await using target = await testDatabase("warehouse");
    const options = { processed, ingestion, into: target.url, fromIngestion: true };
    const { skipped } = await replay(options);
    const again = await replay(options);
    assertEquals(again.skipped, skipped);
    return { skipped, rows: [...await target.sql.unsafe(versions)] };
  };
  assertEquals((await replayed()).skipped.map(({ sequence }) => sequence), [2]);
  await Deno.rename(renamed, path);
  const { skipped, rows } = await replayed();
  assertEquals(skipped, []);
  assertEquals(rows, [...await sql.unsafe(versions)]);
});

test("etl quarantine retry does not accept a mass deletion", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  for (let id = 2; id <= 150; id++) await insert(sourceSql, payment, { payment_id: id });
  await run(pipeline);
  await sourceSql`TRUNCATE payment`;
  const { code, stderr } = await etl(["quarantine", "retry"], settingsOf(pipeline));
  assertEquals(code, 1);
  assertStringIncludes(stderr, "refused to delete 150 of 150 rows of payment");
  assertEquals([...await sql`SELECT count(*)::int AS n FROM fact_payment`], [{ n: 150 }]);
});

test("a batch with too many invalid rows is skipped once the fixed source was read in full", async (pipeline) => {
  const { sourceSql } = pipeline;
  for (let id = 2; id <= 150; id++) await insert(sourceSql, salesOrder, { sales_order_id: id });
  await run(pipeline);
  await sourceSql`UPDATE sales_order SET agreed_payment_date = '2022-02-30'`;
  const error = await assertRejects(() => run(pipeline), QuarantineError);
  assertStringIncludes(remedyText(error.next!), "deno task etl extract --full");
  await sourceSql`UPDATE sales_order SET agreed_payment_date = '2022-02-28'`;
  await assertRejects(() => run(pipeline), QuarantineError);
  await extract({ ...pipeline, full: true });
  const { transform } = await run(pipeline);
  assertEquals(transform.skipped.map(({ sequence }) => sequence), [2]);
  await assertVerified(pipeline);
});

test("a key that an inheriting table repeats stops the table before it is read", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  await sourceSql`CREATE TABLE later () INHERITS (sales_order)`;
  await sourceSql`INSERT INTO later TABLE sales_order`;
  await sourceSql`UPDATE sales_order SET units_sold = 5`;
  const { extract: { schema } } = await run(pipeline);
  const [stopped] = schema.filter(({ stops }) => stops);
  assertStringIncludes(stopped.message, "several rows of sales_order have the same sales_order_id");
  await sourceSql`DROP TABLE later`;
  await run(pipeline);
  await assertVerified(pipeline);
});

test("reconcile() reports what it could not compare, and exits with 1", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  await sourceSql`ALTER TABLE payment RENAME COLUMN paid TO is_paid`;
  const { outcome, schema } = await reconcile(pipeline);
  assertEquals([outcome, schema[0].table, schema[0].stops], ["clean", "payment", true]);
  const { code, stdout } = await etl(["reconcile"], settingsOf(pipeline));
  assertEquals(code, 1);
  assertStringIncludes(stdout, "not compared: payment.paid is missing");
});

test("a reconciliation quarantines rows whose joined row was deleted", async (pipeline) => {
  const { sourceSql } = pipeline;
  await insert(sourceSql, staff, { staff_id: 2 });
  await run(pipeline);
  await sourceSql`ALTER TABLE staff DROP CONSTRAINT staff_department_id_fkey`;
  await sourceSql`DELETE FROM department`;
  await reconcile(pipeline);
  const entries = await listQuarantine(pipeline);
  assertEquals(entries.map(({ table, key }) => [table, key]), [["dim_staff", "1"], [
    "dim_staff",
    "2",
  ]]);
  assertStringIncludes(entries[0].reason, "refers to department 1, which the source does not have");
  assertEquals((await reconcile(pipeline)).outcome, "clean");
});

test("a varchar that became a char is reported: its values arrive padded", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  await sourceSql`ALTER TABLE purchase_order ALTER COLUMN item_code TYPE char(20)`;
  const { extract: { schema } } = await run(pipeline);
  assertEquals(schema.map(({ table, kind, stops }) => [table, kind, stops]), [
    ["purchase_order", "column retyped", false],
  ]);
  await assertVerified(pipeline);
});

test("a custom view that depends on the star is named when a spec changes", async (pipeline) => {
  const { sql } = pipeline;
  await run(pipeline);
  await sql`ALTER TABLE fact_sales_order DROP COLUMN units_sold CASCADE`;
  await sql`CREATE VIEW fact_sales_order_versions AS SELECT 1 AS one`;
  await sql`CREATE VIEW mine AS SELECT * FROM fact_sales_order_versions`;
  await pipeline.sourceSql`UPDATE sales_order SET units_sold = 5`;
  const error = await assertRejects(() => run(pipeline), EtlError);
  assertStringIncludes(error.message, "mine");
  assertStringIncludes(remedyText(error.next!), "drop your views");
});

test("a slow schema change is not waited for", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  const migration = await sourceSql.reserve();
  await migration`BEGIN`;
  await migration`LOCK TABLE design IN ACCESS EXCLUSIVE MODE`;
  const error = await assertRejects(() => run(pipeline), SourceError, "lock timeout");
  assert(error.retryable);
  assertStringIncludes(remedyText(error.next!), "run again when that is done");
  await migration`ROLLBACK`;
  migration.release();
  await run(pipeline);
});

async function assertVerified(pipeline: TestPipeline): Promise<void> {
  const { tables } = await verify(pipeline);
  assertEquals(tables.filter(({ differences }) => differences > 0), []);
}
