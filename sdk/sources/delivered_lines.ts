import type { AnyRow, SourceTableSpec } from "../../schemas/table.ts";
import { SourceError } from "../errors.ts";
import { compareUtf8 } from "../lake/compare_utf8.ts";
import type { ReadableDelivery } from "./source.ts";

/** Lines that are encoded at once. */
const LINES = 1_000;

/**
 * Yields a delivery's rows as JSON Lines, with the columns of the table in order, and reports rows and bytes.
 * A chunk is valid until the next one is requested.
 *
 * @throws {SourceError} when the rows are not in key order, or a key does not begin with the name.
 */
export async function* deliveredLines(
  { name, rows }: Pick<ReadableDelivery, "name" | "rows">,
  table: SourceTableSpec,
  onRows: (count: number, bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const encode = encoder();
  const lineOf = lineWriter(Object.keys(table.columns));
  let last = `${name}/`;
  for await (const batch of rows()) {
    for (let from = 0; from < batch.length; from += LINES) {
      const some = batch.slice(from, from + LINES);
      for (const row of some) last = nextKey(row[table.key], last, name);
      const bytes = encode(some.map(lineOf).join(""));
      yield bytes;
      onRows(some.length, bytes.length);
    }
  }
}

/** Returns what encodes texts, one after another, into the same memory. */
function encoder(): (text: string) => Uint8Array {
  const utf8 = new TextEncoder();
  let buffer = new Uint8Array();
  return (text) => {
    if (buffer.length < 3 * text.length) buffer = new Uint8Array(3 * text.length);
    return buffer.subarray(0, utf8.encodeInto(text, buffer).written);
  };
}

/** Returns what writes a row as a line; a column that the row does not have is left out. */
function lineWriter(columns: readonly string[]): (row: AnyRow) => string {
  const names = columns.map((name) => `${JSON.stringify(name)}:`);
  return (row) => {
    let line = "";
    // A list of properties as the second argument of JSON.stringify() takes twice as long.
    for (let i = 0; i < columns.length; i++) {
      const value = JSON.stringify(row[columns[i]]);
      if (value !== undefined) line += `${line === "" ? "" : ","}${names[i]}${value}`;
    }
    return `{${line}}\n`;
  };
}

/** Returns the key of a row. @throws {SourceError} when it does not follow the last one. */
function nextKey(key: unknown, last: string, name: string): string {
  if (typeof key === "string" && key.startsWith(`${name}/`) && compareUtf8(key, last) > 0) {
    return key;
  }
  throw new SourceError(
    `document ${name} has a row with the key ${JSON.stringify(key)} after ${JSON.stringify(last)}`,
    { next: `yield the rows in key order, each key beginning with ${JSON.stringify(`${name}/`)}` },
  );
}
