import type { TableSpec } from "../../schemas/table.ts";
import { MINUS, NINE, QUOTE, ZERO } from "./ascii.ts";
import { FieldBuffer } from "./field_buffer.ts";
import type { Fields } from "./fields.ts";
import { type Literal, literalOf, SAFE_DIGITS } from "./json_literal.ts";
import { endOfJsonString } from "./json_string.ts";
import { FixedText } from "./words.ts";

const LINE_FEED = 10, LETTER_N = 110;
const [TRUE, FALSE] = ["true", "false"].map((text) => new TextEncoder().encode(text));
const [NULL, END] = ["null", "}\n"].map((text) => new FixedText(text));

/**
 * Returns a function that finds the fields of JSON Lines that `jsonWriter` wrote, for the columns of the
 * spec in order. Takes whole rows, which are UTF-8, of one object, chunk by chunk. Its result is valid
 * until the next call.
 *
 * A field is what a string contains, still escaped, or the characters of a number or a boolean. A
 * column that the batch did not `read` is NULL where the spec allows it. A row is odd when it is not
 * what `jsonWriter` writes for the spec: it can have values of another type or not be JSON at all.
 */
export function jsonScanner(
  spec: TableSpec,
  read: readonly string[],
): (bytes: Uint8Array) => Fields {
  const fields = new FieldBuffer(Object.keys(spec.columns).length);
  let layout: Layout | undefined;
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    layout ??= layoutOf(spec, read, bytes);
    fields.bytes = bytes;
    fields.rows = 0;
    for (let i = 0; i < bytes.length; fields.rows++) {
      if (fields.rows === fields.odd.length) fields.grow();
      const end = layout.isOdd ? -1 : scanRow(view, i, layout, fields);
      fields.odd[fields.rows] = end < 0 ? 1 : 0;
      i = end < 0 ? endOfLine(bytes, i) : end;
      fields.lines[fields.rows + 1] = i;
    }
    return fields;
  };
}

/** What the rows of an object look like. */
interface Layout {
  /** What is before each value, in the order in which the object has them. */
  readonly openings: readonly FixedText[];
  /** How each value is written; null when the spec does not have the column. */
  readonly literals: readonly (Literal | null)[];
  /** The place of each value in the spec; -1 when the spec does not have the column. */
  readonly places: readonly number[];
  /** The places of columns that the object does not have, and that are NULL. */
  readonly absent: readonly number[];
  /** Whether every row has to be parsed by itself. */
  readonly isOdd: boolean;
}

/**
 * Returns the layout of an object. Its first row shows which columns of the source it has in addition
 * to those of the spec. A column that the spec gained later was written as text.
 */
function layoutOf({ columns }: TableSpec, read: readonly string[], bytes: Uint8Array): Layout {
  const names = keysOf(bytes.subarray(0, endOfLine(bytes, 0))) ?? read;
  const specNames = Object.keys(columns);
  const absent = specNames.filter((name) => !names.includes(name));
  return {
    openings: names.map((name, i) =>
      new FixedText(`${i === 0 ? "{" : ","}${JSON.stringify(name)}:`)
    ),
    literals: names.map((name) => Object.hasOwn(columns, name) ? literalOf(columns[name]) : null),
    places: names.map((name) => specNames.indexOf(name)),
    absent: absent.map((name) => specNames.indexOf(name)),
    isOdd: absent.some((name) => read.includes(name) || !columns[name].nullable) ||
      names.some((name) => Object.hasOwn(columns, name) && !read.includes(name)),
  };
}

function keysOf(line: Uint8Array): string[] | null {
  try {
    const row = JSON.parse(new TextDecoder().decode(line));
    return typeof row === "object" && row !== null ? Object.keys(row) : null;
  } catch {
    return null;
  }
}

/** Finds the fields of the row at `i`, and returns where the next row starts; -1 for an odd row. */
function scanRow(view: DataView, i: number, layout: Layout, fields: FieldBuffer): number {
  const { openings, literals, places, absent } = layout;
  const { bytes, starts, ends } = fields;
  const first = fields.rows * fields.width;
  for (let column = 0; column < openings.length; column++) {
    i = openings[column].skip(view, i);
    if (i < 0) return -1;
    const isString = bytes[i] === QUOTE;
    const isNull = bytes[i] === LETTER_N;
    const start = isString ? i + 1 : i;
    const end = isNull ? NULL.skip(view, i) : endOfValue(literals[column], bytes, i);
    if (end < 0) return -1;
    i = isString ? end + 1 : end;
    if (places[column] < 0) continue;
    starts[first + places[column]] = isNull ? -1 : start;
    ends[first + places[column]] = end;
  }
  for (let n = 0; n < absent.length; n++) starts[first + absent[n]] = -1;
  return END.skip(view, i);
}

/** Returns the end of a value, before its closing quote; -1 when it is not written like this. */
function endOfValue(literal: Literal | null, bytes: Uint8Array, i: number): number {
  if (bytes[i] === QUOTE) {
    return literal === "string" || literal === null ? endOfJsonString(bytes, i + 1) : -1;
  }
  if (literal === "integer") return endOfInteger(bytes, i);
  if (literal === "boolean") return endOfBoolean(bytes, i);
  return literal === null ? Math.max(endOfBoolean(bytes, i), endOfInteger(bytes, i)) : -1;
}

/** Returns the end of `true` or `false`; -1 when it is neither. */
function endOfBoolean(bytes: Uint8Array, i: number): number {
  const text = bytes[i] === TRUE[0] ? TRUE : FALSE;
  return text.every((byte, n) => bytes[i + n] === byte) ? i + text.length : -1;
}

/** Returns the end of an integer as Postgres prints it; -1 when there is none. */
function endOfInteger(bytes: Uint8Array, i: number): number {
  const first = bytes[i] === MINUS ? i + 1 : i;
  let end = first;
  while (isDigit(bytes[end])) end++;
  if (end === first || end - first > SAFE_DIGITS) return -1;
  // JSON has no leading zeros, and -0 is not 0.
  return bytes[first] === ZERO && end - i > 1 ? -1 : end;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function endOfLine(bytes: Uint8Array, i: number): number {
  const end = bytes.indexOf(LINE_FEED, i);
  return end < 0 ? bytes.length : end + 1;
}
