import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import type { AnyRow, TableSpec } from "../../schemas/table.ts";
import { assertNever } from "../assert_never.ts";
import { COPY_NULL, copyFieldText } from "./copy_text.ts";

/** Returns a function that reads a row of a table from a line of COPY text, whose fields are its columns in order. */
export function copyRowReader(table: TableSpec): (line: string) => AnyRow {
  const columns = Object.entries(table.columns).map(([name, column]) => ({
    name,
    read: reader(column),
  }));
  return (line) => {
    const fields = line.split("\t");
    const row: Record<string, Value> = {};
    columns.forEach(({ name, read }, i) => row[name] = read(fields[i]));
    return row;
  };
}

function reader(column: ColumnSpec): (field: string) => Value {
  const read = presentReader(column);
  return (field) => field === COPY_NULL ? null : read(field);
}

function presentReader(column: ColumnSpec): (field: string) => Value {
  switch (column.type) {
    case "integer":
      return Number;
    case "boolean":
      return (field) => field === "t";
    case "bigint":
    case "numeric":
    case "text":
    case "date":
    case "time":
    case "timestamp":
      return copyFieldText;
    default:
      return assertNever(column);
  }
}
