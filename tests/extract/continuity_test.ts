import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import postgres from "postgres";
import { remedyText } from "../../functions/remedy.ts";
import type { Model } from "../../schemas/model.ts";
import { currency } from "../../schemas/source/currency.ts";
import { department } from "../../schemas/source/department.ts";
import { design } from "../../schemas/source/design.ts";
import { staff } from "../../schemas/source/staff.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { dimStaff } from "../../schemas/warehouse/dim_staff.ts";
import { SourceError } from "../../sdk/errors.ts";
import { extract } from "../../sdk/extract/extract.ts";
import type { SourceSnapshot } from "../../sdk/lake/commit.ts";
import { databaseZone } from "../../sdk/lake/zone.ts";
import { insert, insertOneOfEach } from "../support/source.ts";
import { keysOf, type Source, test } from "./source_test_case.ts";

/** Appends a copy of the last commit with another snapshot. */
async function rewriteHistory(
  { ingestion }: Source,
  change: (snapshot: SourceSnapshot) => Partial<SourceSnapshot>,
): Promise<void> {
  const { log } = databaseZone(ingestion);
  const head = await log.head();
  assert(head);
  const snapshot = { ...head.snapshot, ...change(head.snapshot) };
  await log.append({ ...head, sequence: head.sequence + 1, snapshot });
}

const DISCONTINUITIES: Record<
  string,
  { change: (snapshot: SourceSnapshot) => Partial<SourceSnapshot>; reason: RegExp }
> = {
  "failed over to a replica": {
    change: ({ system }) => ({ system: system.replace(/[/].*/, "/7") }),
    reason: /^the source was restored or failed over \(timeline 1, was 7\)$/,
  },
  "went back in time": {
    change: ({ xmin, xmax }) => ({
      xmin: String(BigInt(xmin) + 1_000_000n),
      xmax: String(BigInt(xmax) + 1_000_000n),
    }),
    reason:
      /^the source's transaction ids went backwards \(\d+, was \d+\): it was restored, or is a/,
  },
};

/** What makes the source another database, and the reason in the error. */
const OTHERS: typeof DISCONTINUITIES = {
  "another cluster": {
    change: () => ({ system: "1/1" }),
    reason: /^the source is another cluster \(system \d+, was 1\); nothing was read$/,
  },
  "another database": {
    change: () => ({ database: "elsewhere" }),
    reason: /^the source is another database \(test_\w+#\d+, was elsewhere\); nothing was read$/,
  },
};

for (const [what, { change, reason }] of Object.entries(OTHERS)) {
  test(`extract() refuses ${what} behind the same URL unless full is set`, async (source) => {
    const { sql, ingestion, extract, tick } = source;
    await insertOneOfEach(sql);
    await tick();
    await rewriteHistory(source, change);
    const before = await Array.fromAsync(ingestion.list(""));
    const error = await assertRejects(extract, SourceError);
    assertMatch(error.message, reason);
    assertStringIncludes(remedyText(error.next!), "deno task etl extract --full");
    assertEquals(await Array.fromAsync(ingestion.list("")), before);
    const result = await extract({ full: true });
    assert(result.outcome === "committed");
    assertEquals([result.commit.mode, result.full_because], ["full", "it was asked for"]);
    assertEquals(Object.keys(await keysOf(ingestion, result)).length, 11);
    assertEquals(await extract(), { outcome: "unchanged", schema: [] });
  });
}

test("extract() reads everything again when full is set, even if nothing changed", async ({ sql, extract }) => {
  await insert(sql, design);
  await extract();
  const result = await extract({ full: true });
  assert(result.outcome === "committed");
  assertEquals([result.commit.sequence, result.commit.mode], [2, "full"]);
});

for (const [how, { change, reason }] of Object.entries(DISCONTINUITIES)) {
  test(`extract() reads everything, and reports why, when the source ${how}`, async (source) => {
    const { sql, ingestion, extract, tick } = source;
    await insertOneOfEach(sql);
    await tick();
    await rewriteHistory(source, change);
    const result = await extract();
    assert(result.outcome === "committed");
    assertEquals(result.commit.mode, "full");
    assertMatch(result.full_because ?? "", reason);
    assertEquals(Object.keys(await keysOf(ingestion, result)).length, 11);
    await sql`UPDATE design SET design_name = 'changed'`;
    const next = await extract();
    assert(next.outcome === "committed");
    assertEquals([next.commit.mode, next.full_because], ["delta", undefined]);
    assertEquals(await keysOf(ingestion, next), { design: [1] });
  });
}

test("extract() refuses an older copy that took the database's place", async (source) => {
  const { sql, url, tick, extract } = source;
  const [{ name }] = await sql`SELECT current_database() AS name`;
  const server = new URL(url);
  server.pathname = "/postgres";
  const admin = postgres(server.href, { max: 1 });
  const writer = postgres(url, { max: 1 });
  await insert(writer, design, { design_id: 1 });
  await Promise.all([writer.end(), sql.end()]); // a database in use cannot be copied
  await admin`CREATE DATABASE ${admin(`${name}_copy`)} TEMPLATE ${admin(name)}`;
  const later = postgres(url, { max: 1 });
  await insert(later, design, { design_id: 2 });
  await later.end();
  assertEquals(await tick(), { design: [1, 2] });
  await admin`DROP DATABASE ${admin(name)} WITH (FORCE)`;
  await admin`ALTER DATABASE ${admin(`${name}_copy`)} RENAME TO ${admin(name)}`;
  await admin.end();
  await assertRejects(extract, SourceError, "the source is another database");
  const result = await extract({ full: true });
  assertEquals(await keysOf(source.ingestion, result), { design: [1] });
});

test("extract() reports that a first batch is the first", async ({ sql, extract }) => {
  await insert(sql, design);
  const result = await extract();
  assert(result.outcome === "committed");
  assertEquals([result.commit.mode, result.full_because], ["full", "first extraction"]);
});

test("extract() gives every batch a later time even when the source's clock runs backwards", async (source) => {
  const { sql, extract } = source;
  await insert(sql, design);
  await extract();
  await rewriteHistory(source, () => ({ taken_at: "2999-12-31T23:59:59.999999Z" }));
  await sql`UPDATE design SET design_name = 'changed'`;
  const result = await extract();
  assert(result.outcome === "committed");
  assertEquals(result.commit.snapshot.taken_at, "3000-01-01T00:00:00.000000Z");
});

/** Returns a table without one of its columns. */
function without<T extends SourceTableSpec>(table: T, column: string): T {
  const columns = Object.entries(table.columns).filter(([name]) => name !== column);
  return { ...table, columns: Object.fromEntries(columns) };
}

async function tickOf(source: Source, model: Model) {
  const { url, ingestion } = source;
  const result = await extract({ source: url, ingestion, model });
  const keys = await keysOf(ingestion, result, model);
  return { keys, mode: result.outcome === "committed" ? result.commit.mode : result.outcome };
}

test("extract() reads a table that is added to the model in full, and the changes of the others", async (source) => {
  const { sql } = source;
  for (const id of [1, 2]) {
    await insert(sql, design, { design_id: id });
    await insert(sql, currency, { currency_id: id });
  }
  const before: Model = { source: [currency], warehouse: [] };
  const after: Model = { source: [currency, design], warehouse: [] };
  assertEquals(await tickOf(source, before), { keys: { currency: [1, 2] }, mode: "full" });
  await sql`UPDATE currency SET currency_code = 'EUR' WHERE currency_id = 2`;
  const keys = { currency: [2], design: [1, 2] };
  assertEquals(await tickOf(source, after), { keys, mode: "delta" });
  assertEquals(await tickOf(source, after), { keys: {}, mode: "unchanged" });
});

test("extract() reads a table that gains a column in full, with its joined rows", async (source) => {
  const { sql } = source;
  await insertOneOfEach(sql);
  await insert(sql, department, { department_id: 2 });
  const before: Model = {
    source: [department, without(staff, "email_address")],
    warehouse: [without(dimStaff, "email_address")],
  };
  const after: Model = { source: [department, staff], warehouse: [dimStaff] };
  await tickOf(source, before);
  assertEquals(await tickOf(source, before), { keys: {}, mode: "unchanged" });
  const keys = { department: [1], staff: [1] };
  assertEquals(await tickOf(source, after), { keys, mode: "delta" });
  assertEquals(await tickOf(source, after), { keys: {}, mode: "unchanged" });
  assertEquals(await tickOf(source, before), { keys: {}, mode: "unchanged" });
});

test("extract() commits nothing for an empty table that is added to the model until it has a row", async (source) => {
  const { sql } = source;
  await insert(sql, currency);
  await tickOf(source, { source: [currency], warehouse: [] });
  const after: Model = { source: [currency, design], warehouse: [] };
  assertEquals(await tickOf(source, after), { keys: {}, mode: "unchanged" });
  await insert(sql, design, { design_id: 5 });
  assertEquals(await tickOf(source, after), { keys: { design: [5] }, mode: "delta" });
  assertEquals(await tickOf(source, after), { keys: {}, mode: "unchanged" });
});
