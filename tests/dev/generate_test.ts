import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { sourceTables } from "../../schemas/source_tables.ts";
import type { AnyRow, SourceTableSpec } from "../../schemas/table.ts";
import { timestamp } from "../../dev/simulator/clock.ts";
import { money } from "../../dev/simulator/deals.ts";
import { generate } from "../../dev/simulator/generate.ts";

Deno.test("generate() returns the same rows for the same seed and different ones for another", () => {
  const rows = (seed: number) => {
    const tables = generate({ rows: 300, seed });
    return sourceTables.map(({ name }) => [name, [...tables[name]]]);
  };
  assertEquals(rows(7), rows(7));
  assertNotEquals(rows(7), rows(8));
});

Deno.test("generate() returns the requested number of rows, with 40 purchases per 100 sales", () => {
  const tables = generate({ rows: 1000, seed: 1 });
  const counts = Object.fromEntries(
    sourceTables.map(({ name }) => [name, [...tables[name]].length]),
  );
  assertEquals(counts, {
    address: 30,
    currency: 3,
    department: 8,
    design: 40,
    payment_type: 4,
    counterparty: 20,
    staff: 20,
    sales_order: 1000,
    purchase_order: 400,
    transaction: 1400,
    payment: 1400,
  });
});

Deno.test("generate() fills exactly the columns of each table, with NULL only where allowed", () => {
  const tables = generate({ rows: 100, seed: 3 });
  for (const table of sourceTables as readonly SourceTableSpec[]) {
    for (const row of tables[table.name as "payment"]) {
      assertEquals(Object.keys(row).sort(), Object.keys(table.columns).sort());
      for (const [name, column] of Object.entries(table.columns)) {
        assert(column.nullable || row[name] !== null, `${table.name}.${name} is NULL`);
      }
    }
  }
});

Deno.test("generate() computes payments as quantity times price, to the penny", () => {
  const tables = generate({ rows: 200, seed: 5 });
  const by = (key: string, rows: Iterable<AnyRow>) =>
    new Map(Array.from(rows, (row) => [row[key], row]));
  const sales = by("sales_order_id", tables.sales_order);
  const transactions = by("transaction_id", tables.transaction);
  let seen = 0;
  for (const payment of tables.payment) {
    const sale = sales.get(transactions.get(payment.transaction_id)!.sales_order_id);
    if (!sale) continue;
    const pence = BigInt(sale.units_sold as number) *
      BigInt((sale.unit_price as string).replace(".", ""));
    assertEquals(payment.payment_amount, money(Number(pence)));
    assertMatch(payment.payment_amount as string, /^\d+\.\d\d$/);
    seen++;
  }
  assertEquals(seen, 200);
});

Deno.test("generate() leaves gaps in keys and moves last_updated of some payments only", () => {
  const tables = generate({ rows: 1000, seed: 2 });
  const moved = (rows: Iterable<AnyRow>) =>
    [...rows].filter((row) => row.last_updated !== row.created_at).length;
  const keys = Array.from(tables.sales_order, (row) => row.sales_order_id as number);
  assert(keys[keys.length - 1] > keys.length);
  assertEquals(moved(tables.sales_order), 0);
  assert(moved(tables.payment) > 700 && moved(tables.payment) < 1000);
});

Deno.test("timestamp() prints as Postgres does", () => {
  assertEquals(timestamp(Date.UTC(2022, 10, 3, 14, 20, 49, 962)), "2022-11-03 14:20:49.962");
  assertEquals(timestamp(Date.UTC(2022, 10, 3, 4, 5, 6, 20)), "2022-11-03 04:05:06.02");
  assertEquals(timestamp(Date.UTC(2022, 10, 3, 10, 0, 0, 0)), "2022-11-03 10:00:00");
});
