import { assertEquals, assertRejects } from "@std/assert";
import { type FactSalesOrder, totesys } from "../../schemas/mod.ts";
import { load } from "../../sdk/load/load.ts";
import { testLake } from "../support/lake.ts";
import {
  anotherWarehouse,
  assertKeys,
  assertNoOrphans,
  contents,
  currency,
  dimensions,
  dropOwner,
  foreignKeys,
  type Loading,
  ordinaryOwner,
  put,
  quarantined,
  sale,
  sales,
  star,
  test,
} from "./star.ts";

const INCOMPLETE = { incomplete: ["fact_sales_order"] };
// More rows than the loader merges with a trigger per row.
const MANY = 6_000;

/** Writes sales in three parts, each its own commit; the first one brings the dimensions. */
async function putInThree({ processed }: Loading, rows: readonly FactSalesOrder[]): Promise<void> {
  const third = Math.ceil(rows.length / 3);
  await put(processed, star(rows.slice(0, third)), totesys, INCOMPLETE);
  await put(processed, { fact_sales_order: rows.slice(third, 2 * third) }, totesys, INCOMPLETE);
  await put(processed, { fact_sales_order: rows.slice(2 * third) });
}

/** Returns the sales with surrogate keys, without the time when each part was read. */
async function salesOf({ sql }: Pick<Loading, "sql">): Promise<unknown[]> {
  const rows = await sql`SELECT to_jsonb(f) - 'valid_from' AS row FROM fact_sales_order f
    ORDER BY sales_record_id`;
  return rows.map(({ row }) => row);
}

async function keysOfSales({ sql }: Loading): Promise<string[]> {
  return (await foreignKeys(sql)).filter((key) => key.startsWith("fact_sales_order."));
}

test("a fact loaded in three parts equals one loaded in one, foreign keys included", async (loading) => {
  const rows = sales(30, { units_sold: 7 });
  await putInThree(loading, rows);
  assertEquals((await load(loading)).sequence, 3);
  await assertKeys(loading);
  const inThree = await salesOf(loading);
  await anotherWarehouse(async (warehouse, sql) => {
    await using lake = await testLake();
    await put(lake.processed, star(rows));
    await load({ processed: lake.processed, warehouse });
    assertEquals(await salesOf({ sql }), inThree);
  });
});

/** The roles that load: one adds foreign keys to the empty table, the other to the filled one. */
const ROLES: Readonly<
  Record<string, { url: (loading: Loading) => Promise<string>; early: boolean }>
> = {
  "a superuser": { url: ({ warehouse }) => Promise.resolve(warehouse), early: true },
  "a role that cannot disable triggers": { url: ordinaryOwner, early: false },
};

for (const [role, { url, early }] of Object.entries(ROLES)) {
  /** Declares a test whose loads run as this role. */
  const testAs = (name: string, body: (loading: Loading) => Promise<void>) =>
    test(`${name}, loaded by ${role}`, async (loading) => {
      const warehouse = await url(loading);
      await body({ ...loading, warehouse });
      if (warehouse !== loading.warehouse) await dropOwner(loading, warehouse);
    });

  testAs(
    `each part is visible, and foreign keys are there ${early ? "first" : "last"}`,
    async (loading) => {
      const rows = sales(30);
      const counts: number[] = [];
      const parts: (() => Promise<unknown>)[] = [
        () => put(loading.processed, star(rows.slice(0, 10)), totesys, INCOMPLETE),
        () => put(loading.processed, { fact_sales_order: rows.slice(10, 20) }, totesys, INCOMPLETE),
        () => put(loading.processed, { fact_sales_order: rows.slice(20) }),
      ];
      for (const part of parts) {
        await part();
        // A new loader each time, as after a kill between two parts.
        await load(loading);
        counts.push((await contents(loading.sql)).fact_sales_order.length);
        const { length } = await keysOfSales(loading);
        assertEquals(length > 0, early || counts.length === 3);
      }
      assertEquals(counts, [10, 20, 30]);
      await assertKeys(loading);
    },
  );

  testAs("a fact with a missing reference is quarantined in any part", async (loading) => {
    const { processed, sql } = loading;
    const waiting = (id: number) => sale(id, { currency_id: 2 });
    await put(processed, star([sale(1), waiting(2)]), totesys, INCOMPLETE);
    await load(loading);
    assertEquals(await quarantined(sql), [
      "fact_sales_order 2: currency_id refers to dim_currency 2, which is missing",
    ]);
    await put(processed, { fact_sales_order: [sale(3), waiting(4)] }, totesys, INCOMPLETE);
    await load(loading);
    assertEquals(await keysOfSales(loading).then(({ length }) => length > 0), early);
    assertEquals((await quarantined(sql)).length, 2);
    await assertNoOrphans(loading);
    await put(processed, { fact_sales_order: [waiting(5), sale(6)] });
    await load(loading);
    await assertKeys(loading);
    assertEquals((await quarantined(sql)).length, 3);
    await put(processed, { dim_currency: [currency(2)] });
    await load(loading);
    assertEquals(await quarantined(sql), []);
    assertEquals((await contents(sql)).fact_sales_order.length, 6);
    await assertNoOrphans(loading);
  });

  testAs("a fact whose first rows arrive late has its foreign keys then", async (loading) => {
    const { processed } = loading;
    await put(processed, dimensions(), totesys, INCOMPLETE);
    await load(loading);
    assertEquals(await keysOfSales(loading).then(({ length }) => length > 0), early);
    await put(processed, { fact_sales_order: sales(3) });
    await load(loading);
    await assertKeys(loading);
  });
}

test("rows orphaned between two parts are quarantined, and foreign keys are added", async (loading) => {
  const { processed, sql } = loading;
  const warehouse = await ordinaryOwner(loading);
  await put(processed, { ...star(sales(2)), dim_currency: [currency(1), currency(2)] }, totesys, {
    ...INCOMPLETE,
  });
  await put(processed, { fact_sales_order: [sale(3, { currency_id: 2 })] }, totesys, INCOMPLETE);
  await load({ processed, warehouse });
  await sql`DELETE FROM dim_currency WHERE currency_id = 2`;
  await put(processed, { fact_sales_order: [sale(4)] });
  await load({ processed, warehouse });
  assertEquals(await quarantined(sql), [
    "fact_sales_order 3: currency_id refers to dim_currency 2, which is missing",
  ]);
  await assertKeys(loading);
  await dropOwner(loading, warehouse);
});

test("foreign keys that were added to an empty fact hold for the rows of its parts", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star(sales(MANY)), totesys, INCOMPLETE);
  await load(loading);
  const violation = { code: "23503" };
  const change = (text: string) => assertRejects(() => sql.unsafe(text)).then((error) => error);
  for (
    const text of [
      "UPDATE fact_sales_order SET design_id = 99 WHERE sales_order_id = 1",
      "DELETE FROM dim_staff",
      "UPDATE dim_currency SET currency_id = 2",
    ]
  ) assertEquals({ code: (await change(text) as { code?: string }).code }, violation, text);
  await assertNoOrphans(loading);
});

test("a loader that cannot disable triggers meets none in the second part", async (loading) => {
  const { processed } = loading;
  const url = await ordinaryOwner(loading);
  const rows = [...sales(2 * MANY), sale(2 * MANY + 1, { currency_id: 44 })];
  await put(processed, star(rows.slice(0, MANY)), totesys, INCOMPLETE);
  await load({ processed, warehouse: url });
  assertEquals(await keysOfSales(loading), []);
  await put(processed, { fact_sales_order: rows.slice(MANY) }, totesys, INCOMPLETE);
  assertEquals((await load({ processed, warehouse: url })).quarantined, 1);
  assertEquals(await keysOfSales(loading), []);
  await put(processed, {});
  await load({ processed, warehouse: url });
  await assertKeys(loading);
  assertEquals((await contents(loading.sql)).fact_sales_order.length, 2 * MANY);
  await dropOwner(loading, url);
});

test("tables of another owner are loaded without adding foreign keys", async (loading) => {
  const { processed, sql } = loading;
  const owner = await ordinaryOwner(loading);
  const url = await ordinaryOwner(loading);
  await put(processed, star(sales(1)), totesys, INCOMPLETE);
  await load({ processed, warehouse: owner });
  const role = new URL(url).username;
  await sql.unsafe(`GRANT ALL ON ALL TABLES IN SCHEMA public TO "${role}"`);
  await sql.unsafe(`GRANT ALL ON SCHEMA etl TO "${role}"`);
  await sql.unsafe(`GRANT ALL ON ALL TABLES IN SCHEMA etl TO "${role}"`);
  await put(processed, { fact_sales_order: [sale(2)] });
  await load({ processed, warehouse: url });
  assertEquals(await keysOfSales(loading), []);
  assertEquals((await contents(sql)).fact_sales_order.length, 2);
  await dropOwner(loading, url);
  await dropOwner(loading, owner);
});
