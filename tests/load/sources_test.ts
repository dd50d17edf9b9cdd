import { assertEquals } from "@std/assert";
import { totesys } from "../../schemas/mod.ts";
import { load } from "../../sdk/load/load.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { deliver, rate, target, type Zones } from "./documents.ts";
import { type Loading, put, quarantined, sale, staffMember, star } from "./star.ts";

const FILES = { sourceName: "files" };
const RATES = { sourceName: "rates" };

interface Lake extends Loading, Zones {}

function test(name: string, body: (lake: Lake) => Promise<void>): void {
  Deno.test(name, async () => {
    await using lake = await testLake();
    await using database = await testDatabase("warehouse");
    const { ingestion, processed } = lake;
    const { url: warehouse, sql } = database;
    await withTimeout(120_000, body({ ingestion, processed, warehouse, sql }));
  });
}

const keysOf = async ({ sql }: Lake) =>
  (await sql`SELECT sales_target_id AS key FROM fact_sales_target ORDER BY 1`).map(({ key }) =>
    key
  );
const appliedOf = async ({ sql }: Lake) =>
  (await sql`SELECT source, sequence::int FROM etl.applied_commit ORDER BY 1, 2`)
    .map(({ source, sequence }) => `${source} ${sequence}`);

test("load() counts the commits of each source on its own", async (lake) => {
  await put(lake.processed, star([sale(1)]));
  await deliver(lake, "files", { name: "a.csv", rows: [target("a.csv", 1)] });
  await deliver(lake, "files", { name: "b.csv", rows: [target("b.csv", 1)] });
  await deliver(lake, "rates", {
    name: "2026-11-30/eur",
    rows: [rate("2026-11-30", "GBP", "0.88")],
  });
  assertEquals((await load(lake)).sequence, 1);
  assertEquals((await load({ ...lake, ...FILES })).sequence, 2);
  assertEquals((await load({ ...lake, ...RATES })).commits.length, 1);
  assertEquals(await appliedOf(lake), ["database 1", "files 1", "files 2", "rates 1"]);
  assertEquals(await keysOf(lake), ["a.csv/000000000001", "b.csv/000000000001"]);
  const rates = await lake.sql`SELECT rate, rate_date::text FROM fact_exchange_rate`;
  assertEquals(rates.map((row) => ({ ...row })), [{ rate: "0.88", rate_date: "2026-11-30" }]);
  assertEquals((await load({ ...lake, ...FILES })).commits, []);
  assertEquals(await quarantined(lake.sql), []);
});

test("load() of a source creates its tables and those they refer to, and no others", async (lake) => {
  await deliver(lake, "files", { name: "a.csv", rows: [target("a.csv", 1)] });
  await load({ ...lake, ...FILES });
  const tables = await lake
    .sql`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`;
  assertEquals(tables.map(({ tablename }) => tablename), [
    "dim_date",
    "dim_staff",
    "fact_sales_target",
    "fact_sales_target_history",
  ]);
});

test("a target for an unknown member of staff waits until the database has loaded them", async (lake) => {
  await deliver(lake, "files", {
    name: "a.csv",
    rows: [target("a.csv", 1), target("a.csv", 2, { staff_id: 2 })],
  });
  await load({ ...lake, ...FILES });
  assertEquals(await quarantined(lake.sql), [
    "fact_sales_target a.csv/000000000001: sales_staff_id refers to dim_staff 1, which is missing",
    "fact_sales_target a.csv/000000000002: sales_staff_id refers to dim_staff 2, which is missing",
  ]);
  await put(lake.processed, star([sale(1)]));
  await load(lake);
  assertEquals(await keysOf(lake), ["a.csv/000000000001"]);
  await put(lake.processed, { dim_staff: [staffMember(2)] });
  await load(lake);
  assertEquals(await keysOf(lake), ["a.csv/000000000001", "a.csv/000000000002"]);
  assertEquals(await quarantined(lake.sql), []);
});

test("load() of a source without new commits releases targets whose staff has arrived", async (lake) => {
  await deliver(lake, "files", { name: "a.csv", rows: [target("a.csv", 1)] });
  await load({ ...lake, ...FILES });
  await put(lake.processed, star([sale(1)]));
  const { sources: _, ...database } = totesys;
  await load({ ...lake, model: database });
  assertEquals(await keysOf(lake), []);
  const { commits, sequence } = await load({ ...lake, ...FILES });
  assertEquals([commits, sequence], [[], 1]);
  assertEquals(await keysOf(lake), ["a.csv/000000000001"]);
  assertEquals(await quarantined(lake.sql), []);
  assertEquals(await appliedOf(lake), ["database 1", "files 1"]);
});

test("a member of staff that only a target refers to is marked as deleted, and stays", async (lake) => {
  await put(lake.processed, {
    ...star([]),
    dim_staff: [staffMember(1), staffMember(2), staffMember(3)],
  });
  await deliver(lake, "files", { name: "a.csv", rows: [target("a.csv", 1, { staff_id: 2 })] });
  await load(lake);
  await load({ ...lake, ...FILES });
  await put(lake.processed, {}, totesys, { deleted: { dim_staff: [2, 3] } });
  await load(lake);
  const staff = await lake
    .sql`SELECT staff_id AS id, deleted_at IS NOT NULL AS deleted FROM dim_staff ORDER BY 1`;
  assertEquals(staff.map((row) => ({ ...row })), [{ id: 1, deleted: false }, {
    id: 2,
    deleted: true,
  }]);
});
