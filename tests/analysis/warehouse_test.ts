import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dimCurrency, dimDate, dimLocation, factSalesOrder } from "../../schemas/mod.ts";
import type { FactSalesOrder, FactSpec } from "../../schemas/mod.ts";
import { ConfigurationError, openWarehouse, totesys, WarehouseError } from "../../sdk/mod.ts";
import { load } from "../../sdk/load/load.ts";
import { currency, type Loading, put, sale, sales, star, test } from "../load/star.ts";
import { takenAt } from "../transform/batches.ts";

/** Loads two versions of order 1, one of order 2, which is deleted, and a currency that is deleted. */
async function loadHistory(loading: Loading): Promise<void> {
  const { processed } = loading;
  const { dim_currency, ...rest } = star([sale(1), sale(2, { currency_id: 2 })]);
  await put(processed, { ...rest, dim_currency: [...dim_currency, currency(2, "Euro")] });
  await put(processed, { fact_sales_order: [sale(1, { unit_price: "5.00" })] });
  const deleted = { fact_sales_order: [2], dim_currency: [2] };
  await put(processed, {}, totesys, { deleted });
  await load(loading);
}

const summary = ({ sales_order_id, unit_price }: FactSalesOrder) => [sales_order_id, unit_price];

test("openWarehouse() reads typed rows, all at once, one by one and as columns", async (loading) => {
  await loadHistory(loading);
  await using warehouse = openWarehouse(loading.warehouse);
  const orders = warehouse.read(factSalesOrder);
  const [order, ...others] = await orders.all();
  assertEquals(others, []);
  const price: string = order.unit_price;
  assertEquals({ ...order }, { ...sale(1, { unit_price: "5.00" }), valid_from: takenAt(2) });
  assertEquals(price, "5.00");
  for await (const one of orders) assertEquals(one, order);
  const { units_sold, unit_price, valid_from } = await orders.columns();
  const units: Int32Array = units_sold;
  assertEquals([units, unit_price, valid_from], [Int32Array.of(10), ["5.00"], [takenAt(2)]]);
  const currencies = await warehouse.read(dimCurrency).all();
  assertEquals(currencies.map(({ deleted_at }) => deleted_at).sort(), [null, takenAt(3)].sort());
  const [{ date_id }] = await warehouse.read(dimDate, { where: { month: 11, day: 3 } }).all();
  assertEquals(date_id, "2022-11-03");
});

test("openWarehouse() reads a fact as of any time, and every version of a row", async (loading) => {
  await loadHistory(loading);
  await using warehouse = openWarehouse(loading.warehouse);
  const at = async (asOf: string | Date) =>
    (await warehouse.read(factSalesOrder, { asOf }).all()).map(summary).sort();
  assertEquals(await at(takenAt(0)), []);
  assertEquals(await at(takenAt(1)), [[1, "3.94"], [2, "3.94"]]);
  assertEquals(await at(new Date(takenAt(2))), [[1, "5.00"], [2, "3.94"]]);
  assertEquals(await at(takenAt(2).replace("Z", "+00:00")), [[1, "5.00"], [2, "3.94"]]);
  assertEquals(await at(takenAt(3)), [[1, "5.00"]]);
  const versions = await warehouse.history(factSalesOrder, 1);
  assertEquals(
    versions.map(({ unit_price, valid_from, valid_to }) => [unit_price, valid_from, valid_to]),
    [
      ["3.94", takenAt(1), takenAt(2)],
      ["5.00", takenAt(2), null],
    ],
  );
  assertEquals((await warehouse.history(factSalesOrder, 9)).length, 0);
});

test("openWarehouse() selects rows by values, several values and NULL", async (loading) => {
  await put(loading.processed, star(sales(5)));
  await load(loading);
  await using warehouse = openWarehouse(loading.warehouse);
  const ids = async (where: Record<string, number | string | number[]>) =>
    (await warehouse.read(factSalesOrder, { where }).all()).map((row) => row.sales_order_id);
  assertEquals(await ids({ sales_order_id: [2, 4], unit_price: "3.940" }), [2, 4]);
  assertEquals(await ids({ sales_order_id: 5, created_date: "2022-11-03" }), [5]);
  assertEquals(await ids({ sales_order_id: [] }), []);
  const where = { district: null, city: "city" };
  assertEquals((await warehouse.read(dimLocation, { where }).all()).length, 1);
  assertThrows(
    () => warehouse.read(factSalesOrder as FactSpec, { where: { 'x"; DROP TABLE y': 1 } }),
    ConfigurationError,
    "has no column",
  );
});

test("openWarehouse() runs queries with values, and checks the types that are asked for", async (loading) => {
  await put(loading.processed, star(sales(3)));
  await load(loading);
  await using warehouse = openWarehouse(loading.warehouse);
  const [row] = await warehouse.query(
    `SELECT count(*) AS orders, sum(unit_price * units_sold) AS revenue, max(created_date) AS last,
      bool_and(units_sold = $1) AS same, NULL::int AS nothing FROM fact_sales_order`,
    [10],
    {
      types: {
        orders: "integer",
        revenue: "numeric",
        last: "date",
        same: "boolean",
        nothing: "integer",
      },
    },
  );
  const orders: number | null = row.orders;
  assertEquals(orders, 3);
  const rest = { revenue: "118.20", last: "2022-11-03", same: true, nothing: null };
  assertEquals(row, { orders, ...rest });
  const [untyped] = await warehouse.query<{ n: string }>("SELECT count(*) AS n FROM dim_date");
  assertEquals(untyped.n, "3");
  const wrong = (sql: string) => warehouse.query(sql, [], { types: { n: "date" } });
  await assertRejects(
    () => wrong("SELECT 1 AS n"),
    WarehouseError,
    "n has the value 1, which is no date",
  );
  await assertRejects(() => wrong("SELECT 'soon' AS n"), WarehouseError, "which is no date");
  await assertRejects(() => wrong("SELECT 1 AS m"), WarehouseError, "the query has no column n");
  await assertRejects(() => warehouse.query("SELECT * FROM nothing"), WarehouseError, "nothing");
});

test("openWarehouse() writes nothing, and continues after a read that ends early or fails", async (loading) => {
  await put(loading.processed, star(sales(3_000)));
  await load(loading);
  await using warehouse = openWarehouse(loading.warehouse);
  await assertRejects(
    () => warehouse.query("DELETE FROM fact_sales_order"),
    WarehouseError,
    "read-only",
  );
  for await (const _ of warehouse.read(factSalesOrder)) break;
  const both = [warehouse.read(factSalesOrder).all(), warehouse.read(factSalesOrder).all()];
  assertEquals((await Promise.all(both)).map(({ length }) => length), [3_000, 3_000]);
  const gone = { ...factSalesOrder, name: "fact_gone" } as const;
  await assertRejects(() => warehouse.read(gone).all(), WarehouseError, "fact_gone");
  assertEquals((await warehouse.read(factSalesOrder).all()).length, 3_000);
});

test("openWarehouse() shows one snapshot, however long a read takes", async (loading) => {
  await put(loading.processed, star(sales(2_500)));
  await load(loading);
  await using warehouse = openWarehouse(loading.warehouse);
  const prices = new Set<string>();
  for await (const { unit_price } of warehouse.read(factSalesOrder)) {
    if (prices.size === 0) {
      await put(loading.processed, { fact_sales_order: sales(2_500, { unit_price: "9.00" }) });
      await load(loading);
    }
    prices.add(unit_price);
  }
  assertEquals([...prices], ["3.94"]);
});

Deno.test("openWarehouse() refuses an address that is malformed or not encrypted, and asOf where no versions are", async () => {
  assertThrows(() => openWarehouse("warehouse"), ConfigurationError, "is not a URL");
  assertThrows(
    () => openWarehouse("postgres://a:secret@db.example.com/x?sslmode=prefer"),
    ConfigurationError,
    "sslmode=prefer",
  );
  await using warehouse = openWarehouse("postgres://a@127.0.0.1/x");
  assertThrows(
    // @ts-expect-error: a dimension has no versions in the warehouse
    () => warehouse.read(dimCurrency, { asOf: new Date() }),
    ConfigurationError,
  );
  const refused = (table: typeof factSalesOrder, asOf: string) =>
    assertThrows(() => warehouse.read(table, { asOf }), ConfigurationError);
  assert(
    refused(dimCurrency as never, "2026-11-30T00:00:00Z").message.includes(
      "dim_currency is no fact",
    ),
  );
  for (const asOf of ["yesterday", "2026-11-30", "2026-11-30T09:00:00", "2026-13-01T00:00:00Z"]) {
    assert(refused(factSalesOrder, asOf).message.includes(`"${asOf}" is not an instant`));
  }
});
