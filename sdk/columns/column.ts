/**
 * A batch in memory is columns, not row objects: every stage reads and writes this one form. A column is
 * typed arrays, which the garbage collector does not scan.
 *
 * @module
 */

/** Which rows are NULL: one byte per row, 1 for NULL. Null when no row is. */
export type Nulls = Uint8Array | null;

/** Integers of 32 bits. Also dates, as days since 1970-01-01. */
export interface Int32Column {
  readonly storage: "int32";
  /** The values; 0 where NULL. */
  readonly values: Int32Array;
  readonly nulls: Nulls;
}

/**
 * Integers of 64 bits. Also times (microseconds since midnight), timestamps (microseconds since
 * 1970-01-01 00:00:00) and decimals of up to 18 digits (unscaled: 3.94 at scale 2 is 394).
 */
export interface Int64Column {
  readonly storage: "int64";
  /** The values; 0 where NULL. */
  readonly values: BigInt64Array;
  /** The same memory as 32-bit words, low word first, because a BigInt per value is slow. */
  readonly words: Int32Array;
  readonly nulls: Nulls;
}

/** Booleans. */
export interface BooleanColumn {
  readonly storage: "boolean";
  /** The values, 0 or 1; 0 where NULL. */
  readonly values: Uint8Array;
  readonly nulls: Nulls;
}

/**
 * Text as UTF-8. Also decimals without a precision, or with more than 18 digits, as Postgres prints
 * them. The text of row `i` is `bytes[offsets[i]]` up to, not including, `bytes[offsets[i + 1]]`; it is
 * empty where NULL.
 */
export interface TextColumn {
  readonly storage: "text";
  /** The texts, one after another. */
  readonly bytes: Uint8Array;
  /** Where each text starts, and where the last one ends: one more than there are rows. */
  readonly offsets: Int32Array;
  readonly nulls: Nulls;
}

/** Text that repeats: row `i` is the text `codes[i]` of `values`, which contains no NULL. */
export interface DictionaryColumn {
  readonly storage: "dictionary";
  /** The place of each row's text in `values`; 0 where NULL. */
  readonly codes: Int32Array;
  /** The distinct texts. */
  readonly values: TextColumn;
  readonly nulls: Nulls;
}

/** The values of one column of a batch. */
export type Column = Int32Column | Int64Column | BooleanColumn | TextColumn | DictionaryColumn;

/** The form of a column's values. */
export type Storage = Column["storage"];

/** Some rows of a table, column by column, in the order of its spec. */
export interface ColumnBatch {
  /** Number of rows. The arrays of a column can be longer. */
  readonly rows: number;
  readonly columns: readonly Column[];
}
