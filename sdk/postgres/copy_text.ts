/**
 * One field of Postgres's COPY text format.
 *
 * @see https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 * @module
 */
import type { Value } from "../../schemas/columns.ts";

const ESCAPED = /[\\\t\n\r]/;
const ESCAPES = /[\\\t\n\r]/g;
const UNESCAPES = /\\([\s\S])/g;
const LETTERS: Readonly<Record<string, string>> = {
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\\": "\\\\",
};
const CONTROLS: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** How NULL reads in COPY text. */
export const COPY_NULL = "\\N";

/** A value as a field of COPY text. */
export function copyField(value: Value): string {
  switch (typeof value) {
    case "string":
      return ESCAPED.test(value)
        ? value.replace(ESCAPES, (character) => LETTERS[character])
        : value;
    case "number":
      return String(value);
    case "boolean":
      return value ? "t" : "f";
    default:
      return COPY_NULL;
  }
}

/** The text in a field of COPY text that is not {@linkcode COPY_NULL}. */
export function copyFieldText(field: string): string {
  if (!field.includes("\\")) return field;
  return field.replace(UNESCAPES, (_, letter: string) => CONTROLS[letter] ?? letter);
}
