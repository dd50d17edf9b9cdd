/**
 * Postgres's COPY text format: its lines, and the fields in them.
 *
 * @see https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 * @module
 */
import type { Value } from "../../schemas/columns.ts";
import { readLines } from "../read_lines.ts";

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

/** Characters of a text that are worked on at once. */
const SLICE = 65_536;

/** The rows of a table as COPY sends them, a line each. */
export function copyLines(
  chunks: AsyncIterable<Uint8Array>,
  table: string,
): AsyncIterable<string[]> {
  return readLines(chunks, (how, cause) => {
    return new Error(`what Postgres sent of ${table} ${how}`, { cause });
  });
}

/** How NULL reads in COPY text. */
export const COPY_NULL = "\\N";

/** A value as a field of COPY text. */
export function copyField(value: Value): string {
  switch (typeof value) {
    case "string":
      return ESCAPED.test(value) ? inSlices(value, escaped) : value;
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
  return field.includes("\\") ? inSlices(field, unescaped) : field;
}

function escaped(text: string): string {
  return text.replace(ESCAPES, (character) => LETTERS[character]);
}

function unescaped(text: string): string {
  return text.replace(UNESCAPES, (_, letter: string) => CONTROLS[letter] ?? letter);
}

/**
 * Works on a long text in slices, none of which ends inside an escape: to replace something a million
 * times at once takes a hundred times its memory.
 */
function inSlices(text: string, work: (slice: string) => string): string {
  if (text.length <= SLICE) return work(text);
  const parts: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + SLICE, text.length);
    let backslashes = 0;
    while (to - backslashes > from && text[to - backslashes - 1] === "\\") backslashes++;
    to += backslashes % 2;
    parts.push(work(text.slice(from, to)));
    from = to;
  }
  return parts.join("");
}
