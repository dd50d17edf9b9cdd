import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import type { Fields } from "../../sdk/columns/fields.ts";

const encoder = new TextEncoder();

/** Returns a chunk whose rows have these fields, as they stand in its bytes; null is NULL. */
export function fieldsOf(rows: readonly (readonly (string | Uint8Array | null)[])[]): Fields {
  const width = rows[0]?.length ?? 0;
  const starts = new Int32Array(rows.length * width);
  const ends = new Int32Array(rows.length * width);
  const lines = new Int32Array(rows.length + 1);
  const parts: Uint8Array[] = [];
  let at = 0;
  const add = (bytes: Uint8Array) => {
    parts.push(bytes);
    at += bytes.length;
  };
  rows.flat().forEach((field, place) => {
    if (place % width === 0) lines[place / width] = at;
    add(encoder.encode('"'));
    starts[place] = field === null ? -1 : at;
    if (field !== null) add(typeof field === "string" ? encoder.encode(field) : field);
    ends[place] = field === null ? -1 : at;
    add(encoder.encode('"'));
  });
  lines[rows.length] = at;
  const bytes = new Uint8Array(at);
  let to = 0;
  for (const part of parts) {
    bytes.set(part, to);
    to += part.length;
  }
  return { bytes, rows: rows.length, width, starts, ends, lines, odd: new Uint8Array(rows.length) };
}

/** Returns a chunk of rows with one field. */
export function fieldOf(...fields: (string | Uint8Array | null)[]): Fields {
  return fieldsOf(fields.map((field) => [field]));
}

/** Returns a text as it stands in a field of JSON Lines, without quotes. */
export function jsonField(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Returns the value that the row-wise engine has for a field of JSON Lines; undefined when it is no JSON. */
export function jsonValue(spec: ColumnSpec, field: string): Value | undefined {
  const bare = spec.type === "integer" || spec.type === "boolean";
  try {
    return JSON.parse(bare ? field : `"${field}"`);
  } catch {
    return undefined;
  }
}
