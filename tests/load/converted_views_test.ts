/** Amounts in the reference currency: the views that a load maintains. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { factSalesOrder, type Model, totesys } from "../../schemas/mod.ts";
import { convertedViews } from "../../sdk/derive/converted_views.ts";
import { createTable } from "../../sdk/derive/ddl.ts";
import { everyTable } from "../../sdk/derive/source_model.ts";
import { ConfigurationError } from "../../sdk/errors.ts";
import { load } from "../../sdk/load/load.ts";
import { updateViews } from "../../sdk/load/derived_views.ts";
import { connect } from "../../sdk/postgres/connection.ts";
import { calendarRow } from "../support/models.ts";
import { testDatabase } from "../support/postgres.ts";
import { propertyRuns, slowTest } from "../support/slow.ts";
import { deliver, rate, target } from "./documents.ts";
import { FILES, type Lake, RATES, test } from "./lakes.ts";
import { currency, put, sale, star } from "./star.ts";

const DOLLAR = { ...currency(2, "US Dollar"), currency_code: "USD" };

/** Loads an order in dollars and one in pounds, of 2022-11-03, and the rates of two days. */
async function loadBoth(lake: Lake): Promise<void> {
  const { dim_currency, ...rest } = star([sale(1), sale(2, { currency_id: 2 })]);
  await put(lake.processed, { ...rest, dim_currency: [...dim_currency, DOLLAR] });
  await load(lake);
  await deliverRates(lake, "2022-11-01", { GBP: "0.8", USD: "1.6" });
  await deliverRates(lake, "2022-11-04", { GBP: "0.8", USD: "3.2" });
  await load({ ...lake, ...RATES });
}

async function deliverRates(lake: Lake, date: string, rates: Record<string, string>) {
  const rows = Object.entries(rates).map(([quote, value]) => rate(date, quote, value));
  await deliver(lake, "rates", { name: `${date}/eur`, rows });
}

const converted = async ({ sql }: Lake) =>
  (await sql`
    SELECT sales_order_id AS id, reference_currency AS currency, rate::float8,
      rate_date::text, unit_price_converted::float8 AS price
    FROM fact_sales_order_converted ORDER BY 1`).map((row) => Object.values(row));

const views = async ({ sql }: Lake) =>
  (await sql`SELECT viewname AS name FROM pg_views WHERE schemaname = 'public' ORDER BY 1`)
    .map(({ name }) => name).filter((name) => !name.endsWith("_versions"));

test("amounts are converted by the last rate on or before the date, which the view shows", async (lake) => {
  await loadBoth(lake);
  assertEquals(await converted(lake), [
    [1, "GBP", 1, "2022-11-01", 3.94],
    [2, "GBP", 0.5, "2022-11-01", 1.97],
  ]);
  await deliverRates(lake, "2022-11-03", { GBP: "0.8", USD: "0.8" });
  await load({ ...lake, ...RATES });
  assertEquals((await converted(lake))[1], [2, "GBP", 1, "2022-11-03", 3.94]);
});

test("an amount without a rate before it is NULL, unless it is in the reference currency", async (lake) => {
  const { dim_currency, ...rest } = star([sale(1), sale(2, { currency_id: 2 })]);
  await put(lake.processed, { ...rest, dim_currency: [...dim_currency, DOLLAR] });
  await load(lake);
  await deliverRates(lake, "2022-11-04", { GBP: "0.8", USD: "1.6" });
  await load({ ...lake, ...RATES });
  assertEquals(await converted(lake), [
    [1, "GBP", 1, null, 3.94],
    [2, "GBP", null, null, null],
  ]);
});

test("the views of a source appear when the tables that they need exist", async (lake) => {
  await deliverRates(lake, "2022-11-01", { GBP: "0.8", USD: "1.6" });
  await load({ ...lake, ...RATES });
  assertEquals(await views(lake), ["exchange_rate_on"]);
  await put(lake.processed, star([sale(1)]));
  await load(lake);
  const ofDatabase = ["payment", "purchase_orders", "sales_order"].map((name) =>
    `fact_${name}_converted`
  );
  assertEquals(await views(lake), ["exchange_rate_on", ...ofDatabase]);
  await deliver(lake, "files", {
    name: "a.csv",
    rows: [target("a.csv", 1, { month: "2022-11-01", currency_code: "EUR" })],
  });
  await load({ ...lake, ...FILES });
  const [{ price, rate_date }] = await lake.sql`
    SELECT target_converted::float8 AS price, rate_date::text FROM fact_sales_target_converted`;
  assertEquals([price, rate_date], [800, "2022-11-01"]);
});

test("another reference currency replaces the views at the next load, also without a commit", async (lake) => {
  await loadBoth(lake);
  await lake.sql`CREATE VIEW mine AS SELECT * FROM fact_sales_order_converted`;
  await load({ ...lake, referenceCurrency: "EUR" });
  assertEquals(await converted(lake), [
    [1, "EUR", 1.25, "2022-11-01", 4.925],
    [2, "EUR", 0.625, "2022-11-01", 2.4625],
  ]);
  await assertRejects(
    () => load({ ...lake, referenceCurrency: "pounds'" }),
    ConfigurationError,
    "is not a currency code",
  );
});

test("a view that is the same is left alone, and so is one that is not the loader's", async (lake) => {
  await loadBoth(lake);
  const oid = async (name: string) =>
    (await lake.sql`SELECT xmin::text FROM pg_class WHERE oid = to_regclass(${name})`)[0].xmin;
  const before = await oid("fact_sales_order_converted");
  await lake.sql`DROP VIEW fact_payment_converted`;
  await lake.sql`CREATE TABLE fact_payment_converted (mine integer)`;
  await load({ ...lake, ...RATES });
  await load(lake);
  assertEquals(await oid("fact_sales_order_converted"), before);
  assertEquals([...await lake.sql`SELECT mine FROM fact_payment_converted`], []);
});

test("a column that gets wider does not stop at a view, and readers keep their rights", async (lake) => {
  const role = `reader_${crypto.randomUUID().slice(0, 8)}`;
  const unit_price = { type: "numeric", precision: 6, scale: 2 } as const;
  const currency_code = { type: "text", maxLength: 3 } as const;
  const narrow: Model = {
    ...totesys,
    warehouse: totesys.warehouse.map((table) => {
      if (table.name === "dim_currency") {
        return { ...table, columns: { ...table.columns, currency_code } };
      }
      if (table.name !== "fact_sales_order") return table;
      return { ...factSalesOrder, columns: { ...factSalesOrder.columns, unit_price } };
    }),
  };
  await put(lake.processed, star([sale(1)]), narrow);
  await load({ ...lake, model: narrow });
  await deliverRates(lake, "2022-11-01", { GBP: "0.8" });
  await load({ ...lake, ...RATES, model: narrow });
  await lake.sql.unsafe(`CREATE ROLE "${role}"; GRANT SELECT ON fact_sales_order_converted TO
    "${role}"`);
  try {
    await put(lake.processed, { fact_sales_order: [sale(2, { unit_price: "12345678.90" })] });
    await load(lake);
    assertEquals((await converted(lake)).map(([id, , , , price]) => [id, price]), [
      [1, 3.94],
      [2, 12345678.9],
    ]);
    const [{ granted }] = await lake.sql`
      SELECT has_table_privilege(${role}, 'fact_sales_order_converted', 'SELECT') AS granted`;
    assert(granted);
  } finally {
    await lake.sql.unsafe(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
  }
});

const DAYS = Array.from({ length: 8 }, (_, day) => `2026-11-0${day + 1}`);
const CODES = ["GBP", "USD", "EUR", "JPY"];

/** What every row of the view must be, one at a time. Rates are quoted against one base or several. */
const OBVIOUS = `WITH quoted AS (
  SELECT rate_date, base_currency AS base, quote_currency AS code, rate FROM fact_exchange_rate
  UNION SELECT rate_date, base_currency, base_currency, 1 FROM fact_exchange_rate)
SELECT sales_order_id AS id, f.unit_price * CASE currency_code WHEN 'GBP' THEN 1 ELSE r.rate END AS price,
  r.rate_date::text
FROM fact_sales_order f JOIN dim_currency USING (currency_id) LEFT JOIN LATERAL (
  SELECT a.rate_date, b.rate / a.rate AS rate FROM quoted a JOIN quoted b USING (rate_date, base)
  WHERE a.code = currency_code AND b.code = 'GBP' AND a.rate_date <= f.created_date
    AND a.rate > 0 AND b.rate > 0
  ORDER BY a.rate_date DESC, base LIMIT 1) r ON true
ORDER BY 1`;

Deno.test("the views convert like one look-up for each row", async () => {
  await using database = await testDatabase("converted");
  const { sql, url } = database;
  const all = everyTable(totesys);
  await sql.unsafe(all.flatMap(createTable).join(";"));
  await using warehouse = connect(url);
  await updateViews(warehouse, convertedViews(all));
  await insert(sql, "dim_date", DAYS.map(calendarRow));
  const currencies = CODES.map((currency_code, id) => ({ ...currency(id), currency_code }));
  await insert(sql, "dim_currency", currencies);
  await fc.assert(
    fc.asyncProperty(quotes(), fc.array(orders(), { maxLength: 20 }), async (rates, orders) => {
      await sql`TRUNCATE fact_exchange_rate, fact_sales_order`;
      await insert(sql, "fact_exchange_rate", rates);
      await insert(sql, "fact_sales_order", orders.map((order, id) => ({ ...sale(id), ...order })));
      const found = await sql`SELECT sales_order_id AS id, unit_price_converted AS price,
        rate_date::text FROM fact_sales_order_converted ORDER BY 1`;
      assertEquals([...found], [...await sql.unsafe(OBVIOUS)]);
    }),
    { numRuns: propertyRuns({ quick: 60, all: 1000 }) },
  );
});

slowTest("four years of 160 currencies are carried to every date within seconds", async () => {
  await using database = await testDatabase("converted");
  const { sql, url } = database;
  const all = everyTable(totesys);
  await sql.unsafe(all.flatMap(createTable).join(";"));
  await using warehouse = connect(url);
  await updateViews(warehouse, convertedViews(all));
  await sql.unsafe(`
    INSERT INTO dim_date SELECT '2023-01-01'::date + day, 1, 1, 1, 1, '', '', 1
      FROM generate_series(0, 1459) day;
    INSERT INTO fact_exchange_rate SELECT 0, '', date_id, 'EUR', 'X' || code, 1 + code, '', now()
      FROM dim_date, generate_series(1, 160) code WHERE extract(day FROM date_id) <> 10;
    UPDATE fact_exchange_rate SET quote_currency = 'GBP' WHERE quote_currency = 'X160';
    ANALYZE`);
  const started = Date.now();
  const [{ rows }] = await sql`SELECT count(*)::int AS rows FROM exchange_rate_on`;
  assertEquals(rows, 1460 * 161);
  const elapsed_ms = Date.now() - started;
  // Joining each date with each earlier one takes minutes.
  assert(elapsed_ms < 15_000, `${elapsed_ms} ms`);
});

function quotes() {
  const quote = fc.record({
    rate_date: fc.constantFrom(...DAYS),
    base_currency: fc.constantFrom("EUR", "USD"),
    quote_currency: fc.constantFrom(...CODES),
    rate: fc.constantFrom("0", "0.00000004", "0.857", "1", "1.13607202", "178.9055", "100000000"),
  }).filter((row) => row.base_currency !== row.quote_currency);
  const selector = (row: { rate_date: string; base_currency: string; quote_currency: string }) =>
    `${row.rate_date} ${row.base_currency} ${row.quote_currency}`;
  return fc.uniqueArray(quote, { selector, maxLength: 30 }).map((rows) =>
    rows.map((row) => ({ ...row, exchange_rate_id: selector(row), provider: "" }))
  );
}

function orders() {
  return fc.record({
    created_date: fc.constantFrom(...DAYS),
    currency_id: fc.integer({ min: 0, max: CODES.length - 1 }),
    unit_price: fc.constantFrom("0.00", "0.01", "3.94", "99999999.99", "-1.10"),
  });
}

/** Inserts rows, with what the loader adds to those of facts. */
async function insert(
  sql: Lake["sql"],
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const stored = rows.map((row, id) => ({
    ...row,
    sales_record_id: id,
    exchange_rate_record_id: id,
    valid_from: "2026-11-30T00:00:00Z",
  }));
  await sql.unsafe(
    `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1::text::jsonb)`,
    [JSON.stringify(stored)],
  );
}
