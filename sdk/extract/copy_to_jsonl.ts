import type { ColumnSpec } from "../../schemas/columns.ts";
import type { TableSpec } from "../../schemas/table.ts";
import { assertNever } from "../assert_never.ts";
import { COPY_NULL, copyFieldText } from "../postgres/copy_text.ts";

/**
 * What is a JSON number without loss. A column that was retyped in the source may hold anything: that
 * is kept as text, for the validator to refuse.
 */
const WHOLE = /^-?\d{1,15}$/;

/** What JSON or COPY text would escape: a backslash, a quote, a control character. */
// deno-lint-ignore no-control-regex -- control characters are what it looks for
const SPECIAL = /[\\"\u0000-\u001f]/;

/**
 * Derives the function that turns a line of COPY text into a line of JSON (without the newline).
 * Values stay as Postgres printed them; only integers and booleans become bare JSON.
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
      return (field) => WHOLE.test(field) ? field : quoted(field);
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
