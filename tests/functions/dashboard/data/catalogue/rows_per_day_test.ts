import { assertEquals } from "@std/assert";
import {
  dateColumnOf,
  RowsPerDay,
} from "../../../../../functions/dashboard/data/catalogue/rows_per_day.ts";
import type { Warehouse } from "../../../../../functions/dashboard/data/warehouse.ts";
import { factSalesTarget, totesys } from "../../../../../schemas/mod.ts";
import { catalogueOf } from "../../../../../sdk/derive/catalogue.ts";
import { createTable } from "../../../../../sdk/derive/ddl.ts";
import type { QueryRow } from "../../../../../sdk/postgres/connection.ts";
import { testDatabase } from "../../../../support/postgres.ts";

const NOW = new Date("2026-11-30T09:00:00Z");
const TARGETS = catalogueOf(totesys).warehouse.find(({ name }) => name === "fact_sales_target")!;

/** A warehouse with a target on each of these dates, which counts its queries. */
async function withTargets(dates: readonly string[]) {
  const database = await testDatabase("warehouse");
  await database.sql.unsafe(createTable(factSalesTarget).join(";"));
  let queries = 0;
  const add = async (date: string) => {
    await database.sql`INSERT INTO fact_sales_target
      VALUES (1, ${crypto.randomUUID()}, 1, ${date}, 'GBP', 1, now())`;
  };
  for (const date of dates) await add(date);
  const warehouse: Warehouse = {
    snapshot: () => Promise.reject(new Error("one query needs no snapshot")),
    query: async <Row extends QueryRow>(text: string, values: readonly unknown[] = []) => {
      queries++;
      return [...await database.sql.unsafe(text, values as string[])] as unknown as Row[];
    },
  };
  return { warehouse, add, queries: () => queries, [Symbol.asyncDispose]: () => database.drop() };
}

Deno.test("RowsPerDay counts 13 weeks up to the newest date that is not of the future", async () => {
  await using targets = await withTargets([
    "2026-08-01",
    "2026-08-23",
    "2026-11-01",
    "2026-11-01",
    "2026-11-21",
    "2099-01-01",
  ]);
  const days = await new RowsPerDay(targets.warehouse).read(TARGETS, "month", NOW, null);
  assertEquals(days, [
    { day: "2026-08-23", rows: 1 },
    { day: "2026-11-01", rows: 2 },
    { day: "2026-11-21", rows: 1 },
  ]);
});

Deno.test("RowsPerDay counts again when the table has changed, or the day", async () => {
  await using targets = await withTargets(["2026-11-01"]);
  const reader = new RowsPerDay(targets.warehouse);
  const rows = async (changed: string | null, now = NOW) =>
    (await reader.read(TARGETS, "month", now, changed)).map(({ rows }) => rows);
  assertEquals(await rows("then"), [1]);
  await targets.add("2026-11-01");
  assertEquals([await rows("then"), targets.queries()], [[1], 1]);
  assertEquals(await rows("later"), [2]);
  await targets.add("2026-12-01");
  assertEquals(await rows("later", new Date("2026-12-01T00:00:00Z")), [2, 1]);
  // Without a history of runs, nobody knows whether it changed.
  assertEquals([await rows(null), await rows(null), targets.queries()], [[2], [2], 5]);
});

Deno.test("dateColumnOf() is the first date of a fact; other tables have none", () => {
  const columns = catalogueOf(totesys).warehouse.map((table) => dateColumnOf(table))
    .filter((column) => column !== undefined);
  assertEquals(columns, ["created_date", "created_date", "created_date", "rate_date", "month"]);
});
