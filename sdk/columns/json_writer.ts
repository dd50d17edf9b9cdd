import type { TableSpec } from "../../schemas/table.ts";
import { MINUS, NINE, ZERO } from "./ascii.ts";
import type { Fields } from "./fields.ts";
import { type Literal, literalOf, SAFE_DIGITS } from "./json_literal.ts";
import { EXPANSION, jsonStringLength, writeJsonString } from "./json_string.ts";
import { FixedText, WORD_BYTES } from "./words.ts";

const LETTER_F = 102, LETTER_T = 116;
const [NULL, TRUE, FALSE, END] = ["null", "true", "false", "}\n"].map((text) =>
  new FixedText(text)
);
/** Bytes that a value takes at most in addition to its text, with what follows it. */
const VALUE_ROOM = NULL.length + END.length + 2 * WORD_BYTES;
/** Room for escapes at the start. It lets most fields be written without counting theirs first. */
const ESCAPES_ROOM = 2 ** 19;
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
    new FixedText(`${i === 0 ? "{" : ","}${JSON.stringify(name)}:`)
  );
  const rowRoom = openings.reduce((sum, { length }) => sum + length + VALUE_ROOM, 0);
  let kept = viewOf(new Uint8Array(0));
  return ({ bytes, starts, ends, rows, width }) => {
    const source = viewOf(bytes);
    const escapesRoom = Math.min(bytes.length * (EXPANSION - 1), ESCAPES_ROOM);
    const room = bytes.length + rows * rowRoom + escapesRoom;
    let out = kept.byteLength < room ? largerCopy(kept, 0, room) : kept;
    let at = 0;
    for (let row = 0, field = 0; row < rows; row++) {
      for (let column = 0; column < width; column++, field++) {
        const start = starts[field];
        const end = start < 0 ? start : ends[field];
        const opening = openings[column];
        const room = at + opening.length + VALUE_ROOM;
        if (room + (end - start) * EXPANSION > out.byteLength) {
          out = largerCopy(out, at, room + jsonStringLength(source, start, end));
        }
        at = opening.put(out, at);
        if (start < 0) at = NULL.put(out, at);
        else if (literals[column] === "string") {
          at = writeJsonString(source, start, end, out, at);
        } else at = writeValue(literals[column], source, start, end, out, at);
      }
      at = END.put(out, at);
    }
    if (out.byteLength <= KEPT_BYTES) kept = out;
    return new Uint8Array(out.buffer, 0, at);
  };
}

function writeValue(
  literal: Literal,
  bytes: DataView,
  start: number,
  end: number,
  out: DataView,
  at: number,
): number {
  const valueEnd = literal === "integer"
    ? writeInteger(bytes, start, end, out, at)
    : writeBoolean(bytes, start, end, out, at);
  return valueEnd < 0 ? writeJsonString(bytes, start, end, out, at) : valueEnd;
}

/** Writes an integer that a JSON number holds, and returns where it ends; -1 when it is none. */
function writeInteger(
  bytes: DataView,
  start: number,
  end: number,
  out: DataView,
  at: number,
): number {
  let i = start;
  if (start < end && bytes.getUint8(i) === MINUS) out.setUint8(at++, bytes.getUint8(i++));
  if (end === i || end - i > SAFE_DIGITS) return -1;
  for (; i < end; i++) {
    const byte = bytes.getUint8(i);
    if (byte < ZERO || byte > NINE) return -1;
    out.setUint8(at++, byte);
  }
  return at;
}

/** Writes a boolean, and returns where it ends; -1 when it is none. */
function writeBoolean(
  bytes: DataView,
  start: number,
  end: number,
  out: DataView,
  at: number,
): number {
  const letter = end - start === 1 ? bytes.getUint8(start) : 0;
  if (letter !== LETTER_T && letter !== LETTER_F) return -1;
  return (letter === LETTER_T ? TRUE : FALSE).put(out, at);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Returns a larger copy of a buffer of which so many bytes are used. */
function largerCopy(buffer: DataView, used: number, least: number): DataView {
  const larger = new Uint8Array(Math.ceil(least * 1.25));
  larger.set(new Uint8Array(buffer.buffer, 0, used));
  return viewOf(larger);
}
