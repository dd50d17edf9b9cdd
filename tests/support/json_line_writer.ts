/**
 * From COPY text to JSON Lines, row by row: what `jsonWriter` writes is compared with it.
 *
 * @module
 */
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { TableSpec } from "../../schemas/table.ts";
import { assertNever } from "../../sdk/assert_never.ts";
import { COPY_NULL, copyFieldText } from "../../sdk/postgres/copy_text.ts";

/**
 * An integer that JSON holds without loss. A column that got another type in the source can hold any
 * text: it is kept, and the validator rejects it.
 */
const SAFE_INTEGER = /^-?\d{1,15}$/;

/** The characters that JSON or COPY text escapes. */
// deno-lint-ignore no-control-regex -- control characters are escaped
const SPECIAL = /[\\"\u0000-\u001f]/;

/**
 * Returns a function that turns a line of COPY text into a line of JSON, without the newline. Integers
 * and booleans become JSON numbers and booleans; all other values stay text as Postgres printed it.
 */
export function jsonLineWriter(spec: TableSpec): (line: string) => string {
  const columns = Object.entries(spec.columns).map(([name, column], index) => ({
    opening: `${index === 0 ? "{" : ","}${JSON.stringify(name)}:`,
    literal: literalOf(column),
  }));
  return (line) => {
    const fields = line.split("\t");
    let json = "";
    for (let i = 0; i < columns.length; i++) {
      const field = fields[i];
      json += columns[i].opening;
      json += field === COPY_NULL ? "null" : columns[i].literal(field);
    }
    return json + "}";
  };
}

function literalOf(column: ColumnSpec): (field: string) => string {
  switch (column.type) {
    case "integer":
      return (field) => SAFE_INTEGER.test(field) ? field : quoted(field);
    case "boolean":
      return (field) => field === "t" ? "true" : field === "f" ? "false" : quoted(field);
    case "bigint":
    case "numeric":
    case "text":
    case "date":
    case "time":
    case "timestamp":
      return quoted;
    default:
      return assertNever(column);
  }
}

function quoted(field: string): string {
  return SPECIAL.test(field) ? JSON.stringify(copyFieldText(field)) : `"${field}"`;
}
