/**
 * What a column type is in a batch: how it is read from text, turned into a value and back, and written
 * for binary COPY.
 *
 * @module
 */
import type { Value } from "../../schemas/columns.ts";
import type { Column, Nulls, Storage } from "./column.ts";
import type { Fields } from "./fields.ts";

/** A value as a column stores it; text is not encoded yet. */
export type Stored = number | bigint | string;

/** The rows of a frame of binary COPY while its columns are written one after another. */
export interface Frame {
  /** The memory, zero at first. */
  readonly bytes: Uint8Array;
  /** The same memory. */
  readonly view: DataView;
  /** Where the next field of each row is written. */
  readonly at: Int32Array;
}

/** What is known of a type when a value is not NULL. */
export interface TypeCodec<C extends Column = Column> {
  readonly storage: Storage;
  /** As {@linkcode Codec.decode}, which has found the rows that are NULL. */
  decode(fields: Fields, place: number, odd: Uint8Array, nulls: Nulls): C;
  /** Returns a value as stored. @throws {RangeError} when it does not fit; the message says why. */
  encode(value: never): Stored;
  /** Returns the value of a row: numerics, dates and times as text, a `numeric(10,2)` as `3.90`. */
  valueAt(column: C, row: number): Value;
  /** Adds the bytes of each row's field in binary COPY to `sizes`, whose first entry is row `from`. */
  addSizes(column: C, from: number, to: number, sizes: Int32Array): void;
  /** Writes the fields of rows `from` up to `to` for binary COPY and advances `frame.at`. */
  write(column: C, from: number, to: number, frame: Frame): void;
}

/** What is known of a column, NULL included. */
export interface Codec extends Omit<TypeCodec, "decode" | "encode"> {
  /**
   * Reads field `place` of every row. Marks a row in `odd` when the validator or the Parquet writer could
   * refuse the value, or when {@linkcode Codec.valueAt} would not return what the row-wise engine has.
   * Rows that are odd already are not read; their value means nothing. The next call overwrites the
   * arrays it returns.
   */
  decode(fields: Fields, place: number, odd: Uint8Array): Column;
  /**
   * Returns a value as stored, or null.
   *
   * @throws {RangeError} when it does not fit, or is null and the column does not allow it.
   */
  encode(value: Value): Stored | null;
}

/** Writes NULL as the field of a row. */
export function writeNull({ view, at }: Frame, row: number): void {
  view.setInt32(at[row], -1);
  at[row] += 4;
}

/** Returns {@linkcode TypeCodec.addSizes} of a type whose values all take `bytes` bytes. */
export function fixedSizes(bytes: number): TypeCodec["addSizes"] {
  return ({ nulls }, from, to, sizes) => {
    for (let row = from; row < to; row++) {
      sizes[row - from] += nulls !== null && nulls[row] === 1 ? 4 : 4 + bytes;
    }
  };
}
