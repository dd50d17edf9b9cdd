import { assert, assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import type { SourceTableSpec } from "../../../schemas/table.ts";
import { duckdb } from "../../lake/duckdb.ts";
import { readParquetFile } from "../../../sdk/sources/files/parquet.ts";
import { temporaryFolder } from "../../lake/temporary_folder.ts";
import { type ReadingOptions, refusalOf, rowsOfContent, TARGETS } from "./read_all.ts";

/** Returns a Parquet file that DuckDB writes of a query. */
async function parquet(query: string, options = ""): Promise<Uint8Array> {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.parquet`;
  await duckdb(path, async (run) => {
    await run(`COPY (${query}) TO $file (FORMAT parquet${options})`);
  });
  return await Deno.readFile(path);
}

const PARQUET: ReadingOptions = { format: "parquet" };
const TARGET =
  "1::INTEGER AS \"Staff ID\", DATE '2026-11-01' AS month, 'GBP' AS currency_code, 10.50::DECIMAL(18,2) AS target";
const row = {
  staff_id: 1,
  month: "2026-11-01",
  currency_code: "GBP",
  target: "10.50",
};

Deno.test("a Parquet file is read with every compression", async () => {
  for (const codec of ["uncompressed", "snappy", "gzip", "zstd", "brotli"]) {
    const bytes = await parquet(`SELECT ${TARGET}`, `, COMPRESSION ${codec}`);
    assertEquals(await rowsOfContent(bytes, PARQUET), [row], codec);
  }
});

const types: SourceTableSpec = {
  name: "types",
  key: "id",
  columns: {
    id: { type: "text" },
    small: { type: "numeric", precision: 4, scale: 1, nullable: true },
    money: { type: "numeric", precision: 18, scale: 2, nullable: true },
    wide: { type: "numeric", nullable: true },
    whole: { type: "bigint", nullable: true },
    huge: { type: "numeric", nullable: true },
    number: { type: "integer", nullable: true },
    day: { type: "date", nullable: true },
    clock: { type: "time", nullable: true },
    moment: { type: "timestamp", nullable: true },
    flag: { type: "boolean", nullable: true },
    note: { type: "text", nullable: true },
  },
};

Deno.test("decimals, dates and times of Parquet are exact, and NULL is NULL", async () => {
  const bytes = await parquet(`
    SELECT -99.9::DECIMAL(4,1) AS small, 1234567890123456.78::DECIMAL(18,2) AS money,
      -12345678901234567890.123456789::DECIMAL(38,9) AS wide, 9223372036854775807 AS whole,
      18446744073709551615::UBIGINT AS huge, 7.0::DOUBLE AS number, DATE '0099-03-01' AS day,
      TIME '23:59:59.999999' AS clock, TIMESTAMP '1969-12-31 23:59:59.999999' AS moment,
      true AS flag, '£😀' AS note
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL`);
  const nulls = Object.keys(types.columns).slice(1).map((name) => [name, null]);
  assertEquals(await rowsOfContent(bytes, { ...PARQUET, table: types, spec: {} }), [
    {
      small: "-99.9",
      money: "1234567890123456.78",
      wide: "-12345678901234567890.123456789",
      whole: "9223372036854775807",
      huge: "18446744073709551615",
      number: 7,
      day: "0099-03-01",
      clock: "23:59:59.999999",
      moment: "1969-12-31 23:59:59.999999",
      flag: true,
      note: "£😀",
    },
    Object.fromEntries(nulls),
  ]);
});

Deno.test("timestamps of Parquet keep their digits in every unit", async () => {
  const table: SourceTableSpec = {
    name: "t",
    key: "id",
    columns: { id: { type: "text" }, moment: { type: "timestamp" } },
  };
  const moments = {
    "TIMESTAMP_S '2026-11-30 10:20:30'": "2026-11-30 10:20:30",
    "TIMESTAMP_MS '2026-11-30 10:20:30.123'": "2026-11-30 10:20:30.123",
    "TIMESTAMP_NS '2026-11-30 10:20:30.123456'": "2026-11-30 10:20:30.123456",
    "TIMESTAMP_NS '2026-11-30 10:20:30.123456789'": "2026-11-30 10:20:30.123456 and 789 ns",
    "TIMESTAMPTZ '2026-11-30 10:20:30+02'": "2026-11-30 08:20:30",
  };
  for (const [sql, moment] of Object.entries(moments)) {
    const bytes = await parquet(`SELECT ${sql} AS moment`);
    assertEquals(await rowsOfContent(bytes, { ...PARQUET, table, spec: {} }), [{ moment }], sql);
  }
});

Deno.test("a Parquet file of many row groups and pages is read in order", async () => {
  const query = `SELECT i::INTEGER AS staff_id, DATE '2026-11-01' AS month,
    CASE WHEN i % 3 = 0 THEN 'GBP' ELSE 'c' || i END AS currency_code,
    (i / 100)::DECIMAL(18,2) AS target FROM range(60000) r(i)`;
  const bytes = await parquet(query, ", ROW_GROUP_SIZE 25000");
  const rows = await rowsOfContent(bytes, PARQUET);
  assertEquals(rows.length, 60_000);
  assertEquals(rows.every(({ staff_id }, at) => staff_id === at), true);
  assertEquals(rows[45_001], {
    staff_id: 45_001,
    month: "2026-11-01",
    currency_code: "c45001",
    target: "450.01",
  });
});

Deno.test("a Parquet file whose rows repeat a long text is read some MB at a time", async () => {
  const long = "repeat('x', 100000) AS currency_code";
  const columns = TARGET.replace("'GBP' AS currency_code", long);
  const bytes = await parquet(`SELECT ${columns} FROM range(2000)`, ", COMPRESSION zstd");
  let rows = 0;
  const batches = readParquetFile({
    bytes: bytes.length,
    read: ({ start, end }) => ReadableStream.from([bytes.slice(start, end)]),
    columnOf: () => ({ type: "text" }),
  });
  for await (const { records } of batches) {
    rows += records.length;
    assert(records.length <= 50, `${records.length} rows of 100 kB at once`);
  }
  assertEquals([rows, bytes.length < 100_000], [2_000, true]);
});

Deno.test("unknown, missing, nested and inexact columns of Parquet refuse the file by name", async () => {
  const cases: [string, string][] = [
    [`SELECT ${TARGET}, 1 AS extra`, 'schema: unknown column "extra"'],
    ["SELECT 1 AS staff_id", 'schema: missing columns "month", "currency_code", "target"'],
    [`SELECT ${TARGET.replace("10.50::DECIMAL(18,2)", "[1]")}`, "column target is nested"],
    [`SELECT ${TARGET.replace("10.50::DECIMAL(18,2)", "{'a': 1}")}`, "column target is nested"],
    [
      `SELECT ${TARGET.replace("10.50::DECIMAL(18,2)", "10.5::DOUBLE")}`,
      "column target is DOUBLE, which is not exact: write it as DECIMAL or as text",
    ],
  ];
  for (const [query, reason] of cases) {
    assertEquals(await refusalOf(await parquet(query), PARQUET), reason, query);
  }
});

Deno.test("a column that is ignored can be nested, and is not read", async () => {
  const bytes = await parquet(`SELECT {'a': [1, 2]} AS extra, ${TARGET}`);
  const spec = { ...TARGETS, ignore: ["extra"] };
  assertEquals(await rowsOfContent(bytes, { ...PARQUET, spec }), [row]);
});

Deno.test("a Parquet month must be the first day, and text is converted like that of CSV", async () => {
  const day = await parquet(`SELECT ${TARGET.replace("2026-11-01", "2026-11-02")}`);
  assertEquals(await rowsOfContent(day, PARQUET), [{ ...row, month: "2026-11-02 is not YYYY-MM" }]);
  const text = await parquet(
    "SELECT '1' AS staff_id, '2026-11' AS month, 'GBP' AS currency_code, '10.50' AS target",
  );
  assertEquals(await rowsOfContent(text, PARQUET), [row]);
});

Deno.test("a Parquet file that is damaged or cut is refused, whichever byte it is", async () => {
  const bytes = await parquet(`SELECT ${TARGET} FROM range(100)`);
  const cut = "the file is not Parquet, or not complete: it does not end in PAR1";
  for (const length of [0, 3, 8, bytes.length - 1, bytes.length >> 1]) {
    assertEquals(await refusalOf(bytes.subarray(0, length), PARQUET), cut);
  }
  assertEquals(await refusalOf(gzipSync(bytes), PARQUET), cut);
  for (let at = 4; at < bytes.length - 4; at += 3) {
    const damaged = bytes.slice();
    damaged[at] ^= 0xff;
    const result = await refusalOf(damaged, PARQUET);
    if (typeof result !== "string") assertEquals(result.length, 100, `byte ${at}`);
  }
});
