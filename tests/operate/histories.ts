/**
 * A history of a warehouse with every kind of change, for tests that reproduce it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { currency, design, payment, salesOrder, staff } from "../../schemas/mod.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import { contents } from "../load/star.ts";
import { insert, type Sql } from "../support/source.ts";
import type { TestPipeline } from "./pipelines.ts";

/**
 * Drops the foreign keys of the source, so that a test can insert a row whose parent is missing.
 */
export async function dropForeignKeys(sql: Sql): Promise<void> {
  const keys = await sql`
    SELECT conrelid::regclass::text AS name, conname FROM pg_constraint WHERE contype = 'f'`;
  for (const { name, conname } of keys) {
    await sql.unsafe(`ALTER TABLE ${name} DROP CONSTRAINT "${conname}"`);
  }
}

/**
 * Runs a pipeline through every kind of change: updates, deletes, invalid rows and their fixes, orphans
 * and their release, dimension rows that are deleted and inserted again.
 */
export async function createHistory(pipeline: TestPipeline): Promise<void> {
  const { sourceSql: source } = pipeline;
  await dropForeignKeys(source);
  for (let id = 2; id <= 6; id++) await insert(source, salesOrder, { sales_order_id: id });
  await insert(source, currency, { currency_id: 2 });
  await run(pipeline);
  await source`UPDATE sales_order SET units_sold = 7 WHERE sales_order_id <= 3`;
  await insert(source, salesOrder, { sales_order_id: 7, agreed_payment_date: "2022-02-30" });
  await insert(source, salesOrder, { sales_order_id: 8, design_id: 9 });
  await insert(source, payment, { payment_id: 2, payment_date: "never" });
  await run(pipeline);
  await source`UPDATE sales_order SET agreed_payment_date = '2022-02-28' WHERE sales_order_id = 7`;
  await insert(source, design, { design_id: 9 });
  await insert(source, salesOrder, { sales_order_id: 9, counterparty_id: 44 });
  await run(pipeline);
  await source`UPDATE sales_order SET units_sold = 1 WHERE sales_order_id <= 2`;
  await source`UPDATE department SET department_name = 'Robots'`;
  await run(pipeline);
  await source`DELETE FROM currency WHERE currency_id = 2`;
  await source`DELETE FROM staff`;
  await source`DELETE FROM sales_order WHERE sales_order_id IN (2, 5)`;
  assertEquals((await reconcile(pipeline)).outcome, "repaired");
  await insert(source, staff, { first_name: "back again" });
  await insert(source, salesOrder, { sales_order_id: 5, units_sold: 55 });
  await run(pipeline);
}

/**
 * Asserts that the history contains superseded rows, an orphan, an invalid row and unused surrogate
 * keys.
 */
export async function assertHistoryCreated({ sql }: Pick<TestPipeline, "sql">): Promise<void> {
  const [counts] = await sql`
    SELECT (SELECT count(*)::int FROM fact_sales_order_history) AS superseded,
      (SELECT count(*)::int FROM etl.quarantine WHERE orphaned) AS orphaned,
      (SELECT count(*)::int FROM etl.quarantine WHERE NOT orphaned) AS refused,
      (SELECT max(sales_record_id) > count(*) FROM fact_sales_order) AS renumbered`;
  assert(counts.superseded >= 5, JSON.stringify(counts));
  assertEquals([counts.orphaned, counts.refused, counts.renumbered], [1, 1, true]);
}

/** Returns everything in a warehouse except the ids of the runs that wrote it. */
export async function warehouseContents(
  sql: TestPipeline["sql"],
): Promise<Record<string, unknown[]>> {
  const { applied, ...tables } = await contents(sql);
  return {
    ...tables,
    applied: (applied as Record<string, unknown>[]).map(({ run: _, ...commit }) => commit),
  };
}

/** Returns the zone as it was when this commit was the last one of its log. */
export function upTo(store: ObjectStore, sequence: number): ObjectStore {
  const last = `_log/${String(sequence).padStart(12, "0")}.json`;
  return {
    url: store.url,
    put: (key, body) => store.put(key, body),
    get: (key, range) => store.get(key, range),
    async *list(prefix, after) {
      for await (const key of store.list(prefix, after)) {
        if (!key.startsWith("_log/") || key <= last) yield key;
      }
    },
  };
}
