/**
 * Texts one after another in memory: what text columns and decimals kept as text share.
 *
 * @module
 */
import { type Frame, writeNull } from "./type_codec.ts";
import type { DictionaryColumn, Nulls, TextColumn } from "./column.ts";
import type { Fields } from "./fields.ts";
import { grown, withRoom } from "./growing_arrays.ts";

/** A column of texts in either form. */
export type TextsColumn = TextColumn | DictionaryColumn;

/** The texts of a column: that of row `i` is at place `codes[i]`, or at `i` without codes. */
export interface RowTexts {
  /** The texts, one after another. */
  readonly bytes: Uint8Array;
  /** Where each text starts, and where the last one ends. */
  readonly offsets: Int32Array;
  /** The place of each row's text. */
  readonly codes: Int32Array | null;
}

/** Returns the texts of a column in either form. */
export function textsOf(column: TextsColumn): RowTexts {
  const { bytes, offsets } = column.storage === "dictionary" ? column.values : column;
  return { bytes, offsets, codes: column.storage === "dictionary" ? column.codes : null };
}

/** Copies a field's text; returns the place after the copy, or -1 when the text is odd. */
export type CopyField = (
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
) => number;

/** The memory of a column of texts that a decoder fills again and again. */
export class TextBuffer {
  #bytes = new Uint8Array(0);
  #offsets = new Int32Array(0);

  /** Copies field `place` of every row by `copy`. Rows that are odd or NULL have an empty text. */
  decode(
    { bytes, starts, ends, width, rows }: Fields,
    place: number,
    odd: Uint8Array,
    nulls: Nulls,
    copy: CopyField,
  ): TextColumn {
    const offsets = this.#offsets = withRoom(this.#offsets, rows + 1);
    let out = this.#bytes;
    let at = 0;
    for (let row = 0, field = place; row < rows; row++, field += width) {
      offsets[row] = at;
      const from = starts[field];
      if (from < 0 || odd[row] === 1) continue;
      const to = ends[field];
      if (at + to - from > out.length) out = this.#bytes = grown(out, at + to - from);
      const end = copy(bytes, from, to, out, at);
      if (end < 0) odd[row] = 1;
      else at = end;
    }
    offsets[rows] = at;
    return { storage: "text", bytes: out, offsets, nulls };
  }
}

// A byte order mark is part of the text.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Returns the text of a row. */
export function textAt(column: TextsColumn, row: number): string {
  if (column.storage === "dictionary") return textAt(column.values, column.codes[row]);
  return utf8.decode(column.bytes.subarray(column.offsets[row], column.offsets[row + 1]));
}

/** Adds the bytes of each row's text as a field of binary COPY. */
export function addTextSizes(
  column: TextsColumn,
  from: number,
  to: number,
  sizes: Int32Array,
): void {
  const { nulls } = column;
  const { offsets, codes } = textsOf(column);
  for (let row = from; row < to; row++) {
    const text = codes === null ? row : codes[row];
    const isNull = nulls !== null && nulls[row] === 1;
    sizes[row - from] += isNull ? 4 : 4 + offsets[text + 1] - offsets[text];
  }
}

/** From this length on, a block copy costs less than a loop. */
const BLOCK = 48;

/** Writes texts as a field of binary COPY. */
export function writeTexts(column: TextsColumn, from: number, to: number, frame: Frame): void {
  const { nulls } = column;
  const { bytes, offsets, codes } = textsOf(column);
  const { bytes: out, view, at } = frame;
  for (let row = from; row < to; row++) {
    if (nulls !== null && nulls[row] === 1) {
      writeNull(frame, row - from);
      continue;
    }
    const text = codes === null ? row : codes[row];
    const start = offsets[text], end = offsets[text + 1];
    let place = at[row - from];
    view.setInt32(place, end - start);
    place += 4;
    if (end - start >= BLOCK) {
      out.set(bytes.subarray(start, end), place);
      place += end - start;
    } else for (let i = start; i < end; i++) out[place++] = bytes[i];
    at[row - from] = place;
  }
}
