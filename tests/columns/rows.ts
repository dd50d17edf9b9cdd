/**
 * Arbitrary tables and rows of COPY text, and their chunks.
 *
 * @module
 */
import fc from "fast-check";
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { TableSpec } from "../../schemas/table.ts";
import { COPY_NULL, copyField } from "../../sdk/postgres/copy_text.ts";

/** Characters with those that COPY text or JSON escape more often than others. */
const character = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...'\\\t\n\r\b\f\v"Nntbfrvux/01\u0001\u001f\u007f') },
  { weight: 2, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.constantFrom("é", "😀", "\u2028", "\ufeff", "{", "}", ",", ":") },
).map((character) => character.toWellFormed());

const text = fc.string({ unit: character, maxLength: 12 });
const digits = fc.stringMatching(/^-?[0-9]{1,17}$/);

/** A field of COPY text as Postgres writes it, for any column, or as nobody does. */
const field = fc.oneof(
  fc.string({ maxLength: 40 }).map(copyField),
  text.map(copyField),
  text.map((text) => text.replaceAll(/[\t\n]/g, "")),
  digits,
  fc.integer().map(String),
  fc.constantFrom(COPY_NULL, "", "t", "f", "-", "0", "-0", "007", "\\", "1e3", "999999999999999"),
);

const column: fc.Arbitrary<ColumnSpec> = fc.record({
  type: fc.constantFrom<ColumnSpec["type"]>(
    ...["integer", "bigint", "numeric", "text", "boolean", "date", "time", "timestamp"] as const,
  ),
  nullable: fc.boolean(),
});

// JSON.parse() of V8 15 takes a key that is one escape, such as "\n", for "\\".
// deno-lint-ignore no-control-regex -- they are escaped
const isMisread = (name: string) => /^["\u0000-\u001f]$/.test(name);
const name = fc.oneof(
  fc.constantFrom("id", "a", "b b", "1", "0", 'q"', "\\", "é", "__proto__"),
  text.filter((text) => !isMisread(text)),
);

/** A table spec with 1 to 6 columns of any name and type. */
export const spec: fc.Arbitrary<TableSpec> = fc.uniqueArray(fc.tuple(name, column), {
  selector: ([name]) => name,
  minLength: 1,
  maxLength: 6,
}).map((columns) => ({ name: "t", key: columns[0][0], columns: Object.fromEntries(columns) }));

/** A table and lines of COPY text for it, without their line feeds. */
export const copied: fc.Arbitrary<{ readonly table: TableSpec; readonly lines: string[] }> = spec
  .chain((table) => {
    const width = Object.keys(table.columns).length;
    const line = fc.array(field, { minLength: width, maxLength: width })
      .map((fields) => fields.join("\t"));
    return fc.record({ table: fc.constant(table), lines: fc.array(line, { maxLength: 8 }) });
  });

/** Where to cut chunks. */
export const cuts: fc.Arbitrary<number[]> = fc.array(fc.nat(300), { maxLength: 20 });

/** Returns the UTF-8 bytes of lines, each with its line feed. */
export function bytesOf(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(lines.map((line) => line + "\n").join(""));
}

/** Cuts bytes at the given places, and yields them in memory that the next chunk overwrites. */
export async function* chunksOf(
  whole: Uint8Array,
  cuts: readonly number[],
): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(whole.length + 1).subarray(1);
  const ends = [...cuts, whole.length].map((end) => Math.min(end, whole.length));
  let start = 0;
  for (const end of ends.sort((a, b) => a - b)) {
    const chunk = memory.subarray(0, end - start);
    chunk.set(whole.subarray(start, end));
    yield await Promise.resolve(chunk);
    memory.fill(0xff);
    start = end;
  }
}
