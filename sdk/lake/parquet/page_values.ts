/**
 * The values of a Parquet page: a column's, without its NULLs.
 *
 * @module
 */
import type { Column, DictionaryColumn, Nulls } from "../../columns/column.ts";

/** Whole numbers of 128 bits: decimals of more than 18 digits, unscaled. */
export interface Int128Column {
  readonly storage: "int128";
  /** Four words of 32 bits each, the lowest first; 0 where NULL. */
  readonly words: Int32Array;
  readonly nulls: Nulls;
}

/** A column as Parquet stores it. */
export type PhysicalColumn = Column | Int128Column;

/** The rows `from` to `to` of a column. */
export interface ColumnRange {
  readonly column: PhysicalColumn;
  readonly from: number;
  /** The row after the last. */
  readonly to: number;
}

/** Whole numbers of 32, 64 or 128 bits. */
export interface Words {
  readonly form: "words";
  /** The words of all values, the lowest of each first. */
  readonly words: Int32Array;
  /** Words of a value. */
  readonly stride: 1 | 2 | 4;
  readonly count: number;
}

/** Booleans. */
export interface Booleans {
  readonly form: "booleans";
  /** The values, 0 or 1. */
  readonly values: Uint8Array;
  readonly count: number;
}

/** Texts. */
export interface Texts {
  readonly form: "texts";
  /** The texts, in any order. */
  readonly bytes: Uint8Array;
  /** Where each text starts, and where the last one ends. */
  readonly offsets: Int32Array;
  readonly count: number;
}

/** Values of one form. */
export type Values = Words | Booleans | Texts;

/** Values of which each is there once, and the place of each row's. */
export interface Coded {
  readonly distinct: Values;
  /** The place of each row's value among them. */
  readonly codes: Uint16Array;
}

/** Returns the values of the rows `from` to `to`, which are not NULL. Reads the column's own memory. */
export function valuesOf(
  column: Exclude<PhysicalColumn, DictionaryColumn>,
  from: number,
  to: number,
): Values {
  const count = to - from;
  switch (column.storage) {
    case "int32":
      return { form: "words", words: column.values.subarray(from, to), stride: 1, count };
    case "int64":
      return { form: "words", words: column.words.subarray(from * 2, to * 2), stride: 2, count };
    case "int128":
      return { form: "words", words: column.words.subarray(from * 4, to * 4), stride: 4, count };
    case "boolean":
      return { form: "booleans", values: column.values.subarray(from, to), count };
    case "text":
      return {
        form: "texts",
        bytes: column.bytes,
        offsets: column.offsets.subarray(from, to + 1),
        count,
      };
  }
}

/** Returns the values without those of the rows that are NULL. `nulls` has one byte per value. */
export function withoutNulls(values: Values, nulls: Uint8Array, count: number): Values {
  switch (values.form) {
    case "words": {
      const { stride } = values;
      const words = new Int32Array(count * stride);
      for (let i = 0, to = 0; i < values.count; i++) {
        if (nulls[i]) continue;
        for (let word = 0; word < stride; word++) words[to++] = values.words[i * stride + word];
      }
      return { form: "words", words, stride, count };
    }
    case "booleans":
      return { form: "booleans", values: values.values.filter((_, i) => !nulls[i]), count };
    case "texts": {
      // A NULL has no bytes: the texts around it touch.
      const offsets = new Int32Array(count + 1);
      let to = 0;
      for (let i = 0; i < values.count; i++) if (!nulls[i]) offsets[to++] = values.offsets[i];
      offsets[to] = values.offsets[values.count];
      return { form: "texts", bytes: values.bytes, offsets, count };
    }
  }
}
