import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { totesys } from "../../schemas/mod.ts";
import { ConfigurationError, DamagedObjectError } from "../../sdk/errors.ts";
import { sourceStore } from "../../sdk/lake/source_store.ts";
import { load } from "../../sdk/load/load.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { propertyRuns } from "../support/slow.ts";
import { DAMAGE, fileOf } from "../support/tamper.ts";
import { processedCommits } from "../transform/batches.ts";
import { backendAfter } from "./backends.ts";
import { deliver, rate, target } from "./documents.ts";
import { FILES, type Lake, RATES, test } from "./lakes.ts";
import {
  anotherWarehouse,
  contents,
  put,
  quarantined,
  sale,
  sales,
  staffMember,
  star,
} from "./star.ts";

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

test("a row of a document that goes to quarantine leaves nothing of the row before at its place", async (lake) => {
  await put(lake.processed, star([sale(1)]));
  await load(lake);
  const [first, second, third] = [1, 2, 3].map((record) => target("a.csv", record));
  await deliver(lake, "files", { name: "a.csv", rows: [first, second, third] });
  await load({ ...lake, ...FILES });
  const unknown = target("a.csv", 1, { staff_id: 9 });
  const invalid = target("a.csv", 2, { month: "soon" });
  await deliver(lake, "files", { name: "a.csv", rows: [unknown, invalid, third] });
  await load({ ...lake, ...FILES });
  assertEquals(await keysOf(lake), ["a.csv/000000000003"]);
  const waiting = await lake.sql`SELECT key FROM etl.quarantine ORDER BY 1`;
  assertEquals(waiting.map(({ key }) => key), ["a.csv/000000000001", "a.csv/000000000002"]);
  const history = await lake.sql`
    SELECT sales_target_id AS key, valid_to > valid_from AS ended FROM fact_sales_target_history ORDER BY 1`;
  assertEquals(history.map((row) => ({ ...row })), [
    { key: "a.csv/000000000001", ended: true },
    { key: "a.csv/000000000002", ended: true },
  ]);
  await deliver(lake, "files", { name: "a.csv", rows: [first, second, third] });
  await load({ ...lake, ...FILES });
  assertEquals((await keysOf(lake)).length, 3);
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

test("a source is loaded between the parts of the database's first load", async (lake) => {
  const part = { incomplete: ["fact_sales_order"] };
  await put(lake.processed, { ...star(sales(50)), dim_staff: [] }, totesys, part);
  await load(lake);
  await deliver(lake, "files", { name: "a.csv", rows: [target("a.csv", 1)] });
  await load({ ...lake, ...FILES });
  await put(lake.processed, { fact_sales_order: [sale(51)] }, totesys, part);
  await load(lake);
  const isBare = async (table: string) =>
    (await lake.sql`SELECT FROM pg_index WHERE indrelid = ${table}::regclass`).length === 0;
  assertEquals([await isBare("fact_sales_order"), await isBare("fact_sales_target")], [
    true,
    false,
  ]);
  await put(lake.processed, { dim_staff: [staffMember(1)] });
  await load(lake);
  assertEquals(await quarantined(lake.sql), []);
  assertEquals(await keysOf(lake), ["a.csv/000000000001"]);
  const [{ orders }] = await lake.sql`SELECT count(*)::int AS orders FROM fact_sales_order`;
  assertEquals([orders, await isBare("fact_sales_order")], [51, false]);
});

test("a damaged commit of one source stops that source only", async (lake) => {
  await put(lake.processed, star([sale(1)]));
  await deliver(lake, "files", { name: "a.csv", rows: [target("a.csv", 1)] });
  await deliver(lake, "rates", {
    name: "2026-11-30/eur",
    rows: [rate("2026-11-30", "GBP", "0.88")],
  });
  const files = sourceStore(lake.processed, "files");
  const [{ tables }] = await processedCommits(files);
  await DAMAGE["a flipped bit"](fileOf(files, tables.fact_sales_target.key));
  await assertRejects(() => load({ ...lake, ...FILES }), DamagedObjectError);
  assertEquals((await load(lake)).sequence, 1);
  assertEquals((await load({ ...lake, ...RATES })).sequence, 1);
  await put(lake.processed, { fact_sales_order: [sale(2)] });
  assertEquals((await load(lake)).sequence, 2);
  await assertRejects(() => load({ ...lake, ...FILES }), DamagedObjectError);
  assertEquals(await appliedOf(lake), ["database 1", "database 2", "rates 1"]);
});

test("a damaged commit of the database does not stop the other sources", async (lake) => {
  const { tables } = await put(lake.processed, star([sale(1)]));
  await DAMAGE["a missing file"](fileOf(lake.processed, tables.fact_sales_order.key));
  await deliver(lake, "rates", {
    name: "2026-11-30/eur",
    rows: [rate("2026-11-30", "GBP", "0.88")],
  });
  await assertRejects(() => load(lake), DamagedObjectError);
  assertEquals((await load({ ...lake, ...RATES })).sequence, 1);
});

test("loaders of every source at once, several of each, equal one after another", async (lake) => {
  await put(lake.processed, { ...star(sales(50)), dim_staff: [staffMember(1), staffMember(2)] });
  await load(lake);
  for (let day = 1; day <= 4; day++) {
    const date = `2026-11-0${day}`;
    await put(lake.processed, { fact_sales_order: sales(50, { units_sold: day }) });
    const name = `${day}.csv`;
    await deliver(lake, "files", {
      name,
      rows: [target(name, 1), target(name, 2, { staff_id: 2 })],
    });
    await deliver(lake, "rates", { name: `${date}/eur`, rows: [rate(date, "GBP", `0.8${day}`)] });
  }
  const [warehouse, options] = [lake.warehouse, [{}, FILES, RATES]];
  const loaders = [...options, ...options, ...options];
  const results = await Promise.all(loaders.map((one) => load({ ...lake, ...one, warehouse })));
  assertEquals(
    results.map(({ sequence }) => sequence),
    loaders.map((one) => one === options[0] ? 5 : 4),
  );
  assertEquals(results.flatMap(({ commits }) => commits).length, 12);
  await anotherWarehouse(async (warehouse, sql) => {
    for (const one of options) await load({ ...lake, ...one, warehouse });
    assertEquals(await contents(lake.sql), await contents(sql));
  });
});

test("a later load completes one of a second source whose backend was terminated anywhere", async (lake) => {
  const { sql } = lake;
  await put(lake.processed, star(sales(10)));
  await load(lake);
  const many = Array.from({ length: 2_000 }, (_, record) => target("a.csv", record));
  await deliver(lake, "files", { name: "a.csv", rows: many });
  await deliver(lake, "files", {
    name: "a.csv",
    rows: many.slice(0, 1_000).map((row) => ({ ...row, target: "5.00" })),
    deleted: many.slice(1_000).map(({ sales_target_id }) => String(sales_target_id)),
  });
  let interrupted = 0;
  for (let wait_ms = 1;; wait_ms = wait_ms * 1.2 + 1) {
    const attempt = load({ ...lake, ...FILES }).then(() => "done", () => "interrupted");
    const pid = await backendAfter(sql, wait_ms, attempt);
    if (pid !== undefined) await sql`SELECT pg_terminate_backend(${pid})`;
    if (await attempt === "done") break;
    interrupted++;
    const [{ found }] = await sql`SELECT to_regclass('fact_sales_target') IS NOT NULL AS found`;
    const applied = (await appliedOf(lake)).filter((one) => one.startsWith("files")).length;
    assertEquals(found, applied > 0);
    if (found) assertEquals((await keysOf(lake)).length, [0, 2_000, 1_000][applied]);
  }
  assert(interrupted >= 3, `${interrupted} attempts were interrupted`);
  await anotherWarehouse(async (warehouse, sql) => {
    await load({ ...lake, warehouse });
    await load({ ...lake, ...FILES, warehouse });
    assertEquals(await contents(lake.sql), await contents(sql));
  });
});

const step = fc.oneof(
  fc.record({
    act: fc.constant("deliver" as const),
    file: fc.nat(2),
    staff: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
  }),
  fc.record({ act: fc.constant("hire" as const), staff: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ act: fc.constant("dismiss" as const), staff: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ act: fc.constant("load" as const), source: fc.constantFrom("database", "files") }),
);

Deno.test("each target is in its fact or waits for its staff, in any order of commits and loads", async () => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 4, maxLength: 20 }),
    async (steps) => {
      await using zones = await testLake();
      await using database = await testDatabase("warehouse");
      const lake: Lake = { ...zones, warehouse: database.url, sql: database.sql };
      await put(lake.processed, { ...star([]), dim_staff: [] });
      const known = new Set<number>(); // members of staff that the warehouse has, deleted or not
      const hired = new Set<number>();
      const files = new Map<string, Map<string, number>>();
      await drop(lake, files, "0.csv", []);
      for (const one of steps) {
        if (one.act === "load") await load({ ...lake, sourceName: one.source });
        else if (one.act === "deliver") await drop(lake, files, `${one.file}.csv`, one.staff);
        else if (one.act === "hire") {
          hired.add(one.staff);
          await put(lake.processed, { dim_staff: [staffMember(one.staff)] });
        } else if (hired.delete(one.staff)) {
          await put(lake.processed, {}, totesys, { deleted: { dim_staff: [one.staff] } });
        }
      }
      await load(lake);
      await load({ ...lake, ...FILES });
      const staff = await lake.sql`SELECT staff_id FROM dim_staff`;
      for (const { staff_id } of staff) known.add(staff_id);
      const all = [...files.values()].flatMap((rows) => [...rows]);
      const waiting = all.filter(([, staff]) => !known.has(staff)).map(([key]) => key);
      const quarantine = await lake.sql`SELECT key FROM etl.quarantine ORDER BY 1`;
      assertEquals(quarantine.map(({ key }) => key), waiting.sort());
      // While a version waits, the fact keeps the one before.
      const facts = await lake.sql`SELECT sales_target_id AS key, sales_staff_id AS staff
      FROM fact_sales_target WHERE sales_target_id NOT IN (SELECT key FROM etl.quarantine)`;
      const present = all.filter(([, staff]) => known.has(staff));
      assertEquals(new Map(facts.map(({ key, staff }) => [key, staff])), new Map(present));
      for (const id of hired) assert(known.has(id), `member of staff ${id} is missing`);
      const once = await contents(lake.sql);
      await load({ ...lake, ...FILES });
      await load(lake);
      assertEquals(await contents(lake.sql), once);
    },
  );
  await fc.assert(property, { numRuns: propertyRuns({ quick: 6, all: 40 }), endOnFailure: true });
});

/** Writes a version of a file with a target for each of these members of staff. */
async function drop(
  lake: Lake,
  files: Map<string, Map<string, number>>,
  name: string,
  staff: readonly number[],
): Promise<void> {
  const rows = staff.map((staff_id, record) => target(name, record, { staff_id }));
  const before = files.get(name) ?? new Map();
  const now = new Map(rows.map((row) => [String(row.sales_target_id), Number(row.staff_id)]));
  files.set(name, now);
  await deliver(lake, "files", {
    name,
    rows,
    deleted: [...before.keys()].filter((key) => !now.has(key)),
  });
}

test("load() names the sources of the model when it does not have the one that is asked for", async (lake) => {
  const error = await assertRejects(
    () => load({ ...lake, sourceName: "weather" }),
    ConfigurationError,
    "the model has no source weather",
  );
  assertEquals(error.next, { advice: "name one of: database, rates, files" });
});
