/** The daily totals equal the facts, whatever happens to the facts. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { maintainTotals } from "../../../../../functions/dashboard/data/business/maintain_totals.ts";
import { readBusiness } from "../../../../../functions/dashboard/data/business/read_business.ts";
import { openWarehouse } from "../../../../../functions/dashboard/data/warehouse.ts";
import { load } from "../../../../../sdk/load/load.ts";
import { type Lake, test } from "../../../../load/lakes.ts";
import { put } from "../../../../load/star.ts";
import { testLake } from "../../../../support/lake.ts";
import { testDatabase } from "../../../../support/postgres.ts";
import { propertyRuns } from "../../../../support/slow.ts";
import {
  type Company,
  comparable,
  daysAgo,
  dimensionsOf,
  Expected,
  loadCompany,
  loadRates,
  NOW,
  order,
  payment,
  purchase,
  smallCompany,
} from "./company.ts";

const ROOT = new URL("../../../../../", import.meta.url);
/** Each is answered from other totals, or from the facts. */
const QUERIES: readonly Readonly<Record<string, string>>[] = [
  { period: "year" },
  { period: "year", currency: "USD" },
  { period: "year", department: "Sales" },
  { period: "year", country: "Japan" },
];

async function readAll({ warehouse: url }: Pick<Lake, "warehouse">, as_of?: string) {
  const get = () => Promise.resolve(url);
  const warehouse = openWarehouse({ get, renew: get });
  return await Promise.all(QUERIES.map(async (parameters) => {
    const asked = { parameters: { ...parameters, as_of }, referenceCurrency: "GBP", now: NOW };
    return (await readBusiness(warehouse, asked))!;
  }));
}

/** Asserts that pages which use the totals show what the rows in memory add up to. */
async function assertEqualsFacts(lake: Lake, company: Company, isFast = true): Promise<void> {
  for (const { rows, filter, origin } of await readAll(lake)) {
    assertEquals(origin.hasTotals, isFast);
    assertEquals(comparable(rows), comparable(new Expected(company, filter).charts()));
  }
}

/** Asserts that the totals lead to the same numbers of every earlier commit as the versions of the facts. */
async function assertEqualsVersions(lake: Lake): Promise<void> {
  const { sql } = lake;
  const [{ comment }] = await sql`SELECT obj_description('daily_total'::regclass) AS comment`;
  const commits = await sql`
    SELECT DISTINCT to_char(taken_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at
    FROM etl.applied_commit ORDER BY 1 LIMIT 4`;
  const read = async (at: string) =>
    (await readAll(lake, at)).map(({ rows, origin }) => [comparable(rows), origin.hasTotals]);
  for (const { at } of commits) {
    const fast = await read(at);
    await sql`COMMENT ON TABLE daily_total IS NULL`;
    const slow = await read(at);
    await sql.unsafe(`COMMENT ON TABLE daily_total IS '${comment}'`);
    assertEquals(fast, slow.map(([rows]) => [rows, true]), at);
  }
}

/** Asserts that the totals are those of a warehouse that has just been filled. */
async function assertFolded({ sql, warehouse }: Lake): Promise<void> {
  await maintainTotals(warehouse);
  assertEquals((await sql`SELECT count(*)::int AS n FROM daily_total_change`)[0].n, 0);
  const totals = () =>
    sql`SELECT fact, grouped_by, day::text, currency_id, key, orders, trim_scale(units) AS units,
      trim_scale(amount) AS amount FROM daily_total WHERE orders <> 0 ORDER BY 1, 2, 3, 4, 5`;
  const folded = [...await totals()];
  await sql`COMMENT ON TABLE daily_total IS NULL`;
  assertEquals(await maintainTotals(warehouse), "filled");
  assertEquals([...await totals()], folded);
}

test("maintainTotals() fills the totals once, then adds what has changed", async (lake) => {
  assertEquals(await maintainTotals(lake.warehouse), "postponed");
  const company = smallCompany();
  await loadCompany(lake, company);
  await assertEqualsFacts(lake, company, false);
  assertEquals(await maintainTotals(lake.warehouse), "filled");
  assertEquals(await maintainTotals(lake.warehouse), "unchanged");
  company.sales.set(1, order(1, { units_sold: 7, currency_id: 2 }));
  company.payments.delete(2);
  await put(lake.processed, { fact_sales_order: [company.sales.get(1)!] }, undefined, {
    deleted: { fact_payment: [2] },
  });
  await load(lake);
  await assertEqualsFacts(lake, company);
  assertEquals(await maintainTotals(lake.warehouse), "folded");
  await assertEqualsFacts(lake, company);
  await assertFolded(lake);
});

test("totals of a bulk load, which disables the triggers of foreign keys, are complete", async (lake) => {
  const company = smallCompany();
  await loadCompany(lake, company);
  await maintainTotals(lake.warehouse);
  const many = Array.from(
    { length: 6_000 },
    (_, place) => order(1_000 + place, { units_sold: place }),
  );
  for (const row of many) company.sales.set(row.sales_order_id, row);
  await put(lake.processed, { fact_sales_order: many });
  await load(lake);
  await assertEqualsFacts(lake, company);
});

test("the statements of docs/dashboard.md remove the totals, and loads continue without them", async (lake) => {
  const company = smallCompany();
  await loadCompany(lake, company);
  await maintainTotals(lake.warehouse);
  const page = await Deno.readTextFile(new URL("docs/dashboard.md", ROOT));
  await lake.sql.unsafe(/```sql\n([\s\S]*?)```/.exec(page)![1]);
  const left = await lake.sql`SELECT tgname FROM pg_trigger WHERE tgname LIKE 'daily_total%'
    UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE 'daily_total%'`;
  assertEquals([...left], []);
  company.sales.set(1, order(1, { units_sold: 9 }));
  await put(lake.processed, { fact_sales_order: [company.sales.get(1)!] });
  await load(lake);
  await assertEqualsFacts(lake, company, false);
});

test("tables with the names of the facts that are others, or are truncated, have no old totals", async (lake) => {
  const company = smallCompany();
  await loadCompany(lake, company);
  await maintainTotals(lake.warehouse);
  await lake.sql`TRUNCATE fact_payment`;
  await assertEqualsFacts(lake, { ...company, payments: new Map() });
  await lake.sql`ALTER TABLE fact_payment DISABLE TRIGGER daily_total_insert`;
  await assertEqualsFacts(lake, { ...company, payments: new Map() }, false);
  await lake.sql`ALTER TABLE fact_payment ENABLE ALWAYS TRIGGER daily_total_insert`;
  await lake.sql`CREATE TABLE other (LIKE fact_purchase_orders INCLUDING ALL)`;
  await lake.sql`DROP TABLE fact_purchase_orders CASCADE`;
  await lake.sql`ALTER TABLE other RENAME TO fact_purchase_orders`;
  await load({ ...lake, sourceName: "rates" }); // its views are created again
  const without = { ...company, payments: new Map(), purchases: new Map() };
  await assertEqualsFacts(lake, without, false);
  assertEquals(await maintainTotals(lake.warehouse), "filled");
  await assertEqualsFacts(lake, without);
});

test("a page sees the facts, the totals and their changes after the same commit", async (lake) => {
  const company = smallCompany();
  await loadCompany(lake, company);
  await maintainTotals(lake.warehouse);
  let isDone = false;
  const loading = (async () => {
    for (let units_sold = 1; units_sold <= 12; units_sold++) {
      const changed = [...company.sales.keys()].map((id) => order(id, { units_sold }));
      await put(lake.processed, { fact_sales_order: changed });
      await load(lake);
      await maintainTotals(lake.warehouse);
    }
    isDone = true;
  })();
  while (!isDone) {
    for (const { rows, commit } of await readAll(lake)) {
      const sum = (chart: "revenue" | "countries", column: string) =>
        rows[chart].reduce((total, row) => total + Number(row[column]), 0);
      for (const column of ["orders", "orders_before"]) {
        assertEquals(sum("countries", column), sum("revenue", column));
      }
      // Every commit after the first changes all orders: to the units of its number.
      if (commit.sequence === 1) continue;
      assertEquals(sum("revenue", "units"), sum("revenue", "orders") * (commit.sequence - 1));
    }
  }
  await loading;
});

/** What can happen to the facts. */
type Event = (lake: Lake, company: Company) => Promise<void>;

const id = fc.integer({ min: 1, max: 130 });
const day = fc.integer({ min: 0, max: 800 }).map(daysAgo);
const amount = fc.integer({ min: 0, max: 1_000_000 }).map((cents) => (cents / 100).toFixed(2));
const shared = {
  created_date: day,
  created_time: fc.integer({ min: 0, max: 23 }).map((hour) =>
    `${String(hour).padStart(2, "0")}:30:00`
  ),
  counterparty_id: fc.integer({ min: 1, max: 2 }),
  currency_id: fc.integer({ min: 1, max: 3 }),
  agreed_delivery_location_id: fc.integer({ min: 1, max: 4 }),
};
const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 6 });

function changes<Row, Name extends "sales" | "purchases" | "payments">(
  name: Name,
  table: string,
  row: fc.Arbitrary<Row>,
  make: (id: number, row: Row) => Company[Name] extends Map<number, infer Fact> ? Fact : never,
): fc.Arbitrary<Event> {
  return fc.tuple(few(fc.tuple(id, row)), fc.array(id, { maxLength: 4 })).map(
    ([rows, gone]) => async (lake, company) => {
      const facts = company[name] as Map<number, ReturnType<typeof make>>;
      const changed = new Map(rows.map(([id, row]) => [id, make(id, row)]));
      const deleted = [...new Set(gone)].filter((id) => !changed.has(id) && facts.has(id));
      for (const [id, fact] of changed) facts.set(id, fact);
      for (const id of deleted) facts.delete(id);
      const extras = deleted.length === 0 ? {} : { deleted: { [table]: deleted } };
      await put(lake.processed, { [table]: [...changed.values()] as never[] }, undefined, extras);
      await load(lake);
    },
  );
}

const event: fc.Arbitrary<Event> = fc.oneof(
  changes(
    "sales",
    "fact_sales_order",
    fc.record({
      ...shared,
      unit_price: amount,
      units_sold: fc.nat(1_000),
      design_id: fc.integer({ min: 1, max: 3 }),
      sales_staff_id: fc.integer({ min: 1, max: 3 }),
    }),
    order,
  ),
  changes(
    "purchases",
    "fact_purchase_orders",
    fc.record({
      ...shared,
      item_unit_price: amount,
      item_quantity: fc.nat(1_000),
      staff_id: fc.integer({ min: 1, max: 3 }),
    }),
    purchase,
  ),
  changes(
    "payments",
    "fact_payment",
    fc.record({
      payment_amount: amount,
      payment_date: day,
      paid: fc.boolean(),
      currency_id: shared.currency_id,
      payment_type_id: fc.integer({ min: 1, max: 4 }),
    }),
    payment,
  ),
  // A design gets another name, and a member of staff another department.
  fc.record({
    design: fc.integer({ min: 1, max: 3 }),
    name: fc.constantFrom("Steel", "Wooden", "Glass"),
    staff: fc.integer({ min: 1, max: 3 }),
    department: fc.constantFrom("Sales", "Dispatch"),
  }).map(({ design, name, staff, department }): Event => async (lake, company) => {
    company.designs.set(design, name);
    company.departments.set(staff, department);
    const { dim_design, dim_staff } = dimensionsOf(company);
    await put(lake.processed, { dim_design, dim_staff });
    await load(lake);
  }),
  // Rates of a date arrive, or change.
  fc.record({
    at: day,
    GBP: fc.constantFrom("0.5", "0.8", "1.6"),
    USD: fc.constantFrom("1", "1.6"),
  })
    .map(({ at, ...quotes }): Event => async (lake, company) => {
      company.rates.set(at, quotes);
      await loadRates(lake, new Map([[at, quotes]]));
    }),
  fc.constant<Event>(async ({ warehouse }) => {
    assert(["folded", "unchanged"].includes(await maintainTotals(warehouse)));
  }),
);

Deno.test("pages with daily totals show the facts, of now and before, after any changes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 8 }), async (events) => {
      await using lake = await testLake();
      await using database = await testDatabase("warehouse");
      const { ingestion, processed } = lake;
      const all: Lake = { ingestion, processed, warehouse: database.url, sql: database.sql };
      const company = smallCompany();
      await loadCompany(all, company);
      await maintainTotals(all.warehouse);
      for (const happens of events) await happens(all, company);
      await assertEqualsFacts(all, company);
      await assertEqualsVersions(all);
      await assertFolded(all);
    }),
    { numRuns: propertyRuns({ quick: 2, all: 20 }) },
  );
});
