import type { ColumnSpec } from "../../schemas/columns.ts";
import { assertNever } from "../assert_never.ts";

/**
 * How JSON Lines write a value that is not NULL: a string is the text as Postgres prints it. An integer
 * that a JSON number does not surely hold is a string, too.
 */
export type Literal = "string" | "integer" | "boolean";

/** The digits of an integer that a JSON number holds without loss. */
export const SAFE_DIGITS = 15;

/** Returns how JSON Lines write the values of a column. */
export function literalOf(column: ColumnSpec): Literal {
  switch (column.type) {
    case "integer":
      return "integer";
    case "boolean":
      return "boolean";
    case "bigint":
    case "numeric":
    case "text":
    case "date":
    case "time":
    case "timestamp":
      return "string";
    default:
      return assertNever(column);
  }
}
