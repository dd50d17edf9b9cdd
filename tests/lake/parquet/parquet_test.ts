import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AnyRow, factPayment, type TableSpec, warehouseTables } from "../../../schemas/mod.ts";
import { LakeError, RowError } from "../../../sdk/errors.ts";
import type { DataObject } from "../../../sdk/lake/commit.ts";
import { writeObject } from "../../../sdk/lake/data_objects.ts";
import { fileStore } from "../../../sdk/lake/file_store.ts";
import { readParquet } from "../../../sdk/lake/parquet/read_parquet.ts";
import { writeParquet } from "../../../sdk/lake/parquet/write_parquet.ts";
import type { ObjectStore } from "../../../sdk/lake/store.ts";
import { duckdb } from "../duckdb.ts";
import { anyRow, EVERY_TYPE, inBoth, NULLS, PLAIN, rowWith, TYPES } from "../every_type.ts";
import { temporaryFolder } from "../temporary_folder.ts";

interface Written extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly object: DataObject;
  readonly path: string;
}

async function* batchesOf(rows: readonly AnyRow[], size = 1000): AsyncGenerator<AnyRow[]> {
  for (let at = 0; at < rows.length; at += size) {
    yield await Promise.resolve(rows.slice(at, at + size));
  }
}

async function write(
  spec: TableSpec,
  rows: readonly AnyRow[] | AsyncIterable<AnyRow[]>,
): Promise<Written> {
  const folder = await temporaryFolder();
  const store = fileStore(folder.url);
  const batches = Array.isArray(rows) ? batchesOf(rows) : rows as AsyncIterable<AnyRow[]>;
  try {
    let count = 0;
    const counted = async function* () {
      for await (const batch of batches) {
        count += batch.length;
        yield batch;
      }
    };
    const chunks = writeParquet(spec, counted(), "snappy");
    const object = await writeObject(store, "table.parquet", chunks, () => count);
    assert(object);
    return {
      store,
      object,
      path: join(fileURLToPath(folder.url), object.key),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

/** Writes rows and reads them. Returns the rows, and the number of batches. */
async function roundtrip(spec: TableSpec, rows: readonly AnyRow[]) {
  await using file = await write(spec, rows);
  const batches = await Array.fromAsync(readParquet(file.store, file.object, spec));
  return { rows: batches.flat(), batches: batches.length };
}

async function assertRoundtrip(spec: TableSpec, rows: readonly AnyRow[]): Promise<void> {
  assertEquals((await roundtrip(spec, rows)).rows, rows);
}

// ---- our own reader ----

Deno.test("a Parquet file preserves values of every column type", async () => {
  await assertRoundtrip(EVERY_TYPE, [inBoth(PLAIN), { ...PLAIN, ...NULLS }, inBoth(PLAIN)]);
});

Deno.test("a Parquet file preserves a column of NULLs", async () => {
  await assertRoundtrip(EVERY_TYPE, Array(100).fill({ ...PLAIN, ...NULLS }));
});

Deno.test("a Parquet file preserves text exactly, and an empty text is not NULL", async () => {
  const texts = [
    "",
    " ",
    "null",
    "\\N",
    'quote " and \\ backslash',
    "tab\tnewline\ncarriage\r\n",
    "\u{1F45C}\u{1F9F5}",
    "é is not e\u0301",
    "\u{FEFF}byte order mark",
    "漢字",
    "x".repeat(100_000),
  ];
  await assertRoundtrip(EVERY_TYPE, texts.map((text) => rowWith({ text, text_or_null: text })));
});

Deno.test("a Parquet file preserves every digit of a numeric without a scale", async () => {
  const numerics = [
    "0",
    "3",
    "3.9",
    "3.90",
    "3.900",
    "3.94",
    "0.00",
    "-3.94",
    "-0.000000000000000001",
    "0.0000000000000000001",
    "99999999999999999999.999999999999999999",
    "100000000000000000000",
    "-100000000000000000000.00",
    "1234567890123456789012345678901234567890",
    "0." + "7".repeat(40),
    "9".repeat(200),
  ];
  await assertRoundtrip(
    EVERY_TYPE,
    numerics.map((numeric) => rowWith({ numeric, numeric_or_null: numeric })),
  );
});

Deno.test("a Parquet file preserves integers, decimals and times at their limits", async () => {
  await assertRoundtrip(EVERY_TYPE, [
    rowWith({
      integer: -2_147_483_648,
      bigint: "-9223372036854775808",
      amount: "-99999999.99",
      wide: "-99999999999999999999.999999999999999999",
      date: "0001-01-01",
      time: "00:00:00",
      timestamp: "0001-01-01 00:00:00",
    }),
    rowWith({
      integer: 2_147_483_647,
      bigint: "9223372036854775807",
      amount: "99999999.99",
      wide: "99999999999999999999.999999999999999999",
      date: "294276-12-31",
      time: "24:00:00",
      timestamp: "294246-12-31 23:59:59.999999",
    }),
  ]);
});

Deno.test("a decimal with a declared scale is returned with that scale", async () => {
  const { rows } = await roundtrip(EVERY_TYPE, [rowWith({ amount: "3.9" }), rowWith({})]);
  assertEquals(rows.map(({ amount }) => amount), ["3.90", "3.94"]);
});

Deno.test("a numeric beyond the widest Parquet decimal is not truncated", async () => {
  const spec: TableSpec = {
    name: "precise",
    key: "id",
    columns: { id: { type: "integer" }, n: { type: "numeric", precision: 60, scale: 20 } },
  };
  const n = "1234567890123456789012345678901234567890.12345678901234567890";
  await assertRoundtrip(spec, [{ id: 1, n }, { id: 2, n: `-${n}` }]);
});

Deno.test("row groups are read in order, one at a time", async () => {
  const spec: TableSpec = {
    name: "many",
    key: "id",
    columns: { id: { type: "integer" }, text: { type: "text", nullable: true } },
  };
  const rows = Array.from({ length: 65_000 }, (_, id) => ({
    id,
    text: id % 7 === 0 ? null : `row ${id}`,
  }));
  const found = await roundtrip(spec, rows);
  assert(found.batches > 1, `${found.batches} row groups`);
  assertEquals(found.rows, rows);
});

Deno.test("rows of long text form row groups by size", async () => {
  const spec: TableSpec = { name: "long", key: "id", columns: { id: { type: "text" } } };
  const rows = Array.from({ length: 400 }, (_, i) => ({ id: `${i} ${"x".repeat(100_000)}` }));
  const found = await roundtrip(spec, rows);
  // 40 MB of text: as one row group it would be one allocation of that size.
  assert(found.batches > 1, `${found.batches} row group`);
  assertEquals(found.rows, rows);
});

Deno.test("a Parquet file without rows is valid and yields no rows", async () => {
  const { rows } = await roundtrip(EVERY_TYPE, []);
  assertEquals(rows, []);
});

Deno.test("an empty batch between others changes nothing", async () => {
  const batches = async function* () {
    yield await Promise.resolve([inBoth(PLAIN)]);
    yield [];
    yield [inBoth(PLAIN)];
  };
  await using file = await write(EVERY_TYPE, batches());
  const found = await Array.fromAsync(readParquet(file.store, file.object, EVERY_TYPE));
  assertEquals(found.flat(), [inBoth(PLAIN), inBoth(PLAIN)]);
});

Deno.test("a Parquet file preserves unusual column names", async () => {
  const names = [
    "Order",
    'say "hi"',
    "a.b",
    "x y",
    "é",
    "select",
    "a,b",
    "constructor",
    "__proto__",
    "'",
  ];
  const spec: TableSpec = {
    name: "Odd names",
    key: "Order",
    columns: Object.fromEntries(names.map((name) => [name, { type: "text" }])),
  };
  await assertRoundtrip(spec, [Object.fromEntries(names.map((name) => [name, `of ${name}`]))]);
});

Deno.test("writeParquet() throws for a value that does not fit, naming row, column and value", async () => {
  const wrong: [string, string][] = [
    ["amount", "3.941"],
    ["amount", "100000000.00"],
    ["date", "2022-02-30"],
    ["bigint", "many"],
    ["time", "25:00:00"],
    ["timestamp", "yesterday"],
  ];
  for (const [column, value] of wrong) {
    const row = rowWith({ integer: 42, [column]: value });
    const error = await assertRejects(() => write(EVERY_TYPE, [row]), RowError);
    for (const part of ["every_type 42", column, value]) {
      assertStringIncludes(error.message, part);
    }
  }
});

Deno.test("writeParquet() refuses an integer beyond 32 bits", async () => {
  for (const value of [2_147_483_648, -2_147_483_649, 1.5, NaN]) {
    for (const column of ["integer", "integer_or_null"]) {
      const row = { ...rowWith({}), [column]: value };
      await assertRejects(() => write(EVERY_TYPE, [row]), RowError, `${column}: ${value}`);
    }
  }
});

Deno.test("writeParquet() refuses NULL in a NOT NULL column, naming row and column", async () => {
  for (const column of Object.keys(TYPES)) {
    if (column === "integer") continue;
    const row = rowWith({ integer: 42, [column]: null });
    const error = await assertRejects(() => write(EVERY_TYPE, [row]), RowError, column, column);
    assertStringIncludes(error.message, "every_type 42");
  }
});

Deno.test("readParquet() refuses a file with a missing column, naming the column", async () => {
  const { text: _, ...columns } = TYPES;
  const incomplete: TableSpec = { ...EVERY_TYPE, columns };
  await using file = await write(incomplete, [PLAIN]);
  const read = Array.fromAsync(
    readParquet(file.store, file.object, { ...EVERY_TYPE, columns: TYPES }),
  );
  await assertRejects(() => read, LakeError, "text");
});

Deno.test("readParquet() refuses a file that is not Parquet, naming it", async () => {
  await using file = await write(EVERY_TYPE, []);
  const bytes = new TextEncoder().encode("not Parquet, and longer than a footer");
  await file.store.put("other.parquet", bytes);
  const other = { ...file.object, key: "other.parquet", bytes: bytes.length };
  await assertRejects(
    () => Array.fromAsync(readParquet(file.store, other, EVERY_TYPE)),
    LakeError,
    "other.parquet",
  );
});

Deno.test("a Parquet file preserves any rows", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRow, { maxLength: 60 }), async (rows) => {
      assertEquals((await roundtrip(EVERY_TYPE, rows)).rows, rows);
    }),
    { numRuns: 60 },
  );
});

// ---- a second implementation ----

Deno.test("DuckDB reads every column type", async () => {
  await using file = await write(EVERY_TYPE, [inBoth(PLAIN), { ...PLAIN, ...NULLS }]);
  await duckdb(file.path, async (query) => {
    const columns = await query("DESCRIBE SELECT * FROM $file");
    const types = Object.fromEntries(columns.map((c) => [c.column_name, c.column_type]));
    const expected: Record<string, string> = {
      integer: "INTEGER",
      bigint: "BIGINT",
      amount: "DECIMAL(10,2)",
      wide: "DECIMAL(38,18)",
      numeric: "DECIMAL(38,18)",
      numeric_exact: "VARCHAR",
      text: "VARCHAR",
      boolean: "BOOLEAN",
      date: "DATE",
      time: "TIME",
      timestamp: "TIMESTAMP",
    };
    for (const [name, type] of Object.entries(expected)) {
      assertEquals(types[name], type, name);
      const nullable = name.includes("_exact") ? "numeric_or_null_exact" : `${name}_or_null`;
      assertEquals(types[nullable], type, nullable);
    }
  });
});

Deno.test("DuckDB reads the same values", async () => {
  await using file = await write(EVERY_TYPE, [inBoth(PLAIN), { ...PLAIN, ...NULLS }]);
  await duckdb(file.path, async (query) => {
    const rows = await query("SELECT * FROM $file");
    const expected = {
      integer: 1,
      bigint: "9007199254740993",
      amount: "3.94",
      wide: "0.000000000000000001",
      numeric: "3.900000000000000000",
      numeric_exact: "3.9",
      text: "tote",
      boolean: true,
      date: "2022-11-03",
      time: "14:20:49.962",
      timestamp: "2022-11-03 14:20:49.962001",
    };
    for (const [name, value] of Object.entries(expected)) {
      const found = rows[0][name];
      assertEquals(typeof value === "string" ? String(found) : found, value, name);
      const nullable = name.includes("_exact") ? "numeric_or_null_exact" : `${name}_or_null`;
      assertEquals(rows[1][nullable], null, nullable);
    }
  });
});

Deno.test("DuckDB sees which columns are NOT NULL", async () => {
  await using file = await write(EVERY_TYPE, [inBoth(PLAIN)]);
  await duckdb(file.path, async (query) => {
    const schema = await query("SELECT name, repetition_type FROM parquet_schema($file)");
    for (const { name, repetition_type } of schema) {
      const column = EVERY_TYPE.columns[String(name)];
      if (column === undefined) continue; // the root, and the texts of exact numerics
      // A numeric too large for the decimal is in the text next to it.
      const required = !column.nullable && !String(name).startsWith("numeric");
      assertEquals(repetition_type, required ? "REQUIRED" : "OPTIONAL", String(name));
    }
  });
});

// Engines skip row groups whose statistics exclude a value: wrong statistics lose rows.
Deno.test("DuckDB finds rows by any value: the statistics of the file are right", async () => {
  const values: Partial<typeof PLAIN>[] = [
    {
      integer: -5,
      bigint: "-5",
      amount: "-12345678.99",
      wide: "-5.5",
      numeric: "-5.50",
      text: "",
      boolean: false,
      date: "1969-12-31",
      time: "00:00:00",
      timestamp: "1969-12-31 23:59:59.999999",
    },
    {
      integer: 5,
      bigint: "9223372036854775807",
      amount: "0.01",
      wide: "300.25",
      numeric: "127.00",
      text: "\u{1F45C}".repeat(100),
      boolean: true,
      date: "9999-12-31",
      time: "23:59:59.999999",
      timestamp: "9999-12-31 23:59:59.999999",
    },
    { wide: "128.00", numeric: "32768.00", text: "z".repeat(1000) },
  ];
  const rows = values.map((row) => inBoth({ ...PLAIN, ...row } as AnyRow));
  await using file = await write(EVERY_TYPE, rows);
  await duckdb(file.path, async (query) => {
    for (const row of rows) {
      for (const [name, value] of Object.entries(row)) {
        const literal = typeof value === "string" ? `'${value}'` : String(value);
        const count = (operator: string) =>
          query(`SELECT count(*) AS n FROM $file WHERE "${name}" ${operator} ${literal}`)
            .then(([{ n }]) => Number(n));
        const equal = await count("=");
        assert(equal >= 1, `${name} = ${literal}`);
        assertEquals(await count("<") + equal + await count(">"), 3, `${name} and ${literal}`);
      }
    }
  });
});

Deno.test("DuckDB sums money exactly over many row groups", async () => {
  const spec: TableSpec = {
    name: "sales",
    key: "id",
    columns: {
      id: { type: "integer" },
      price: { type: "numeric", precision: 10, scale: 2 },
      amount: { type: "numeric" },
    },
  };
  const rows = Array.from({ length: 45_000 }, (_, id) => ({ id, price: "0.10", amount: "0.10" }));
  await using file = await write(spec, rows);
  await duckdb(file.path, async (query) => {
    const [sums] = await query("SELECT sum(price) AS price, sum(amount) AS amount FROM $file");
    assertEquals(sums, { price: "4500.00", amount: "4500.000000000000000000" });
  });
});

Deno.test("DuckDB reads a file of no rows", async () => {
  await using file = await write(factPayment, []);
  await duckdb(file.path, async (query) => {
    assertEquals(await query("SELECT count(*)::INTEGER AS n FROM $file"), [{ n: 0 }]);
  });
});

Deno.test("DuckDB opens a file of each of the eleven tables", async () => {
  const types: Record<string, RegExp> = {
    integer: /^INTEGER$/,
    numeric: /^DECIMAL\((10,2|38,18)\)$/,
    text: /^VARCHAR$/,
    boolean: /^BOOLEAN$/,
    date: /^DATE$/,
    time: /^TIME$/,
  };
  for (const table of warehouseTables as readonly TableSpec[]) {
    await using file = await write(table, []);
    await duckdb(file.path, async (query) => {
      const found = await query("DESCRIBE SELECT * FROM $file");
      const columns = found.filter(({ column_name }) => !String(column_name).endsWith("_exact"));
      assertEquals(columns.map((c) => c.column_name), Object.keys(table.columns), table.name);
      for (const { column_name, column_type } of columns) {
        const { type } = table.columns[String(column_name)];
        assert(types[type].test(String(column_type)), `${column_name}: ${column_type}`);
      }
    });
  }
});
