import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { join } from "node:path";
import type { AnyRow, TableSpec } from "../../../schemas/mod.ts";
import type { Column, ColumnBatch, TextColumn } from "../../../sdk/columns/column.ts";
import { gather } from "../../../sdk/columns/gather.ts";
import { writeObject } from "../../../sdk/lake/data_objects.ts";
import { fileStore } from "../../../sdk/lake/file_store.ts";
import { ParquetColumnsWriter } from "../../../sdk/lake/parquet/columns_writer.ts";
import type { Compression } from "../../../sdk/lake/parquet/compression.ts";
import { readParquet } from "../../../sdk/lake/parquet/read_parquet.ts";
import { propertyRuns } from "../../support/slow.ts";
import { batchOf } from "./column_batches.ts";
import { duckdb } from "../duckdb.ts";
import { anyRow, EVERY_TYPE, inBoth, NULLS, PLAIN } from "../every_type.ts";
import { type TemporaryFolder, temporaryFolder } from "../temporary_folder.ts";

const COMPRESSIONS: readonly Compression[] = ["none", "snappy", "zstd"];

async function writeFile(
  folder: TemporaryFolder,
  spec: TableSpec,
  batches: readonly ColumnBatch[],
  compression: Compression = "zstd",
) {
  const store = fileStore(folder.url);
  const chunks = async function* () {
    const file = new ParquetColumnsWriter(spec, compression);
    for (const batch of batches) {
      file.write(batch);
      yield* await Promise.resolve(file.take());
    }
    file.finish();
    yield* file.take();
  };
  const key = `${crypto.randomUUID()}.parquet`;
  const object = await writeObject(
    store,
    key,
    chunks(),
    () => sum(batches.map(({ rows }) => rows)),
  );
  assert(object);
  return { store, object, path: join(folder.path, key) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Writes batches and reads the rows. */
async function roundtrip(
  spec: TableSpec,
  batches: readonly ColumnBatch[],
  compression?: Compression,
): Promise<AnyRow[]> {
  await using folder = await temporaryFolder();
  const { store, object } = await writeFile(folder, spec, batches, compression);
  return (await Array.fromAsync(readParquet(store, object, spec))).flat();
}

/** What DuckDB reports of the column chunks of a file, row group by row group. */
async function chunksOf(
  spec: TableSpec,
  batches: readonly ColumnBatch[],
  columns: string,
): Promise<Record<string, unknown>[]> {
  await using folder = await temporaryFolder();
  const { path } = await writeFile(folder, spec, batches);
  let found: Record<string, unknown>[] = [];
  await duckdb(path, async (query) => {
    found = await query(
      `SELECT path_in_schema AS name, ${columns} FROM parquet_metadata($file)
        ORDER BY row_group_id, column_id`,
    );
  });
  return found;
}

const NOTES = {
  name: "notes",
  key: "id",
  columns: { id: { type: "integer" }, note: { type: "text", nullable: true } },
} as const satisfies TableSpec;

const notes = (texts: readonly (string | null)[]) =>
  batchOf(NOTES, texts.map((note, id) => ({ id, note })));

for (const compression of COMPRESSIONS) {
  Deno.test(`columns written with compression ${compression} have every value`, async () => {
    const batch = fc.array(anyRow, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 3 }), async (batches) => {
        const written = batches.map((rows) => batchOf(EVERY_TYPE, rows));
        assertEquals(await roundtrip(EVERY_TYPE, written, compression), batches.flat());
      }),
      { numRuns: propertyRuns({ quick: 15, all: 150 }) },
    );
  });

  Deno.test(`DuckDB reads columns written with compression ${compression}`, async () => {
    const rows = Array.from(
      { length: 1_000 },
      (_, i) => i % 3 === 0 ? { ...PLAIN, ...NULLS, integer: i } : inBoth({ ...PLAIN, integer: i }),
    );
    await using folder = await temporaryFolder();
    const { path } = await writeFile(folder, EVERY_TYPE, [batchOf(EVERY_TYPE, rows)], compression);
    await duckdb(path, async (query) => {
      const names = ["integer", "wide", "text", "date", "time", "timestamp", "numeric_exact"];
      const found = await query(`SELECT ${
        names.flatMap((name) => [
          `min(${name})::text AS "${name}"`,
          `count(${name.replace(/(_exact)?$/, "_or_null$1")})::int AS "${name}s"`,
        ])
      } FROM $file`);
      const values: Record<string, unknown> = { ...PLAIN, integer: "0", numeric_exact: "3.9" };
      for (const name of names) {
        assertEquals(found[0][name], values[name], name);
        assertEquals(found[0][`${name}s`], 666, name);
      }
    });
  });
}

Deno.test("values that repeat are in a dictionary, others are not", async () => {
  const table: TableSpec = {
    name: "table",
    key: "id",
    columns: {
      id: { type: "integer" },
      day: { type: "date" },
      price: { type: "numeric", precision: 10, scale: 2 },
      amount: { type: "numeric" },
      city: { type: "text" },
      note: { type: "text" },
      shipped: { type: "boolean" },
    },
  };
  const rows = Array.from({ length: 10_000 }, (_, id) => ({
    id,
    day: `2026-01-${10 + id % 20}`,
    price: `${id % 1_000}.50`,
    amount: `${id % 7}.25`,
    city: `city ${id % 100}`,
    note: `note ${id}`,
    shipped: id % 2 === 0,
  }));
  assertEquals(await roundtrip(table, [batchOf(table, rows)]), rows);
  const chunks = await chunksOf(table, [batchOf(table, rows)], "encodings");
  const coded = chunks.filter(({ encodings }) => String(encodings).includes("RLE_DICTIONARY"));
  assertEquals(coded.map(({ name }) => name), ["day", "price", "amount", "city"]);
});

Deno.test("a dictionary column is written with the texts that its rows use", async () => {
  const values = notes(Array.from({ length: 1_000 }, (_, i) => `text ${i}`)).columns[1];
  const indexes = Int32Array.from({ length: 50 }, (_, i) => i % 5 === 0 ? -1 : 990 + i % 5);
  const ids = notes(Array(50).fill(null)).columns[0];
  const batch = { rows: 50, columns: [ids, gather(values, indexes, 50)] };
  const rows = await roundtrip(NOTES, [batch]);
  assertEquals(rows.map(({ note }) => note), [...indexes].map((i) => i < 0 ? null : `text ${i}`));
  const [, chunk] = await chunksOf(NOTES, [batch], "stats_min_value, stats_max_value");
  assertEquals(chunk, { name: "note", stats_min_value: "text 991", stats_max_value: "text 994" });
});

Deno.test("a dictionary of numerics is written as their numbers", async () => {
  const prices: TableSpec = {
    name: "prices",
    key: "price",
    columns: { price: { type: "numeric", nullable: true } },
  };
  const [values] = batchOf(prices, ["1.50", "2.5", "3"].map((price) => ({ price }))).columns;
  const indexes = Int32Array.from([2, 0, -1, 1, 1]);
  const rows = await roundtrip(prices, [{ rows: 5, columns: [gather(values, indexes, 5)] }]);
  assertEquals(rows.map(({ price }) => price), ["3", "1.50", null, "2.5", "2.5"]);
});

Deno.test("70,000 distinct texts, one distinct text and no text at all are read back", async () => {
  for (const text of [(i: number) => `text ${i}`, () => "same", () => null, () => ""]) {
    const texts = Array.from({ length: 70_000 }, (_, i) => text(i));
    const rows = await roundtrip(NOTES, [notes(texts)]);
    assertEquals(rows.map(({ note }) => note), texts);
  }
});

Deno.test("a batch becomes one row group", async () => {
  const chunks = await chunksOf(NOTES, [notes(["a", "b"]), notes(["c"])], "row_group_num_rows");
  const ids = chunks.filter(({ name }) => name === "id");
  assertEquals(ids.map(({ row_group_num_rows }) => Number(row_group_num_rows)), [2, 1]);
});

Deno.test("statistics hold the least and the greatest value and the number of NULLs", async () => {
  const rows = [
    inBoth({
      ...PLAIN,
      bigint: "-9223372036854775808",
      amount: "-0.01",
      wide: "-18446744073709551616.000000000000000000",
      numeric: "-0.5",
      date: "1969-12-31",
    }),
    { ...PLAIN, ...NULLS },
    inBoth({
      ...PLAIN,
      integer: -7,
      bigint: "4294967296",
      amount: "42949672.96",
      wide: "18446744073709551616.000000000000000001",
      text: "é",
      date: "9999-12-31",
      boolean: false,
    }),
  ];
  const chunks = await chunksOf(
    EVERY_TYPE,
    [batchOf(EVERY_TYPE, rows)],
    "stats_min_value AS least, stats_max_value AS greatest, stats_null_count AS nulls",
  );
  const found = Object.fromEntries(
    chunks.map(({ name, least, greatest, nulls }) => [name, [least, greatest, Number(nulls)]]),
  );
  assertEquals(found.integer, ["-7", "1", 0]);
  assertEquals(found.bigint, ["-9223372036854775808", "9007199254740993", 0]);
  assertEquals(found.bigint_or_null, ["-9223372036854775808", "4294967296", 1]);
  assertEquals(found.amount_or_null, ["-0.01", "42949672.96", 1]);
  assertEquals(found.wide_or_null, [
    "-18446744073709551616.000000000000000000",
    "18446744073709551616.000000000000000001",
    1,
  ]);
  assertEquals(found.numeric, ["-0.500000000000000000", "3.900000000000000000", 0]);
  assertEquals(found.text_or_null, ["tote", "é", 1]);
  assertEquals(found.date_or_null, ["1969-12-31", "9999-12-31", 1]);
  assertEquals(found.boolean_or_null, ["false", "true", 1]);
});

Deno.test("statistics of long texts are shortened to bounds that still hold", async () => {
  const texts = [
    "\u{10FFFF}".repeat(30),
    "b".repeat(100),
    "a".repeat(100),
    "\u{FFFF}",
    "é".repeat(50),
  ];
  await using folder = await temporaryFolder();
  const { path } = await writeFile(folder, NOTES, [notes(texts)]);
  await duckdb(path, async (query) => {
    for (const [id, text] of texts.entries()) {
      const found = await query(`SELECT id FROM $file WHERE note = '${text}'`);
      assertEquals(found, [{ id }]);
    }
    const [{ size }] = await query(
      "SELECT max(len(stats_min_value) + len(stats_max_value))::int AS size FROM parquet_metadata($file)",
    );
    assert(Number(size) < 100, `${size}`);
  });
});

Deno.test("ParquetColumnsWriter refuses what the spec does not allow", () => {
  const write = (spec: TableSpec, columns: readonly Column[], rows: number) => () =>
    new ParquetColumnsWriter(spec, "none").write({ rows, columns });
  const table = (column: TableSpec["columns"][string]): TableSpec => ({
    name: "t",
    key: "c",
    columns: { c: column },
  });
  const ids = Int32Array.from([1, 2]);
  const integers: Column = { storage: "int32", values: ids, nulls: Uint8Array.from([0, 1]) };
  assertThrows(write(table({ type: "integer" }), [integers], 2), RangeError, "c is NULL");
  write(table({ type: "integer" }), [integers], 1)();
  assertThrows(write(table({ type: "text" }), [integers], 1), TypeError, "c is int32, not text");
  const bytes = new TextEncoder().encode("1.5");
  const digits: TextColumn = { storage: "text", bytes, offsets: Int32Array.of(0, 3), nulls: null };
  const narrow = table({ type: "numeric", precision: 30, scale: 0 });
  assertThrows(write(narrow, [digits], 1), RangeError, "1.5 does not fit numeric(30,0) exactly");
  write(table({ type: "numeric", precision: 30, scale: 1 }), [digits], 1)();
});
