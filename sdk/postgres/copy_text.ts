/**
 * Fields of Postgres's COPY text format.
 *
 * @see https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 *
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

/** Characters of a text that are processed at once. */
const SLICE = 65_536;

/** NULL in COPY text. */
export const COPY_NULL = "\\N";

/** Returns a value as a field of COPY text. */
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

/** Returns the text of a field that is not {@linkcode COPY_NULL}. */
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
 * Processes a long text in slices, none of which ends within an escape: a million replacements at
 * once need a hundred times the text's memory.
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
