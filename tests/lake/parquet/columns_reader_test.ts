import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { AnyRow, TableSpec } from "../../../schemas/mod.ts";
import { parseDecimal } from "../../../sdk/derive/decimal.ts";
import { parquetSchema } from "../../../sdk/derive/parquet.ts";
import { DamagedObjectError, LakeError } from "../../../sdk/errors.ts";
import type { DataObject } from "../../../sdk/lake/commit.ts";
import { openParquetColumns } from "../../../sdk/lake/parquet/columns_reader.ts";
import { ParquetColumnsWriter } from "../../../sdk/lake/parquet/columns_writer.ts";
import type { Compression } from "../../../sdk/lake/parquet/compression.ts";
import { propertyRuns } from "../../support/slow.ts";
import { batchOf, rowsOf } from "./column_batches.ts";
import { anyRow, EVERY_TYPE, inBoth, NULLS, PLAIN, TYPES } from "../every_type.ts";
import { type MemoryStore, memoryStore } from "../memory_store.ts";

const COMPRESSIONS: readonly Compression[] = ["none", "snappy", "zstd"];

function fileOf(
  spec: TableSpec,
  groups: readonly (readonly AnyRow[])[],
  compression: Compression = "zstd",
): Uint8Array {
  const file = new ParquetColumnsWriter(spec, compression);
  for (const rows of groups) file.write(batchOf(spec, rows));
  file.finish();
  return concat([...file.take()]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const storeOf = (
  spec: TableSpec,
  groups: readonly (readonly AnyRow[])[],
  compression?: Compression,
) => memoryStore(fileOf(spec, groups, compression), groups.flat().length);

/** Reads the rows of a store's object, by row group. */
async function read(store: MemoryStore, spec: TableSpec, object = store.object) {
  const { stored, absent, batches } = await openParquetColumns(store, object, spec);
  const groups = await Array.fromAsync(batches, (batch) => rowsOf(stored, batch));
  return { groups, absent, stored };
}

/** The rows of a table whose file has 5 MB: it is streamed. */
const LARGE: TableSpec = {
  name: "large",
  key: "id",
  columns: { id: { type: "integer" }, note: { type: "text", nullable: true } },
};
function largeRows(): AnyRow[][] {
  let state = 1;
  const random = () => (state = Math.imul(state, 48_271) >>> 0).toString(36);
  return Array.from({ length: 5 }, (_, group) =>
    Array.from({ length: 1_500 }, (_, row) => ({
      id: group * 1_500 + row,
      note: row % 7 === 0 ? null : Array.from({ length: 100 }, random).join(""),
    })));
}
const largeGroups = largeRows();
const largeFile = fileOf(LARGE, largeGroups, "none");

Deno.test("columns of any rows are read back, row group by row group", async () => {
  const groups = fc.array(fc.array(anyRow, { minLength: 1, maxLength: 40 }), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(groups, fc.constantFrom(...COMPRESSIONS), async (groups, compression) => {
      const found = await read(storeOf(EVERY_TYPE, groups, compression), EVERY_TYPE);
      assertEquals(found.groups, groups);
      assertEquals(found.absent, []);
    }),
    { numRuns: propertyRuns({ quick: 30, all: 500 }) },
  );
});

Deno.test("columns whose values repeat are read back", async () => {
  const groups = fc.array(anyRow, { minLength: 1, maxLength: 5 }).chain((rows) =>
    fc.array(fc.constantFrom(...rows), { minLength: 30, maxLength: 100 })
  );
  await fc.assert(
    fc.asyncProperty(groups, async (rows) => {
      assertEquals((await read(storeOf(EVERY_TYPE, [rows]), EVERY_TYPE)).groups, [rows]);
    }),
    { numRuns: propertyRuns({ quick: 20, all: 300 }) },
  );
});

Deno.test("a file without rows has no batches", async () => {
  assertEquals((await read(storeOf(EVERY_TYPE, []), EVERY_TYPE)).groups, []);
});

// ---- files of earlier releases ----

/** Values as hyparquet-writer takes them. */
function librarysColumns(spec: TableSpec, rows: readonly AnyRow[]) {
  return Object.entries(spec.columns).flatMap(([name, column]) => {
    const batch = batchOf({ ...spec, columns: { [name]: column } }, rows).columns[0];
    const values = (map: (row: number) => unknown) => ({
      name,
      data: rows.map((row, i) => row[name] === null ? null : map(i)),
    });
    const text = (row: number) => String(rows[row][name]);
    if (column.type !== "numeric" || (column.precision ?? 0) === 10) {
      return [
        values((row) =>
          batch.storage === "text"
            ? text(row)
            : batch.storage === "boolean"
            ? rows[row][name]
            : (batch as { values: ArrayLike<unknown> }).values[row]
        ),
      ];
    }
    const widest = { precision: 38, scale: 18 };
    const numbers = values((row) => parseDecimal(text(row), widest) ?? null);
    if (column.precision !== undefined) return [numbers];
    return [numbers, { ...values(text), name: `${name}_exact` }];
  });
}

Deno.test("files of hyparquet-writer itself are read: several pages, and its dictionaries", async () => {
  const rows = fc.array(anyRow, { minLength: 1, maxLength: 5 }).chain((few) =>
    fc.array(fc.oneof(anyRow, fc.constantFrom(...few)), { minLength: 1, maxLength: 80 })
  );
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 40, max: 4_000 }), async (rows, pageSize) => {
      const writer = new ByteWriter();
      const file = new ParquetWriter({ writer, schema: parquetSchema(EVERY_TYPE) });
      file.write({
        columnData: librarysColumns(EVERY_TYPE, rows) as never,
        rowGroupSize: 30,
        pageSize,
      });
      file.finish();
      const store = memoryStore(writer.getBytes(), rows.length);
      assertEquals((await read(store, EVERY_TYPE)).groups.flat(), rows);
    }),
    { numRuns: propertyRuns({ quick: 30, all: 300 }) },
  );
});

Deno.test("a column that grew from integer to bigint is read in 64 bits", async () => {
  const spec = (type: "integer" | "bigint"): TableSpec => ({
    name: "t",
    key: "a",
    columns: { a: { type }, b: { type, nullable: true } },
  });
  const store = storeOf(spec("integer"), [[{ a: -2_147_483_648, b: null }, { a: 7, b: -1 }]]);
  assertEquals((await read(store, spec("bigint"))).groups, [[
    { a: "-2147483648", b: null },
    { a: "7", b: "-1" },
  ]]);
});

Deno.test("decimals are read with the size they were stored with", async () => {
  const spec = (size: object): TableSpec => ({
    name: "t",
    key: "id",
    columns: { id: { type: "integer" }, price: { type: "numeric", ...size } },
  });
  const sizes = [{ precision: 8, scale: 1 }, { precision: 30, scale: 1 }, {}];
  for (const size of sizes) {
    const store = storeOf(spec(size), [[{ id: 1, price: "3.9" }]]);
    for (const other of [{ precision: 10, scale: 2 }, { precision: 38, scale: 18 }, {}]) {
      const { groups, stored } = await read(store, spec(other));
      assertEquals(groups, [[{ id: 1, price: "3.9" }]]);
      assertEquals(stored.columns.price, { ...stored.columns.price, ...size });
    }
  }
});

Deno.test("columns that a file does not have are NULL, in any storage", async () => {
  const columns = { integer: TYPES.integer };
  const store = storeOf({ ...EVERY_TYPE, columns }, [[{ integer: 1 }, { integer: 2 }]]);
  const { absent, groups } = await read(store, EVERY_TYPE);
  const missing = Object.keys(EVERY_TYPE.columns).filter((name) => name !== "integer");
  assertEquals(absent, missing);
  const nulls = Object.fromEntries(missing.map((name) => [name, null]));
  assertEquals(groups, [[{ integer: 1, ...nulls }, { integer: 2, ...nulls }]]);
});

Deno.test("columns in another order, and ones that the spec does not have, are no problem", async () => {
  const columns = Object.fromEntries(Object.entries(EVERY_TYPE.columns).toReversed());
  const store = storeOf({ ...EVERY_TYPE, columns }, [[inBoth(PLAIN)]]);
  assertEquals((await read(store, { ...EVERY_TYPE, columns: TYPES })).groups, [[PLAIN]]);
});

Deno.test("openParquetColumns() refuses a file of another table, naming the column", async () => {
  const store = storeOf(EVERY_TYPE, [[{ ...PLAIN, ...NULLS }]]);
  const other: TableSpec = { ...EVERY_TYPE, columns: { ...TYPES, date: { type: "text" } } };
  const error = await assertRejects(() => read(store, other), LakeError);
  assertStringIncludes(error.message, "date is stored as INT32 DATE, not as BYTE_ARRAY STRING");
  await assertRejects(
    () => read(store, { ...EVERY_TYPE, key: "id", columns: { id: { type: "text" } } }),
    LakeError,
    "column id is missing",
  );
});

// ---- one reading ----

Deno.test("a small object is read in one request, and a large one in two", async () => {
  const small = storeOf(EVERY_TYPE, [[inBoth(PLAIN)]]);
  await read(small, EVERY_TYPE);
  assertEquals(small.reads, [undefined]);
  const large = memoryStore(largeFile, 7_500);
  assertEquals((await read(large, LARGE)).groups, largeGroups);
  assertEquals(large.reads, [
    { start: largeFile.length - 2 ** 17, end: largeFile.length },
    undefined,
  ]);
});

Deno.test("a large object whose footer is longer than its first read is read in three requests", async () => {
  const spec: TableSpec = { name: "t", key: "id", columns: { id: { type: "text" } } };
  const ids = Array.from({ length: 6_000 }, (_, id) => [{ id: `${id} ${"x".repeat(900)}` }]);
  const store = storeOf(spec, ids, "none");
  assertEquals((await read(store, spec)).groups, ids);
  assertEquals(store.reads.length, 3);
});

Deno.test("who stops reading closes the object", async () => {
  const store = memoryStore(largeFile, 7_500);
  const { batches } = await openParquetColumns(store, store.object, LARGE);
  for await (const { rows } of batches) {
    assertEquals([rows, store.open], [1_500, 1]);
    break;
  }
  assertEquals(store.open, 0);
});

// ---- damage ----

/** Reads bytes in the place of an object's, and expects an error before its rows have ended. */
async function readDamaged(bytes: Uint8Array, object: DataObject, spec: TableSpec) {
  const store = memoryStore(bytes, 0);
  const all = async () => {
    const { batches } = await openParquetColumns(store, object, spec);
    for await (const { rows } of batches) assert(rows > 0);
  };
  await assertRejects(all, DamagedObjectError, "table.parquet");
  assertEquals(store.open, 0);
}

const largeObject = memoryStore(largeFile, 7_500).object;
const smallFile = fileOf(EVERY_TYPE, [[inBoth(PLAIN), { ...PLAIN, ...NULLS }]], "snappy");
const smallObject = memoryStore(smallFile, 2).object;

Deno.test("a changed byte anywhere in an object is found before its rows end", async () => {
  // Most bytes are text: the footer, page headers and levels are hit more often here than by chance.
  const place = fc.oneof(
    fc.nat(largeFile.length - 1),
    fc.integer({ min: largeFile.length - 1_500, max: largeFile.length - 1 }),
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 6_000, max: 6_300 }),
  );
  await fc.assert(
    fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (place, change) => {
      const changed = largeFile.slice();
      changed[place] ^= change;
      await readDamaged(changed, largeObject, LARGE);
      const other = smallFile.slice();
      other[place % other.length] ^= change;
      await readDamaged(other, smallObject, EVERY_TYPE);
    }),
    { numRuns: propertyRuns({ quick: 60, all: 2_000 }) },
  );
});

Deno.test("an object that is cut off, longer or another one is found before its rows end", async () => {
  await readDamaged(concat([largeFile, Uint8Array.of(0)]), largeObject, LARGE);
  await readDamaged(largeFile.slice().fill(0x61, 10_000, 10_100), largeObject, LARGE);
  await readDamaged(new Uint8Array(), smallObject, EVERY_TYPE);
  await readDamaged(fileOf(EVERY_TYPE, [[inBoth(PLAIN)]]), smallObject, EVERY_TYPE);
});

Deno.test("an object with another number of rows than its commit says is damaged", async () => {
  const store = storeOf(EVERY_TYPE, [[inBoth(PLAIN), inBoth(PLAIN)]]);
  for (const rows of [1, 3]) {
    const error = await assertRejects(
      () => read(store, EVERY_TYPE, { ...store.object, rows }),
      DamagedObjectError,
    );
    assertStringIncludes(error.message, "rows");
  }
});

Deno.test("a footer that is read differently from the object's is found", async () => {
  const intact = memoryStore(largeFile, 7_500);
  const changed = largeFile.slice();
  const createdBy = new TextDecoder("latin1").decode(largeFile).lastIndexOf("totesys");
  changed[createdBy] ^= 1;
  const store: MemoryStore = {
    ...intact,
    get: (key, range) => (range ? memoryStore(changed, 0) : intact).get(key, range),
  };
  await assertRejects(() => read(store, LARGE, largeObject), DamagedObjectError, "footer");
});

Deno.test("rows before the damage are read, and the error comes when they end", async () => {
  const changed = largeFile.slice();
  changed[largeFile.length - 600_000] ^= 1;
  const { batches } = await openParquetColumns(
    memoryStore(changed, 0),
    largeObject,
    LARGE,
  );
  let rows = 0;
  const all = async () => {
    for await (const batch of batches) rows += batch.rows;
  };
  await assertRejects(all, DamagedObjectError, "SHA-256");
  assert(rows > 0);
});
