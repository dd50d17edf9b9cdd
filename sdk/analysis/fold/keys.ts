/**
 * Keys of rows as a fold compares them: two keys are the same if and only if Postgres finds them equal.
 *
 * @module
 */
import type { ColumnSpec } from "../../../schemas/columns.ts";
import { codecOf, isNull } from "../../columns/codecs.ts";
import type { Column, Int32Column } from "../../columns/column.ts";
import { daysFromDate, parseDate } from "../../derive/calendar.ts";

/** A key: a number for an integer, days since 1970 for a date, text for any other type. */
export type Key = string | number;

/** Reads the key in a row of a column; null where it is NULL. */
export type KeyReader = (column: Column, row: number) => Key | null;

/** Returns a reader of keys. `as` is the column that they are compared with, if that is another one. */
export function keyReader(spec: ColumnSpec, as: ColumnSpec = spec): KeyReader {
  if (spec.type === as.type && (spec.type === "integer" || spec.type === "date")) {
    return (column, row) => isNull(column, row) ? null : (column as Int32Column).values[row];
  }
  const { valueAt } = codecOf(spec);
  return (column, row) => {
    const value = valueAt(column, row);
    // A number that the other column cannot hold refers to nothing.
    return value === null ? null : keyOf(String(value), as) ?? String(value);
  };
}

/** Returns the key that a text is, as tombstones carry it; undefined when a key cannot be that text. */
export function keyOf(text: string, { type }: ColumnSpec): Key | undefined {
  switch (type) {
    case "integer":
      return /^(0|-?[1-9]\d{0,9})$/.test(text) ? Number(text) : undefined;
    case "date": {
      const date = parseDate(text);
      return date && daysFromDate(date);
    }
    case "numeric":
      return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
    default:
      return text;
  }
}
