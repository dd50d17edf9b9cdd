import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  type AnyRow,
  type ColumnSpec,
  currency,
  design,
  type Model,
  payment,
  type RowFunction,
  salesOrder,
  totesys,
  transaction,
} from "../../../schemas/mod.ts";
import { LakeError, MassDeletionError, WarehouseError } from "../../../sdk/errors.ts";
import { ingestionZone } from "../../../sdk/lake/zone.ts";
import { reconcile } from "../../../sdk/operate/compare/reconcile.ts";
import { verify } from "../../../sdk/operate/compare/verify.ts";
import { run } from "../../../sdk/operate/run.ts";
import { ingestionCommits } from "../../support/lake.ts";
import { insert, type Sql } from "../../support/source.ts";
import { propertyRuns } from "../../support/slow.ts";
import { applyEdit, edit, KEYS } from "../edits.ts";
import { dropForeignKeys } from "../histories.ts";
import { test, type TestPipeline } from "../pipelines.ts";

/** Runs a tick and returns the rows that it found deleted. */
async function deletedIn(pipeline: TestPipeline): Promise<Record<string, number>> {
  const { reconcile } = await run(pipeline);
  assertEquals(reconcile?.scope ?? "keys", "keys");
  assertEquals(reconcile?.missed ?? {}, {});
  return { ...reconcile?.deleted };
}

async function assertVerified(pipeline: TestPipeline): Promise<void> {
  const { equal, tables } = await verify(pipeline);
  assert(equal, JSON.stringify(tables.filter(({ differences }) => differences > 0)));
}

/** Asserts that the kept counts are those of the tables. */
async function assertCounts({ sql, model = totesys }: TestPipeline): Promise<void> {
  const kept = await sql`SELECT table_name, rows::int AS rows FROM etl.row_count`;
  for (const { table_name, rows } of kept) {
    const { kind } = model.warehouse.find(({ name }) => name === table_name)!;
    const present = kind === "dimension" ? sql`WHERE deleted_at IS NULL` : sql``;
    const [{ n }] = await sql`SELECT count(*)::int AS n FROM ${sql(table_name)} ${present}`;
    assertEquals([table_name, rows], [table_name, n]);
  }
}

/** Adds rows 2 to `last` to a table, like row 1. */
async function fill(sql: Sql, table: string, key: string, last: number): Promise<void> {
  await sql.unsafe(
    `INSERT INTO ${table} SELECT (jsonb_populate_record(t, jsonb_build_object('${key}', n))).*
    FROM ${table} t, generate_series(2, ${last}) n WHERE t.${key} = 1`,
  );
}

test("a tick removes a row that was deleted since the last one", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  assertEquals(await deletedIn(pipeline), { payment: 1 });
  assertEquals([...await sql`SELECT payment_id FROM fact_payment`], [{ payment_id: 1 }]);
  assertEquals((await sql`SELECT FROM fact_payment_history`).length, 1);
  await assertVerified(pipeline);
  await assertCounts(pipeline);
});

test("a tick after a delete has found it finds nothing, and writes nothing", async (pipeline) => {
  const { sourceSql, sql, ingestion } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 5);
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id IN (1, 3)`;
  assertEquals(await deletedIn(pipeline), { payment: 2 });
  const { sequence } = (await ingestionZone(ingestion).log.head())!;
  for (let i = 0; i < 3; i++) assertEquals((await run(pipeline)).reconcile, null);
  assertEquals((await ingestionZone(ingestion).log.head())!.sequence, sequence);
  assertEquals((await sql`SELECT FROM fact_payment_history`).length, 2);
});

test("a tick finds the first, the last, many and all rows of a table deleted", async (pipeline) => {
  const { sourceSql } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 90);
  await run(pipeline);
  const deletes = [["payment_id = 1", 1], ["payment_id = 90", 1], [
    "payment_id % 3 = 0",
    29,
  ]] as const;
  for (const [condition, count] of deletes) {
    await sourceSql.unsafe(`DELETE FROM payment WHERE ${condition}`);
    assertEquals(await deletedIn(pipeline), { payment: count });
    await assertVerified(pipeline);
  }
  await sourceSql`TRUNCATE payment`;
  assertEquals(await deletedIn(pipeline), { payment: 59 });
  assertEquals((await pipeline.sql`SELECT FROM fact_payment`).length, 0);
  await assertVerified(pipeline);
  await assertCounts(pipeline);
});

test("a tick finds what an interrupted one left, although the source did nothing since", async (pipeline) => {
  const { sourceSql } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 5);
  for (let i = 0; i < 2; i++) await run(pipeline);
  await sourceSql.begin((sql) => [
    sql`DELETE FROM payment WHERE payment_id IN (2, 3)`,
    sql`UPDATE payment SET paid = NOT paid WHERE payment_id = 4`,
  ]);
  const unreachable = "postgres://127.0.0.1:1/warehouse";
  await assertRejects(() => run({ ...pipeline, warehouse: unreachable }), WarehouseError);
  assertEquals(await deletedIn(pipeline), { payment: 2 });
  await assertVerified(pipeline);
});

test("a tick finds a delete that as many new rows hide from a count of the source", async (pipeline) => {
  const { sourceSql } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 5);
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id IN (2, 3)`;
  for (const payment_id of [6, 7]) await insert(sourceSql, payment, { payment_id });
  assertEquals(await deletedIn(pipeline), { payment: 2 });
  await sourceSql`UPDATE payment SET payment_id = 99 WHERE payment_id = 6`;
  assertEquals(await deletedIn(pipeline), { payment: 1 });
  await assertVerified(pipeline);
  await assertCounts(pipeline);
});

test("a tick removes no row that a transaction in progress has deleted or inserted", async (pipeline) => {
  const { sourceSql } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 5);
  await run(pipeline);
  const open = await sourceSql.reserve();
  await open`BEGIN`;
  await open`DELETE FROM payment WHERE payment_id = 4`;
  await insert(open, payment, { payment_id: 6 });
  await sourceSql`DELETE FROM payment WHERE payment_id = 3`;
  assertEquals(await deletedIn(pipeline), { payment: 1 });
  assertEquals(await deletedIn(pipeline), {});
  await open`COMMIT`;
  open.release();
  assertEquals(await deletedIn(pipeline), { payment: 1 });
  await assertVerified(pipeline);
});

test("a deleted row leaves the quarantine at the next tick, and a good version of it the warehouse", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 3);
  await run(pipeline);
  await sourceSql`UPDATE payment SET created_at = 'infinity' WHERE payment_id = 2`;
  await insert(sourceSql, payment, { payment_id: 4, payment_date: "never" });
  assertEquals((await run(pipeline)).reconcile, null, "quarantined rows are counted");
  assertEquals((await sql`SELECT FROM etl.quarantine`).length, 2);
  await sourceSql`DELETE FROM payment WHERE payment_id IN (2, 4)`;
  assertEquals(await deletedIn(pipeline), { payment: 2 });
  assertEquals((await sql`SELECT FROM etl.quarantine`).length, 0);
  await assertVerified(pipeline);
  await assertCounts(pipeline);
});

test("a deleted dimension row that returns is counted again", async (pipeline) => {
  const { sourceSql } = pipeline;
  await dropForeignKeys(sourceSql);
  await fill(sourceSql, "design", "design_id", 3);
  await run(pipeline);
  await sourceSql`DELETE FROM design WHERE design_id <= 2`;
  assertEquals(await deletedIn(pipeline), { design: 2 });
  await assertCounts(pipeline);
  await insert(sourceSql, design, { design_id: 1 });
  assertEquals(await deletedIn(pipeline), {});
  await sourceSql`DELETE FROM design WHERE design_id = 3`;
  assertEquals(await deletedIn(pipeline), { design: 1 });
  await assertVerified(pipeline);
  await assertCounts(pipeline);
});

test("rows deleted during a first load in parts are found by the tick after it", async (pipeline) => {
  const { sourceSql } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 40);
  const parts = { ...pipeline, chunkRows: 10 };
  const stop = new AbortController();
  const onProgress = ({ stage }: { stage: string }) => stage === "load" && stop.abort();
  await run({ ...parts, signal: stop.signal, onProgress });
  await sourceSql`DELETE FROM payment WHERE payment_id IN (1, 40)`;
  await sourceSql`DELETE FROM transaction WHERE transaction_id = 2`;
  await run(parts);
  await sourceSql`DELETE FROM payment WHERE payment_id IN (2, 39)`;
  await run(parts);
  await run(parts);
  await assertVerified(pipeline);
  await assertCounts(pipeline);
});

test("a tick refuses a mass deletion once, continues, and reconcile() confirms it", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 200);
  await fill(sourceSql, "currency", "currency_id", 3);
  await run(pipeline);
  await sourceSql`DELETE FROM payment`;
  await assertRejects(() => run(pipeline), MassDeletionError, "200 of 200");
  await sourceSql`DELETE FROM currency WHERE currency_id = 3`;
  assertEquals(await deletedIn(pipeline), { currency: 1 });
  assertEquals((await sql`SELECT FROM fact_payment`).length, 200);
  assertEquals((await reconcile(pipeline)).deleted, { payment: 200 });
  for (let payment_id = 1; payment_id < 4; payment_id++) {
    await insert(sourceSql, payment, { payment_id });
  }
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  assertEquals(await deletedIn(pipeline), { payment: 1 });
  await assertVerified(pipeline);
});

test("of two ticks at once, one removes the deleted rows, each once", async (pipeline) => {
  const { sourceSql, sql, ingestion } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 50);
  await run(pipeline);
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id % 10 = 0`;
  const results = await Promise.all([run(pipeline), run(pipeline)]);
  const repaired = results.filter(({ reconcile }) => reconcile?.outcome === "repaired");
  assertEquals(repaired.map(({ reconcile }) => reconcile?.deleted), [{ payment: 5 }]);
  const commits = await ingestionCommits(ingestion);
  assertEquals(commits.filter(({ mode }) => mode === "reconcile").length, 1);
  assertEquals((await sql`SELECT FROM fact_payment_history`).length, 5);
  assertEquals((await run(pipeline)).reconcile, null);
  await assertVerified(pipeline);
  await assertCounts(pipeline);
});

test("a tick that is killed while it removes rows is completed by the next one", async (pipeline) => {
  const { sourceSql, processed } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 5);
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  const full = { ...processed, put: () => Promise.reject(new LakeError("the zone is full")) };
  const broken = {
    ...full,
    get: processed.get.bind(processed),
    list: processed.list.bind(processed),
  };
  await assertRejects(() => run({ ...pipeline, processed: broken }), LakeError, "is full");
  assertEquals((await run(pipeline)).reconcile, null, "the commit in the lake is only loaded");
  assertEquals((await pipeline.sql`SELECT FROM fact_payment`).length, 4);
  await assertVerified(pipeline);
  await assertCounts(pipeline);
});

test("a kept count that is wrong is corrected, and deletes are found again", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 3);
  await run(pipeline);
  await run(pipeline);
  await sql`UPDATE etl.row_count SET rows = rows + 7`;
  await sourceSql`CREATE TABLE other AS SELECT 1`;
  assertEquals((await run(pipeline)).reconcile?.outcome, "clean");
  await assertCounts(pipeline);
  assertEquals((await run(pipeline)).reconcile, null);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  assertEquals(await deletedIn(pipeline), { payment: 1 });
});

test("a difference without a cause is searched for three times, and again after a reconciliation", async (pipeline) => {
  const { sql } = pipeline;
  await run(pipeline);
  await sql`INSERT INTO etl.quarantine VALUES ('fact_payment', 'of no row', '', false, '{}', 1, now())`;
  const searched = async () => (await run(pipeline)).reconcile !== null;
  const ticks = [];
  for (let i = 0; i < 5; i++) ticks.push(await searched());
  assertEquals(ticks, [true, true, true, false, false]);
  await sql`INSERT INTO etl.reconciliation (deleted, missed) VALUES ('{}', '{}')`;
  assertEquals(await searched(), true);
});

test("a row that is missing in the warehouse although it was loaded is restored at the next tick", async (pipeline) => {
  const { sql, sourceSql } = pipeline;
  await fill(sourceSql, "payment", "payment_id", 3);
  await run(pipeline);
  await sql`DELETE FROM fact_payment WHERE payment_id = 2`;
  const { reconcile } = await run(pipeline);
  assertEquals([reconcile?.scope, reconcile?.missed], ["keys", { payment: 1 }]);
  await assertVerified(pipeline);
});

test("a silent update, a late commit, a delete and a tie are all caught by one tick", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await fill(sourceSql, "sales_order", "sales_order_id", 5);
  const late = await sourceSql.reserve();
  await late`BEGIN`;
  await insert(late, salesOrder, { sales_order_id: 6 });
  await run(pipeline);
  await late`COMMIT`;
  late.release();
  await sourceSql`UPDATE sales_order SET units_sold = 77 WHERE sales_order_id = 2`;
  await sourceSql`DELETE FROM sales_order WHERE sales_order_id = 3`;
  await sourceSql`INSERT INTO sales_order SELECT (jsonb_populate_record(t, '{"sales_order_id": 7}')).*
    FROM sales_order t WHERE sales_order_id = 5`;
  await run(pipeline);
  const rows =
    await sql`SELECT sales_order_id AS id, units_sold AS n FROM fact_sales_order ORDER BY 1`;
  assertEquals(rows.map(({ id, n }) => [id, n]), [[1, 1], [2, 77], [4, 1], [5, 1], [6, 1], [7, 1]]);
  await assertVerified(pipeline);
});

/** Returns a model with one table and a dimension of it. */
function thingModel(id: ColumnSpec, row?: RowFunction): Model {
  const columns = { id, n: { type: "integer" } } as const;
  const stored = { ...columns, id: id.type === "text" ? { type: "text" } as const : id };
  return {
    source: [{ name: "thing", key: "id", columns }],
    warehouse: [
      { name: "dim_thing", kind: "dimension", key: "id", from: "thing", columns: stored, row },
    ],
  };
}

const KEY_TYPES: Record<string, { spec: ColumnSpec; value: string }> = {
  uuid: { spec: { type: "text", native: "uuid" }, value: "gen_random_uuid()" },
  text: {
    spec: { type: "text" },
    value: "CASE n % 3 WHEN 0 THEN 'é''\\' || n WHEN 1 THEN E'tab\\t' || n ELSE 'Z' || n END",
  },
  bigint: { spec: { type: "bigint" }, value: "n * 1000000007::bigint * (1 - 2 * (n % 2))" },
  int: { spec: { type: "integer" }, value: "n * 7 - 30000" },
};

for (const [type, { spec, value }] of Object.entries(KEY_TYPES)) {
  test(`a tick finds the deleted rows of a table whose key is ${type}`, async (pipeline) => {
    const { sourceSql, sql } = pipeline;
    const things: TestPipeline = { ...pipeline, model: thingModel(spec) };
    await sourceSql.unsafe(`CREATE TABLE thing (id ${type} PRIMARY KEY, n int NOT NULL)`);
    await sourceSql.unsafe(`INSERT INTO thing SELECT ${value}, n FROM generate_series(1, 12000) n`);
    await run(things);
    await sourceSql`DELETE FROM thing WHERE n IN (1, 5000, 12000)`;
    await sourceSql.unsafe(
      `INSERT INTO thing SELECT ${value}, n FROM generate_series(12001, 12003) n`,
    );
    assertEquals(await deletedIn(things), { thing: 3 });
    assertEquals((await sql`SELECT FROM dim_thing WHERE n IN (1, 5000, 12000)`).length, 0);
    await assertCounts(things);
    assertEquals((await run(things)).reconcile, null);
  });
}

test("rows that a row function leaves out are not missing, and deletes among them are found", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  const evenOnly = { version: 1, make: (row: AnyRow) => Number(row.n) % 2 === 0 ? row : null };
  const model = thingModel({ type: "integer" }, evenOnly);
  const things: TestPipeline = { ...pipeline, model };
  await sourceSql`CREATE TABLE thing (id int PRIMARY KEY, n int NOT NULL)`;
  await sourceSql`INSERT INTO thing SELECT n, n FROM generate_series(1, 100) n`;
  await run(things);
  await run(things);
  assertEquals((await run(things)).reconcile, null, "the rows left out are counted by now");
  await sourceSql`DELETE FROM thing WHERE id IN (2, 3, 4)`;
  assertEquals(await deletedIn(things), { thing: 2 });
  assertEquals((await run(things)).reconcile, null);
  await sourceSql`UPDATE thing SET n = 1 WHERE id = 6`;
  await run(things);
  assertEquals((await sql`SELECT FROM dim_thing`).length, 47);
  await sourceSql`DELETE FROM thing WHERE id = 8`;
  assertEquals(await deletedIn(things), { thing: 1 });
  assertEquals((await sql`SELECT FROM dim_thing`).length, 46);
});

test("after any changes, bad rows and deletes, one tick makes the warehouse equal the source", async (pipeline) => {
  const { sourceSql } = pipeline;
  await dropForeignKeys(sourceSql);
  for (const key of KEYS) {
    for (const spec of [currency, design, salesOrder, payment, transaction]) {
      if (key > 1) await insert(sourceSql, spec, { [spec.key]: key } as never);
    }
  }
  await run(pipeline);
  let step = 0;
  const known = async () => {
    const rows = await pipeline.sql`
      SELECT 'payment' AS t, payment_id::text AS key FROM fact_payment
      UNION SELECT 'payment', key FROM etl.quarantine WHERE table_name = 'fact_payment'
      UNION SELECT 'sales_order', sales_order_id::text FROM fact_sales_order
      UNION SELECT 'sales_order', key FROM etl.quarantine WHERE table_name = 'fact_sales_order'
      ORDER BY 1, 2`;
    return rows.map(({ t, key }) => `${t} ${key}`);
  };
  const expected = async () => {
    const rows = await sourceSql`
      SELECT 'payment' AS t, payment_id::text AS key FROM payment
      UNION SELECT 'sales_order', sales_order_id::text FROM sales_order ORDER BY 1, 2`;
    return rows.map(({ t, key }) => `${t} ${key}`);
  };
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 6 }), async (edits) => {
      for (const one of edits) {
        if (one.act === "run") await run(pipeline);
        else if (one.act === "reconcile") await reconcile(pipeline);
        else await applyEdit(one, sourceSql, step++);
      }
      await run(pipeline);
      assertEquals(await known(), await expected());
      await assertCounts(pipeline);
      const { tables } = await verify(pipeline);
      const wrong = tables.flatMap(({ examples }) => examples).filter(({ kind }) =>
        kind === "extra"
      );
      assertEquals(wrong, []);
    }),
    { numRuns: propertyRuns({ quick: 8, all: 40 }) },
  );
});
