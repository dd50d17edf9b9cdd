import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { ColumnSpec } from "../../schemas/columns.ts";
import { BinaryCopy } from "../../sdk/columns/binary_copy.ts";
import { codecOf } from "../../sdk/columns/codecs.ts";
import type { Column } from "../../sdk/columns/column.ts";
import { gather } from "../../sdk/columns/gather.ts";
import { sqlType } from "../../sdk/derive/ddl.ts";
import { connect } from "../../sdk/postgres/connection.ts";
import { propertyRuns } from "../support/slow.ts";
import { testDatabase } from "../support/postgres.ts";
import { CASES } from "./cases.ts";
import { fieldsOf, jsonField } from "./fields_of.ts";

const SPECS = Object.values(CASES).map(({ spec }): ColumnSpec => ({ ...spec, nullable: true }));
const NAMES = SPECS.map((_, i) => `c${i}`);
const VERSION = { firstSurrogate: 4_294_967_295, validFrom: "2022-11-03T14:20:49.962001Z" };

/** Decodes rows of texts, which are what Postgres prints. */
function decode(rows: (string | null)[][]): Column[] {
  const chunk = fieldsOf(rows.map((row) => row.map((text) => text && jsonField(text))));
  const columns = SPECS.map((spec, place) => codecOf(spec).decode(chunk, place, chunk.odd));
  assert(!chunk.odd.includes(1));
  return columns;
}

async function* send(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

/** Copies rows into a table and returns what Postgres prints of them, in their order. */
async function copied(
  rows: (string | null)[][],
  columns: readonly Column[],
): Promise<(string | null)[][]> {
  await using database = await testDatabase();
  await using connection = connect(database.url);
  const types = SPECS.map((spec, i) => `${NAMES[i]} ${sqlType(spec)}`).join(", ");
  await connection.query(`CREATE TABLE t (n bigint, ${types}, valid_from timestamptz)`);
  const copy = new BinaryCopy(SPECS, VERSION);
  const frames = function* () {
    yield* copy.frames({ rows: rows.length, columns });
    yield copy.end();
  };
  await connection.copyIn("COPY t FROM STDIN (FORMAT binary)", send(frames()));
  const printed = NAMES.map((name) => `${name}::text`).join(", ");
  const found = await database.sql.unsafe(
    `SELECT ${printed}, n::text, valid_from AT TIME ZONE 'UTC' || '' AS valid_from FROM t ORDER BY n`,
  );
  assertEquals(found.map(({ n }) => n), rows.map((_, i) => String(VERSION.firstSurrogate + i)));
  for (const row of found) assertEquals(row.valid_from, "2022-11-03 14:20:49.962001");
  return found.map((row) => NAMES.map((name) => row[name]));
}

const rowsOf = fc.array(
  fc.tuple(...Object.values(CASES).map(({ printed }) => fc.option(printed, { freq: 10 }))),
  { minLength: 1, maxLength: propertyRuns({ quick: 500, all: 2_000 }) },
);

Deno.test("BinaryCopy writes any rows so that Postgres prints their texts", async () => {
  await fc.assert(
    fc.asyncProperty(rowsOf, async (rows) => {
      assertEquals(await copied(rows, decode(rows)), rows);
    }),
    { numRuns: propertyRuns({ quick: 3, all: 15 }), endOnFailure: true },
  );
});

Deno.test("BinaryCopy writes the extreme values of every type", async () => {
  const extremes = Object.values(CASES).map(({ extremes }) => extremes);
  const most = Math.max(...extremes.map(({ length }) => length));
  const rows = Array.from({ length: most }, (_, i) => extremes.map((texts) => texts[i] ?? null));
  assertEquals(await copied(rows, decode(rows)), rows);
});

Deno.test("BinaryCopy writes columns that were gathered", async () => {
  const rows = fc.sample(rowsOf, { numRuns: 1, seed: 11 })[0];
  const indexes = Int32Array.from({ length: 300 }, (_, i) => i % 7 === 0 ? -1 : i % rows.length);
  const gathered = decode(rows).map((column) => gather(column, indexes, indexes.length));
  const expected = [...indexes].map((i) => i < 0 ? NAMES.map(() => null) : rows[i]);
  assertEquals(await copied(expected, gathered), expected);
});

Deno.test("BinaryCopy writes the same bytes into memory that held other rows", () => {
  const bytesOf = (copy: BinaryCopy, rows: (string | null)[][]) =>
    copy.frames({ rows: rows.length, columns: decode(rows) }).flatMap((frame) => frame.slice());
  fc.assert(
    fc.property(rowsOf, rowsOf, (others, rows) => {
      const [fresh, used] = [new BinaryCopy(SPECS), new BinaryCopy(SPECS)];
      bytesOf(used, others).toArray();
      const expected = bytesOf(fresh, rows).drop(19); // without the header
      assertEquals(Uint8Array.from(bytesOf(used, rows)), Uint8Array.from(expected));
    }),
    { numRuns: propertyRuns({ quick: 10, all: 50 }) },
  );
});

Deno.test("BinaryCopy refuses a column in the storage of another type", () => {
  const chunk = fieldsOf([["1"]]);
  const columns = [codecOf({ type: "integer" }).decode(chunk, 0, chunk.odd)];
  const copy = new BinaryCopy([{ type: "text" }]);
  assertThrows(() => [...copy.frames({ rows: 1, columns })], TypeError, "is int32, not text");
});

Deno.test("BinaryCopy cuts frames of about 128 KiB, and longer ones around a long row", () => {
  const spec: ColumnSpec = { type: "text" };
  const texts = Array.from({ length: 5_000 }, (_, i) => "x".repeat(i === 4_500 ? 300_000 : 50));
  const chunk = fieldsOf(texts.map((text) => [text]));
  const copy = new BinaryCopy([spec]);
  const columns = [codecOf(spec).decode(chunk, 0, chunk.odd)];
  const frames = [...copy.frames({ rows: texts.length, columns }), copy.end()];
  const sizes = frames.map(({ length }) => length);
  assertEquals(sizes.reduce((sum, size) => sum + size), 19 + 4_999 * 56 + 300_006 + 2);
  assert(sizes.every((size) => size < 140_000 || (size > 300_000 && size < 440_000)), `${sizes}`);
  assert(sizes.length < 7, `${sizes}`);
  const memories = new Set(frames.map(({ buffer }) => buffer));
  assert(
    memories.size < 4,
    "frames are written into the same memory, which grows for the long row",
  );
});

Deno.test("BinaryCopy writes a header and a trailer around no rows", () => {
  const bytes = new BinaryCopy([{ type: "integer" }]).end();
  assertEquals(new TextDecoder().decode(bytes.subarray(0, 6)), "PGCOPY");
  assertEquals(bytes.length, 21);
});

Deno.test("BinaryCopy refuses what Postgres cannot hold", () => {
  const column = (text: string): Column => {
    const bytes = new TextEncoder().encode(text);
    const offsets = Int32Array.of(0, bytes.length);
    return { storage: "text", bytes, offsets, nulls: null };
  };
  const write = (
    text: string,
  ) => [...new BinaryCopy([{ type: "numeric" }]).frames({ rows: 1, columns: [column(text)] })];
  assertThrows(() => write("NaN"), RangeError, "not a finite number");
  assertThrows(() => write("1".repeat(131_073)), RangeError, "131073 digits before the point");
  assertThrows(() => write(`0.${"1".repeat(16_384)}`), RangeError, "16384 after it");
  assertThrows(
    () => new BinaryCopy([], { firstSurrogate: 1, validFrom: "now" }),
    RangeError,
    "now",
  );
});

Deno.test("columns have the order that Postgres gives their values", async () => {
  await using database = await testDatabase();
  for (const [name, { spec, printed, extremes }] of Object.entries(CASES)) {
    const codec = codecOf(spec);
    if (codec.storage === "text") continue;
    const texts = [...extremes, ...fc.sample(printed, { numRuns: 300, seed: 11 })];
    const chunk = fieldsOf(texts.map((text) => [text]));
    const { values } = codec.decode(chunk, 0, chunk.odd) as { values: ArrayLike<number | bigint> };
    const sorted = texts.map((_, row) => row).sort((a, b) =>
      values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b
    );
    const found = await database.sql.unsafe(
      `SELECT row - 1 AS row FROM unnest($1::text[]) WITH ORDINALITY AS t(text, row)
ORDER BY text::${sqlType(spec)}, row`,
      [texts],
    );
    assertEquals(sorted, found.map(({ row }) => Number(row)), name);
  }
});
