import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { remedyText } from "../../functions/remedy.ts";
import { totesys, type WarehouseTableSpec } from "../../schemas/mod.ts";
import { addKeys, createTable } from "../../sdk/derive/ddl.ts";
import { LakeError, WarehouseError } from "../../sdk/errors.ts";
import { load } from "../../sdk/load/load.ts";
import type { Progress } from "../../sdk/progress.ts";
import { calendarRow } from "../support/models.ts";
import { testLake } from "../support/lake.ts";
import { takenAt } from "../transform/batches.ts";
import {
  anotherWarehouse,
  assertKeys,
  assertNoOrphans,
  contents,
  currency,
  dimensions,
  dropOwner,
  ordinaryOwner,
  put,
  quarantined,
  sale,
  sales,
  staffMember,
  star,
  test,
  versionsOf,
} from "./star.ts";

// ---- the first load, and the tables it makes ----

test("load() creates the warehouse and fills it", async ({ processed, warehouse, sql }) => {
  await put(processed, star(sales(3)));
  const { commits, sequence } = await load({ processed, warehouse });
  assertEquals([commits.length, sequence], [1, 1]);
  const rows = await sql`
    SELECT sales_record_id::int, sales_order_id, units_sold, unit_price, created_date::text,
      created_time::text, agreed_delivery_date::text, valid_from = ${takenAt(1)} AS since_snapshot
    FROM fact_sales_order ORDER BY 1`;
  assertEquals(
    rows.map((row) => ({ ...row })),
    [1, 2, 3].map((id) => ({
      sales_record_id: id,
      sales_order_id: id,
      units_sold: 10,
      unit_price: "3.94",
      created_date: "2022-11-03",
      created_time: "14:20:49.962",
      agreed_delivery_date: "2022-11-07",
      since_snapshot: true,
    })),
  );
  const [staff] = await sql`SELECT * FROM dim_staff`;
  assertEquals({ ...staff }, { ...staffMember(), deleted_at: null });
});

test("load() of an empty lake creates the warehouse, empty", async (loading) => {
  const { processed, warehouse, sql } = loading;
  const nothing = {
    commits: [],
    sequence: 0,
    skipped: [],
    quarantined: 0,
    reconciled_ms_ago: null,
    reconcile_needed: false,
  };
  assertEquals(await load({ processed, warehouse }), nothing);
  for (const table of totesys.warehouse) {
    const [{ n }] = await sql`SELECT count(*)::int AS n FROM ${sql(table.name)}`;
    assertEquals(n, 0, table.name);
  }
  await assertKeys(loading);
  await put(processed, star(sales(2)));
  await load({ processed, warehouse });
  await anotherWarehouse(async (other, otherSql) => {
    await load({ processed, warehouse: other });
    assertEquals(await contents(otherSql), await contents(sql));
  });
});

test("load() keeps existing tables", async ({ processed, warehouse, sql }) => {
  for (const table of totesys.warehouse) await createAll(sql.unsafe, table);
  await put(processed, star(sales(2)));
  await load({ processed, warehouse });
  assertEquals((await contents(sql)).fact_sales_order.length, 2);
});

test("load() creates only missing tables", async (loading) => {
  const { processed, warehouse, sql } = loading;
  for (const table of totesys.warehouse.filter(({ kind }) => kind !== "fact").slice(0, 4)) {
    await createAll(sql.unsafe, table);
  }
  await sql`INSERT INTO dim_currency VALUES (9, 'XYZ', 'of before')`;
  await put(processed, star(sales(2)));
  await load({ processed, warehouse });
  const codes = await sql`SELECT currency_code FROM dim_currency ORDER BY currency_id`;
  assertEquals(codes.map(({ currency_code }) => currency_code), ["GBP", "XYZ"]);
  await assertKeys(loading);
});

async function createAll(
  unsafe: (text: string) => PromiseLike<unknown>,
  table: WarehouseTableSpec,
): Promise<void> {
  await unsafe([...createTable(table), ...addKeys(table)].join(";"));
}

test("every reference of a fact is a foreign key in the catalog", async (loading) => {
  await put(loading.processed, star(sales(1)));
  await load(loading);
  await assertKeys(loading);
  // The database enforces it.
  const { sql } = loading;
  await assertRejects(
    async () => await sql`UPDATE fact_sales_order SET design_id = 99`,
    Error,
    "foreign key",
  );
  await assertRejects(async () => await sql`DELETE FROM dim_staff`, Error, "foreign key");
});

test("progress is reported by table, up to the expected rows; then the keys are added", async ({ processed, warehouse }) => {
  await put(processed, { dim_currency: [currency(1), currency(2)] });
  const reported: Progress[] = [];
  await load({ processed, warehouse, onProgress: (progress) => reported.push(progress) });
  const { totalBytes, ...last } = reported.findLast(({ step }) => step === undefined)!;
  assert(totalBytes > 0);
  assertEquals(last, {
    stage: "load",
    table: "dim_currency",
    rows: 2,
    expected: 2,
    totalRows: 2,
    fraction: 0.75,
  });
  const steps = reported.filter(({ step }) => step !== undefined);
  assertEquals(reported.slice(-steps.length), steps);
  assertEquals(
    steps.map(({ table, step }) => `${table}: ${step}`),
    ["fact_sales_order", "fact_purchase_orders", "fact_payment"].map((table) =>
      `${table}: adding keys`
    ),
  );
});

// ---- changes ----

test("a repeat of the same content changes nothing, ids included", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star(sales(5)));
  await put(processed, star([sale(3, { units_sold: 11 })]));
  await load(loading);
  const { applied: _, ...before } = await contents(sql);
  // ctid tells a row that was written again with the same values.
  const places = () => sql`SELECT ctid::text, xmin::text FROM fact_sales_order ORDER BY 1`;
  const placesBefore = await places();
  const placesOfDimension = () => sql`SELECT ctid::text, xmin::text FROM dim_currency`;
  const dimensionBefore = await placesOfDimension();
  await put(processed, star([...sales(2), sale(3, { units_sold: 11 }), sale(4), sale(5)]));
  await load(loading);
  const { applied, ...after } = await contents(sql);
  assertEquals(after, before);
  assertEquals(applied.length, 3);
  assertEquals([...await places()], [...placesBefore]);
  assertEquals([...await placesOfDimension()], [...dimensionBefore]);
});

test("a repeat that writes a number differently changes nothing", async ({ processed, warehouse, sql }) => {
  const payment = (payment_amount: string) => ({
    payment_id: 1,
    created_date: "2022-11-03",
    created_time: "14:20:49",
    last_updated_date: "2022-11-03",
    last_updated_time: "14:20:49",
    transaction_id: 1,
    counterparty_id: 1,
    payment_amount,
    currency_id: 1,
    payment_type_id: 1,
    paid: true,
    payment_date: "2022-11-03",
  });
  await put(processed, { ...dimensions(), fact_payment: [payment("3.9")] });
  await put(processed, { fact_payment: [payment("3.90")] });
  await load({ processed, warehouse });
  const [{ n }] = await sql`SELECT count(*)::int AS n FROM fact_payment_versions`;
  assertEquals(n, 1);
});

test("a changed fact keeps its old version in history and one current row", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star(sales(2)));
  await put(processed, { fact_sales_order: [sale(1, { units_sold: 11 })] });
  await load(loading);
  assertEquals(await versionsOf(sql, 1), [
    { record: 1, units: 10, price: "3.94", valid_from: takenAt(1), valid_to: takenAt(2) },
    { record: 3, units: 11, price: "3.94", valid_from: takenAt(2), valid_to: null },
  ]);
  assertEquals((await versionsOf(sql, 2)).length, 1);
  const [{ n }] = await sql`SELECT count(*)::int AS n FROM fact_sales_order`;
  assertEquals(n, 2);
});

test("a change that leaves last_updated alone is a version nevertheless", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star([sale(1)]));
  await put(processed, { fact_sales_order: [sale(1, { agreed_payment_date: "2022-11-07" })] });
  await load(loading);
  assertEquals((await versionsOf(sql, 1)).length, 2);
});

test("last_updated moving alone is a version", async ({ processed, warehouse, sql }) => {
  await put(processed, star([sale(1)]));
  await put(processed, { fact_sales_order: [sale(1, { last_updated_time: "15:00:00" })] });
  await load({ processed, warehouse });
  assertEquals((await versionsOf(sql, 1)).length, 2);
});

test("a change and its reversal are three consecutive versions", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star([sale(1)]));
  await put(processed, { fact_sales_order: [sale(1, { units_sold: 11 })] });
  await put(processed, { fact_sales_order: [sale(1)] });
  await load(loading);
  assertEquals(await versionsOf(sql, 1), [
    { record: 1, units: 10, price: "3.94", valid_from: takenAt(1), valid_to: takenAt(2) },
    { record: 2, units: 11, price: "3.94", valid_from: takenAt(2), valid_to: takenAt(3) },
    { record: 3, units: 10, price: "3.94", valid_from: takenAt(3), valid_to: null },
  ]);
});

test("each version ends when the next begins, regardless of repeats in between", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star(sales(4)));
  for (let tick = 2; tick <= 8; tick++) {
    const changed = sales(4).filter(({ sales_order_id }) => (tick * sales_order_id) % 3 > 0);
    await put(processed, {
      fact_sales_order: changed.map((row) => ({ ...row, units_sold: Math.floor(tick / 2) })),
    });
  }
  await load(loading);
  const [{ broken, unbounded, versions, records }] = await sql`
    SELECT count(*) FILTER (WHERE valid_to <> following)::int AS broken,
      count(*) FILTER (WHERE (valid_to IS NULL) <> (following IS NULL))::int AS unbounded,
      count(*)::int AS versions, count(DISTINCT sales_record_id)::int AS records
    FROM (SELECT *, lead(valid_from) OVER (PARTITION BY sales_order_id ORDER BY valid_from)
      AS following FROM fact_sales_order_versions) v`;
  assertEquals([broken, unbounded], [0, 0]);
  assertEquals(records, versions);
  assert(versions > 10, `${versions} versions`);
});

test("a dimension that changes is overwritten", async ({ processed, warehouse, sql }) => {
  await put(processed, star([sale(1)]));
  await put(processed, { dim_staff: [staffMember(1, "Purchasing"), staffMember(2)] });
  await load({ processed, warehouse });
  const rows = await sql`SELECT staff_id, department_name FROM dim_staff ORDER BY 1`;
  assertEquals(rows.map((row) => ({ ...row })), [
    { staff_id: 1, department_name: "Purchasing" },
    { staff_id: 2, department_name: "Sales" },
  ]);
});

test("text is loaded character for character", async ({ processed, warehouse, sql }) => {
  const names = ["", "\\N", "\\.", "tab\there", "new\nline", "\r\n", '"', "\\", "\u{1F45C}", "'"];
  await put(processed, { dim_currency: names.map((name, id) => currency(id, name)) });
  await load({ processed, warehouse });
  const rows = await sql`SELECT currency_name FROM dim_currency ORDER BY currency_id`;
  assertEquals(rows.map(({ currency_name }) => currency_name), names);
});

test("numbers are loaded beyond the precision of floats", async ({ processed, warehouse, sql }) => {
  await put(processed, star([sale(1, { unit_price: "99999999.99" })]));
  const amount = "12345678901234567890123456789012345678901234567890.123456789";
  const payment = {
    payment_id: 1,
    created_date: "2022-11-03",
    created_time: "23:59:59.999999",
    last_updated_date: "2022-11-03",
    last_updated_time: "00:00:00",
    transaction_id: 1,
    counterparty_id: 1,
    payment_amount: amount,
    currency_id: 1,
    payment_type_id: 1,
    paid: false,
    payment_date: "2022-11-03",
  };
  await put(processed, { fact_payment: [payment] });
  await load({ processed, warehouse });
  const [row] = await sql`SELECT payment_amount, created_time::text AS at FROM fact_payment`;
  assertEquals({ ...row }, { payment_amount: amount, at: "23:59:59.999999" });
});

// ---- references ----

test("a fact that refers to a missing row is quarantined by name, and the others load", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star(sales(2)));
  await load(loading);
  await put(processed, {
    dim_currency: [currency(2)],
    fact_sales_order: [sale(1, { units_sold: 99 }), sale(3, { design_id: 77 })],
  });
  assertEquals((await load(loading)).quarantined, 1);
  assertEquals(await quarantined(sql), [
    "fact_sales_order 3: design_id refers to dim_design 77, which is missing",
  ]);
  const rows = await sql`SELECT sales_order_id, units_sold FROM fact_sales_order ORDER BY 1`;
  assertEquals([...rows], [
    { sales_order_id: 1, units_sold: 99 },
    { sales_order_id: 2, units_sold: 10 },
  ]);
  assertEquals([...await sql`SELECT FROM dim_currency WHERE currency_id = 2`].length, 1);
});

test("a date that is not in dim_date is a missing reference too", async (loading) => {
  await put(loading.processed, star([sale(1)]));
  await put(loading.processed, {
    fact_sales_order: [sale(2, { agreed_payment_date: "2031-01-01" })],
  });
  await load(loading);
  assertEquals(await quarantined(loading.sql), [
    "fact_sales_order 2: agreed_payment_date refers to dim_date 2031-01-01, which is missing",
  ]);
  assertEquals((await contents(loading.sql)).fact_sales_order.length, 1);
});

test("a first load with a missing reference loads the others, and keeps every foreign key", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star([sale(1), sale(2, { design_id: 77 })]));
  assertEquals((await load(loading)).quarantined, 1);
  assertEquals(await quarantined(sql), [
    "fact_sales_order 2: design_id refers to dim_design 77, which is missing",
  ]);
  assertEquals([...await sql`SELECT sales_order_id FROM fact_sales_order`], [
    { sales_order_id: 1 },
  ]);
  await assertKeys(loading);
  await assertNoOrphans(loading);
});

// More rows than the loader merges with a trigger per row: it must check them as a set.
const MANY = 6_000;

test("a large delta is checked like a small one", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star([sale(1)]));
  await load(loading);
  const rows = [...sales(MANY), sale(MANY + 1, { sales_staff_id: 44 })];
  await put(processed, { fact_sales_order: rows });
  await load(loading);
  assertEquals(await quarantined(sql), [
    `fact_sales_order ${MANY + 1}: sales_staff_id refers to dim_staff 44, which is missing`,
  ]);
  assertEquals((await contents(sql)).fact_sales_order.length, MANY);
  await assertNoOrphans(loading);
});

test("a large delta of changes is merged like a small one", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star(sales(MANY)));
  await put(processed, { fact_sales_order: sales(MANY, { units_sold: 11 }) });
  await load(loading);
  const [{ current, former, records }] = await sql`
    SELECT (SELECT count(*)::int FROM fact_sales_order WHERE units_sold = 11) AS current,
      (SELECT count(*)::int FROM fact_sales_order_history WHERE units_sold = 10) AS former,
      (SELECT count(DISTINCT sales_record_id)::int FROM fact_sales_order_versions) AS records`;
  assertEquals([current, former, records], [MANY, MANY, 2 * MANY]);
  await assertKeys(loading);
  await assertNoOrphans(loading);
});

test("a loader that only owns its tables can load", async (loading) => {
  const { processed, sql } = loading;
  const url = await ordinaryOwner(loading);
  await put(processed, star(sales(2)));
  await put(processed, { fact_sales_order: sales(MANY, { units_sold: 11 }) });
  await load({ processed, warehouse: url });
  await put(processed, { fact_sales_order: [sale(MANY + 1, { currency_id: 44 })] });
  assertEquals((await load({ processed, warehouse: url })).quarantined, 1);
  const [{ n }] = await sql`SELECT count(*)::int AS n FROM fact_sales_order`;
  assertEquals(n, MANY);
  await assertKeys(loading);
  await assertNoOrphans(loading);
  // Equal to a superuser's load, ids included.
  const mine = await contents(sql);
  await anotherWarehouse(async (other, otherSql) => {
    await load({ processed, warehouse: other });
    assertEquals(await contents(otherSql), mine);
  });
  await dropOwner(loading, url);
});

// ---- which lake ----

test("a warehouse that was loaded from another lake is refused with the reason", async (loading) => {
  const { processed, warehouse, sql } = loading;
  await put(processed, star(sales(2)));
  await load(loading);
  const before = await contents(sql);
  await using other = await testLake();
  await put(other.processed, star(sales(9)));
  await put(other.processed, { fact_sales_order: [sale(1, { units_sold: 99 })] });
  const error = await assertRejects(
    () => load({ processed: other.processed, warehouse }),
    WarehouseError,
    "another lake",
  );
  assertStringIncludes(remedyText(error.next!), "PROCESSED_URL");
  assertEquals(await contents(sql), before);
});

test("an empty lake is refused for a loaded warehouse", async ({ processed, warehouse }) => {
  await put(processed, star(sales(2)));
  await load({ processed, warehouse });
  await using other = await testLake();
  await assertRejects(
    () => load({ processed: other.processed, warehouse }),
    WarehouseError,
    "another lake",
  );
});

test("two loaders from two lakes at once do not mix them", async ({ processed, warehouse, sql }) => {
  await using other = await testLake();
  for (const store of [processed, other.processed]) {
    await put(store, star(sales(2)));
    await put(store, { fact_sales_order: [sale(1, { units_sold: 99 })] });
    await put(store, { fact_sales_order: [sale(2, { units_sold: 98 })] });
  }
  // A third loader holds the lock until both wait for it with an empty warehouse.
  const results = await sql.begin(async (blocker) => {
    await blocker`SELECT pg_advisory_xact_lock(7074657379730)`;
    const loads = [processed, other.processed].map((store) =>
      load({ processed: store, warehouse })
    );
    const settled = Promise.allSettled(loads);
    while (true) {
      const [{ n }] = await sql`
        SELECT count(*)::int AS n FROM pg_locks
        WHERE locktype = 'advisory' AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
      if (n === 2) break;
    }
    return { settled };
  }).then(({ settled }) => settled);
  assertEquals(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const failed = results.find(({ status }) => status === "rejected") as PromiseRejectedResult;
  assert(failed.reason instanceof WarehouseError);
  assertStringIncludes(failed.reason.message, "another lake");
  const [{ runs }] = await sql`SELECT count(DISTINCT run)::int AS runs FROM etl.applied_commit`;
  assertEquals(runs, 3);
});

test("a missing processed object stops the load, is named, and leaves the old state", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star(sales(2)));
  await load(loading);
  const before = await contents(sql);
  const commit = await put(processed, { ...dimensions(), fact_sales_order: sales(3) });
  const { key } = commit.tables.fact_sales_order;
  await Deno.remove(new URL(`${processed.url}/${key}`));
  await assertRejects(() => load(loading), LakeError, key);
  assertEquals(await contents(sql), before);
});

test("a processed object that was changed since stops the load", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star(sales(2)));
  await load(loading);
  const before = await contents(sql);
  const commit = await put(processed, { dim_currency: [currency(1, "Pound Sterling X")] });
  const path = new URL(`${processed.url}/${commit.tables.dim_currency.key}`);
  const bytes = await Deno.readFile(path);
  const at = new TextDecoder("latin1").decode(bytes).indexOf("Sterling X");
  bytes[at + 9] ^= 1;
  await Deno.writeFile(path, bytes);
  await assertRejects(() => load(loading), LakeError, commit.tables.dim_currency.key);
  assertEquals(await contents(sql), before);
});

test("an unreachable warehouse is a retryable WarehouseError", async ({ processed }) => {
  await put(processed, star([sale(1)]));
  const error = await assertRejects(
    () => load({ processed, warehouse: "postgres://nobody@127.0.0.1:1/warehouse" }),
    WarehouseError,
  );
  assertEquals([error.stage, error.retryable], ["load", true]);
});

test("a calendar with more days than any fact needs is left as it is", async ({ processed, warehouse, sql }) => {
  await put(processed, star([sale(1)]));
  await load({ processed, warehouse });
  await put(processed, { dim_date: [calendarRow("2030-01-01")] });
  await load({ processed, warehouse });
  const [{ n }] = await sql`SELECT count(*)::int AS n FROM dim_date`;
  assertEquals(n, 4);
});
