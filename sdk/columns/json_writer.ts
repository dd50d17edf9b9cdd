import type { TableSpec } from "../../schemas/table.ts";
import type { Fields } from "./fields.ts";
import { Literal, literalOf, SAFE_DIGITS } from "./json_literal.ts";
import { EXPANSION, jsonStringLength, writeJsonString } from "./json_string.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const [DASH, ZERO, NINE, F, T] = bytesOf("-09ft");
const [NULL, TRUE, FALSE] = ["null", "true", "false"].map(bytesOf);
const END = bytesOf("}\n");

const INITIAL_BYTES = 2 ** 18;
/** A larger buffer, for a large row, is not kept. */
const KEPT_BYTES = 2 ** 22;

/**
 * Returns a function that writes rows of COPY text, whose fields are the spec's columns in order, as
 * JSON Lines. Its result is valid until the next call.
 *
 * Integers and booleans become JSON numbers and booleans; all other values stay text as Postgres printed
 * it. A column that got another type in the source can hold any text: it is kept as a string, and the
 * validator rejects it.
 */
export function jsonWriter(spec: TableSpec): (fields: Fields) => Uint8Array {
  const literals = Object.values(spec.columns).map(literalOf);
  const openings = Object.keys(spec.columns).map((name, i) =>
    bytesOf(`${i === 0 ? "{" : ","}${JSON.stringify(name)}:`)
  );
  let buffer = new Uint8Array(INITIAL_BYTES);
  return ({ bytes, starts, ends, rows, width }) => {
    let out = buffer.length > KEPT_BYTES ? new Uint8Array(INITIAL_BYTES) : buffer;
    let at = 0;
    for (let row = 0, field = 0; row < rows; row++) {
      for (let column = 0; column < width; column++, field++) {
        const opening = openings[column];
        const start = starts[field];
        const end = start < 0 ? start : ends[field];
        const room = at + opening.length + NULL.length + END.length;
        if (room + (end - start) * EXPANSION > out.length) {
          out = withRoom(out, at, room + jsonStringLength(bytes, start, end));
        }
        at = put(opening, out, at);
        if (start < 0) at = put(NULL, out, at);
        else at = writeValue(literals[column], bytes, start, end, out, at);
      }
      at = put(END, out, at);
    }
    buffer = out;
    return out.subarray(0, at);
  };
}

function writeValue(
  literal: Literal,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  if (literal === Literal.integer && isSafeInteger(bytes, start, end)) {
    for (let i = start; i < end; i++) out[at++] = bytes[i];
    return at;
  }
  if (literal === Literal.boolean && end - start === 1) {
    if (bytes[start] === T) return put(TRUE, out, at);
    if (bytes[start] === F) return put(FALSE, out, at);
  }
  return writeJsonString(bytes, start, end, out, at);
}

function isSafeInteger(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === DASH ? start + 1 : start;
  if (end === first || end - first > SAFE_DIGITS) return false;
  for (let i = first; i < end; i++) if (bytes[i] < ZERO || bytes[i] > NINE) return false;
  return true;
}

function put(text: Uint8Array, out: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) out[at++] = text[i];
  return at;
}

/** Returns a larger copy of a buffer of which so many bytes are used. */
function withRoom(buffer: Uint8Array<ArrayBuffer>, used: number, least: number) {
  const larger = new Uint8Array(Math.ceil(least * 1.25));
  larger.set(buffer.subarray(0, used));
  return larger;
}
