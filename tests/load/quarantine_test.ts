import { assertEquals } from "@std/assert";
import { type FactSalesOrder, totesys } from "../../schemas/mod.ts";
import { load } from "../../sdk/load/load.ts";
import { calendarRow } from "../support/models.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { takenAt } from "../transform/batches.ts";
import {
  anotherWarehouse,
  type BatchExtras,
  contents,
  currency,
  dimensions,
  type Loading,
  put,
  quarantined,
  sale,
  sales,
  staffMember,
  type Star,
  star,
  test,
  versionsOf,
} from "./star.ts";

/** Returns a row that the transform refused. */
function refused(
  key: number,
  reason = "bad",
): NonNullable<BatchExtras["quarantined"]>[string][number] {
  return { key, reason, row: { sales_order_id: key, unit_price: "NaN" } };
}

/** Loads a batch. */
async function loadBatch(loading: Loading, batch: Star, extras: BatchExtras = {}): Promise<void> {
  await put(loading.processed, batch, totesys, extras);
  await load(loading);
}

/** Returns all of `etl.quarantine`. */
async function entries({ sql }: Loading): Promise<Record<string, unknown>[]> {
  const rows = await sql`
    SELECT table_name, key, reason, orphaned, sequence::int,
      to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS since
    FROM etl.quarantine ORDER BY 1, 2`;
  return rows.map((row) => ({ ...row }));
}

test("orphaned rows are released when the spec drops the reference", async (loading) => {
  await loadBatch(loading, star([sale(1, { currency_id: 9 })]));
  assertEquals((await entries(loading)).length, 1);
  const warehouse = totesys.warehouse.map((table) => ({
    ...table,
    convert: undefined, // it needs the reference
    columns: Object.fromEntries(
      Object.entries(table.columns).map(([name, { references: _, ...column }]) => [name, column]),
    ),
  })) as typeof totesys.warehouse;
  // The pipeline never drops a constraint: an operator who removes a reference from a spec does.
  await loading.sql`ALTER TABLE fact_sales_order DROP CONSTRAINT fact_sales_order_currency_id_fkey`;
  await put(loading.processed, star([sale(2)]), totesys);
  await load({ ...loading, model: { ...totesys, warehouse } });
  assertEquals(await entries(loading), []);
  const facts = await loading.sql`
    SELECT sales_order_id AS id, currency_id AS currency FROM fact_sales_order ORDER BY 1`;
  assertEquals(facts.map(({ id, currency }) => [id, currency]), [[1, 9], [2, 1]]);
});

test("a refused row is kept with its reason, content and commit", async (loading) => {
  await loadBatch(loading, star(sales(2)), {
    quarantined: { fact_sales_order: [refused(7, "why")] },
  });
  assertEquals(await entries(loading), [{
    table_name: "fact_sales_order",
    key: "7",
    reason: "why",
    orphaned: false,
    sequence: 1,
    since: takenAt(1),
  }]);
  const [{ content }] = await loading.sql`SELECT content FROM etl.quarantine`;
  assertEquals(content, { sales_order_id: 7, unit_price: "NaN" });
  assertEquals((await contents(loading.sql)).fact_sales_order.length, 2);
});

test("a row that is bad again keeps its first commit and gets the newest reason", async (loading) => {
  await loadBatch(loading, {}, { quarantined: { fact_sales_order: [refused(7, "first")] } });
  await loadBatch(loading, {}, { quarantined: { fact_sales_order: [refused(7, "second")] } });
  const [{ reason, sequence, since }] = await entries(loading);
  assertEquals([reason, sequence, since], ["second", 2, takenAt(1)]);
});

test("a row that arrives valid leaves the quarantine", async (loading) => {
  await loadBatch(loading, star([sale(1)]), {
    quarantined: { fact_sales_order: [refused(7), refused(8)], dim_currency: [refused(7)] },
  });
  await loadBatch(loading, { fact_sales_order: [sale(7)] });
  assertEquals(await quarantined(loading.sql), ["dim_currency 7: bad", "fact_sales_order 8: bad"]);
  const [version, ...others] = await versionsOf(loading.sql, 7);
  assertEquals([version.valid_from, others], [takenAt(2), []]);
});

test("a row that turned bad keeps its last good version", async (loading) => {
  await loadBatch(loading, star(sales(2)));
  await loadBatch(loading, {}, { quarantined: { fact_sales_order: [refused(2)] } });
  assertEquals(await quarantined(loading.sql), ["fact_sales_order 2: bad"]);
  const before = await versionsOf(loading.sql, 2);
  assertEquals(before.map(({ units, valid_to }) => [units, valid_to]), [[10, null]]);
  await loadBatch(loading, { fact_sales_order: [sale(2, { units_sold: 11 })] });
  const after = await versionsOf(loading.sql, 2);
  assertEquals(
    after.map(({ units, valid_from, valid_to }) => [units, valid_from, valid_to]),
    [[10, takenAt(1), takenAt(3)], [11, takenAt(3), null]],
  );
});

test("a refused row that is deleted in the source leaves the quarantine", async (loading) => {
  await loadBatch(loading, star([sale(1)]), { quarantined: { fact_sales_order: [refused(7)] } });
  await loadBatch(loading, {}, { deleted: { fact_sales_order: [7] } });
  assertEquals(await quarantined(loading.sql), []);
});

// ---- facts that wait ----

/** A fresh warehouse fills its facts by COPY, and one with tables merges. Both must do the same. */
const WAYS: [string, (loading: Loading) => Promise<void>][] = [
  ["of a first load", async () => {}],
  ["of a delta", async (loading) => void await load(loading)],
];

for (const [way, prepare] of WAYS) {
  test(`a fact ${way} loads when its dimension arrives, valid from its own snapshot`, async (loading) => {
    await prepare(loading);
    await loadBatch(loading, star([sale(1), sale(2, { currency_id: 2 }), sale(3)]));
    assertEquals(await entries(loading), [{
      table_name: "fact_sales_order",
      key: "2",
      reason: "currency_id refers to dim_currency 2, which is missing",
      orphaned: true,
      sequence: 1,
      since: takenAt(1),
    }]);
    await loadBatch(loading, { dim_staff: [staffMember(2)] });
    assertEquals((await entries(loading)).length, 1, "another dimension does not help");
    assertEquals(await versionsOf(loading.sql, 2), []);
    await loadBatch(loading, { dim_currency: [currency(2)] });
    assertEquals(await entries(loading), []);
    const [{ units, price, valid_from, valid_to }] = await versionsOf(loading.sql, 2);
    assertEquals([units, price, valid_from, valid_to], [10, "3.94", takenAt(1), null]);
    const whole = await loading.sql`SELECT created_time::text FROM fact_sales_order ORDER BY 1`;
    assertEquals(whole.map(({ created_time }) => created_time), Array(3).fill("14:20:49.962"));
  });

  test(`a fact ${way} with several missing dimensions waits for the last of them`, async (loading) => {
    await prepare(loading);
    const fact = sale(2, { sales_staff_id: 2, currency_id: 2, agreed_payment_date: "2031-01-01" });
    await loadBatch(loading, star([sale(1), fact]));
    await loadBatch(loading, { dim_currency: [currency(2)] });
    await loadBatch(loading, { dim_date: [calendarRow("2031-01-01")] });
    assertEquals(await versionsOf(loading.sql, 2), []);
    assertEquals(await quarantined(loading.sql), [
      "fact_sales_order 2: sales_staff_id refers to dim_staff 2, which is missing",
    ]);
    await loadBatch(loading, { dim_staff: [staffMember(2)] });
    assertEquals(await quarantined(loading.sql), []);
    assertEquals((await versionsOf(loading.sql, 2)).map((v) => v.valid_from), [takenAt(1)]);
  });

  test(`facts ${way} without any of their dimensions wait, and load when they arrive`, async (loading) => {
    await prepare(loading);
    await loadBatch(loading, { fact_sales_order: sales(3) });
    assertEquals((await entries(loading)).map(({ key }) => key), ["1", "2", "3"]);
    assertEquals((await contents(loading.sql)).fact_sales_order, []);
    await loadBatch(loading, dimensions());
    assertEquals(await entries(loading), []);
    const ids = await loading.sql`
      SELECT sales_record_id::int AS id, sales_order_id AS key FROM fact_sales_order ORDER BY 1`;
    assertEquals(ids.map(({ id, key }) => [id, key]), [[1, 1], [2, 2], [3, 3]]);
  });
}

test("the reason names a dimension that is still missing after another arrived", async (loading) => {
  const fact = sale(2, { sales_staff_id: 2, currency_id: 2 });
  await loadBatch(loading, star([fact]));
  await loadBatch(loading, { dim_staff: [staffMember(2)] });
  assertEquals(await quarantined(loading.sql), [
    "fact_sales_order 2: currency_id refers to dim_currency 2, which is missing",
  ]);
});

test("a newer version without missing dimensions supersedes the orphaned one", async (loading) => {
  await loadBatch(loading, star([sale(1), sale(2, { currency_id: 2 })]));
  await loadBatch(loading, { fact_sales_order: [sale(2, { units_sold: 11 })] });
  assertEquals(await entries(loading), []);
  await loadBatch(loading, { dim_currency: [currency(2)] });
  const versions = await versionsOf(loading.sql, 2);
  assertEquals(versions.map(({ units, valid_from }) => [units, valid_from]), [[11, takenAt(2)]]);
});

test("a newer orphaned version replaces the orphaned one", async (loading) => {
  await loadBatch(loading, star([sale(1), sale(2, { currency_id: 2 })]));
  await loadBatch(loading, { fact_sales_order: [sale(2, { currency_id: 3, units_sold: 11 })] });
  assertEquals(await quarantined(loading.sql), [
    "fact_sales_order 2: currency_id refers to dim_currency 3, which is missing",
  ]);
  await loadBatch(loading, { dim_currency: [currency(2)] });
  assertEquals(await versionsOf(loading.sql, 2), []);
  await loadBatch(loading, { dim_currency: [currency(3)] });
  const versions = await versionsOf(loading.sql, 2);
  assertEquals(versions.map(({ units, valid_from }) => [units, valid_from]), [[11, takenAt(2)]]);
});

test("a newer bad version replaces the orphaned one", async (loading) => {
  await loadBatch(loading, star([sale(1), sale(2, { currency_id: 2 })]));
  await loadBatch(loading, {}, { quarantined: { fact_sales_order: [refused(2)] } });
  await loadBatch(loading, { dim_currency: [currency(2)] });
  assertEquals(await quarantined(loading.sql), ["fact_sales_order 2: bad"]);
  assertEquals(await versionsOf(loading.sql, 2), []);
});

test("a newer version in the same batch as the dimension wins", async (loading) => {
  await loadBatch(loading, star([sale(1), sale(2, { currency_id: 2 })]));
  const newer = sale(2, { currency_id: 2, units_sold: 11 });
  await loadBatch(loading, { dim_currency: [currency(2)], fact_sales_order: [newer] });
  assertEquals(await entries(loading), []);
  const versions = await versionsOf(loading.sql, 2);
  assertEquals(versions.map(({ units, valid_from }) => [units, valid_from]), [[11, takenAt(2)]]);
});

test("an orphaned fact that is deleted in the source never loads", async (loading) => {
  await loadBatch(loading, star([sale(1), sale(2, { currency_id: 2 })]));
  await loadBatch(loading, {}, { deleted: { fact_sales_order: [2] } });
  assertEquals(await entries(loading), []);
  await loadBatch(loading, { dim_currency: [currency(2)] });
  assertEquals(await versionsOf(loading.sql, 2), []);
});

test("a released version ends the previous one at its own snapshot", async (loading) => {
  await loadBatch(loading, star([sale(1), sale(2)]));
  await loadBatch(loading, { fact_sales_order: [sale(2, { currency_id: 2, units_sold: 11 })] });
  const before = await versionsOf(loading.sql, 2);
  assertEquals(before.map(({ units, valid_to }) => [units, valid_to]), [[10, null]]);
  await loadBatch(loading, {});
  await loadBatch(loading, { dim_currency: [currency(2)] });
  const versions = await versionsOf(loading.sql, 2);
  assertEquals(
    versions.map(({ units, valid_from, valid_to }) => [units, valid_from, valid_to]),
    [[10, takenAt(1), takenAt(2)], [11, takenAt(2), null]],
  );
});

test("released facts get ids after those of the batch that releases them", async (loading) => {
  const waiting = [sale(1, { currency_id: 2 }), sale(2, { currency_id: 2 })];
  await loadBatch(loading, star(waiting));
  const missing: Partial<FactSalesOrder> = { currency_id: 3 };
  await loadBatch(loading, {
    dim_currency: [currency(2)],
    fact_sales_order: [sale(3, missing), sale(4, missing), sale(5, missing), sale(6), sale(7)],
  });
  const ids = await loading.sql`
    SELECT sales_record_id::int AS id, sales_order_id AS key FROM fact_sales_order ORDER BY 1`;
  assertEquals(ids.map(({ id, key }) => [id, key]), [[1, 6], [2, 7], [3, 1], [4, 2]]);
});

test("a large first load with orphaned facts keeps the rest, and every foreign key", async (loading) => {
  const rows = sales(6_000).map((row) =>
    row.sales_order_id % 10 === 0 ? { ...row, design_id: 77 } : row
  );
  await loadBatch(loading, star(rows));
  assertEquals((await contents(loading.sql)).fact_sales_order.length, 5_400);
  assertEquals((await entries(loading)).length, 600);
  const [{ n }] = await loading.sql`
    SELECT count(*)::int AS n FROM pg_constraint
    WHERE contype = 'f' AND convalidated AND conrelid = 'fact_sales_order'::regclass`;
  assertEquals(n, 9);
});

// ---- exactly once ----

/** Writes commits in which rows enter and leave quarantine in every way. */
async function fillLake({ processed }: Loading): Promise<void> {
  const extras = (extra: BatchExtras) => [totesys, extra] as const;
  await put(
    processed,
    star([...sales(20), sale(21, { currency_id: 2 }), sale(22, { currency_id: 3 })]),
    ...extras({ quarantined: { fact_sales_order: [refused(30), refused(31)] } }),
  );
  await put(processed, {
    fact_sales_order: [sale(1, { currency_id: 2 }), sale(23, { currency_id: 2 }), sale(30)],
  });
  await put(
    processed,
    { dim_currency: [currency(2)], fact_sales_order: [sale(24), sale(25, { design_id: 9 })] },
    ...extras({ quarantined: { fact_sales_order: [refused(2), refused(31, "again")] } }),
  );
  await put(processed, {}, ...extras({ deleted: { fact_sales_order: [3, 22, 31] } }));
  await put(processed, { dim_currency: [currency(3)], fact_sales_order: [sale(2)] });
}

test("loading one lake into two warehouses makes their quarantines identical too", async (loading) => {
  await fillLake(loading);
  await load(loading);
  const mine = await contents(loading.sql);
  assertEquals(await quarantined(loading.sql), [
    "fact_sales_order 25: design_id refers to dim_design 9, which is missing",
  ]);
  await anotherWarehouse(async (warehouse, sql) => {
    await load({ processed: loading.processed, warehouse });
    assertEquals(await contents(sql), mine);
  });
});

test("loading commits one by one quarantines what loading them all at once does", async (loading) => {
  await anotherWarehouse(async (warehouse, sql) => {
    const { processed } = loading;
    await fillLake(loading);
    await Promise.all([load({ processed, warehouse }), load({ processed, warehouse })]);
    const together = await contents(sql);
    // The same lake, seen commit by commit.
    for (let sequence = 1; sequence <= 5; sequence++) {
      const { commits } = await load({
        processed: upTo(processed, sequence),
        warehouse: loading.warehouse,
      });
      assertEquals(commits.map((commit) => commit.sequence), [sequence]);
    }
    assertEquals(await contents(loading.sql), together);
  });
});

/** Returns a processed zone as it was after this many commits. */
function upTo(store: Loading["processed"], sequence: number): Loading["processed"] {
  const isVisible = (key: string) =>
    !key.startsWith("_log/") || Number(key.match(/\d+/)?.[0]) <= sequence;
  return {
    url: store.url,
    put: (key, body) => store.put(key, body),
    get: (key, range) => store.get(isVisible(key) ? key : `${key}.later`, range),
    list: async function* (prefix, after) {
      for await (const key of store.list(prefix, after)) if (isVisible(key)) yield key;
    },
  };
}

test("a repeat of an orphaned fact is no new version and keeps its commit", async (loading) => {
  const batch: Star = { fact_sales_order: [sale(3), sale(2, { currency_id: 2 })] };
  await loadBatch(loading, { ...dimensions(), ...batch });
  await loadBatch(loading, batch);
  const [entry, ...others] = await entries(loading);
  assertEquals([entry.key, entry.since, entry.sequence, others], ["2", takenAt(1), 2, []]);
  await loadBatch(loading, { dim_currency: [currency(2)] });
  assertEquals((await versionsOf(loading.sql, 2)).map((v) => v.valid_from), [takenAt(1)]);
});

test("a repeat of a fact in the batch that brings its dimension is no new version", async (loading) => {
  const facts = [sale(2, { currency_id: 2, unit_price: "3.90" })];
  await loadBatch(loading, star(facts));
  await loadBatch(loading, { dim_currency: [currency(2)], fact_sales_order: facts });
  const versions = await versionsOf(loading.sql, 2);
  assertEquals(versions.map(({ price, valid_from }) => [price, valid_from]), [[
    "3.90",
    takenAt(1),
  ]]);
  assertEquals(await entries(loading), []);
});

test("the reason of an orphaned fact names what its newest version is missing", async (loading) => {
  await loadBatch(loading, star([sale(2, { currency_id: 2 })]));
  await loadBatch(loading, { fact_sales_order: [sale(2, { design_id: 9 })] });
  assertEquals(await entries(loading), [{
    table_name: "fact_sales_order",
    key: "2",
    reason: "design_id refers to dim_design 9, which is missing",
    orphaned: true,
    sequence: 2,
    since: takenAt(1),
  }]);
});

test("many orphans, of which statistics know nothing, are looked at once each", async (loading) => {
  const others = Array.from({ length: 2000 }, (_, key) => refused(key));
  await loadBatch(loading, star([]), { quarantined: { fact_payment: others } });
  await loading.sql`ANALYZE etl.quarantine`;
  const orphans = Array.from({ length: 1500 }, (_, key) => sale(key, { currency_id: 9 }));
  await loadBatch(loading, star(orphans));
  // Joined row by row, as for the one row that is expected, the orphans take minutes.
  await withTimeout(30_000, loadBatch(loading, { dim_staff: [staffMember(2)] }));
  await withTimeout(30_000, loadBatch(loading, star([sale(1500, { currency_id: 9 })])));
  assertEquals((await quarantined(loading.sql)).length, 3501);
});
