import type { ColumnSpec } from "../../schemas/columns.ts";
import { assertNever } from "../assert_never.ts";

/** How JSON Lines write a value that is not NULL. */
export const Literal = {
  /** A string: the text as Postgres prints it. */
  string: 0,
  /** A number without a fraction. An integer that a JSON number does not surely hold is a string. */
  integer: 1,
  /** `true` or `false`. */
  boolean: 2,
} as const;

/** How JSON Lines write a value that is not NULL. */
export type Literal = typeof Literal[keyof typeof Literal];

/** The digits of an integer that a JSON number holds without loss. */
export const SAFE_DIGITS = 15;

/** Returns how JSON Lines write the values of a column. */
export function literalOf(column: ColumnSpec): Literal {
  switch (column.type) {
    case "integer":
      return Literal.integer;
    case "boolean":
      return Literal.boolean;
    case "bigint":
    case "numeric":
    case "text":
    case "date":
    case "time":
    case "timestamp":
      return Literal.string;
    default:
      return assertNever(column);
  }
}
