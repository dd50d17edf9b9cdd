/**
 * The column vocabulary: what a column of either database may be, and what its values are in
 * TypeScript. Everything a column needs elsewhere (DDL, Parquet, validation, COPY text) is derived
 * from these few words by exhaustive switches.
 *
 * @module
 */

/** What every column may say of itself, whatever its type. */
export interface ColumnTraits {
  /** The column may hold NULL. Columns are NOT NULL unless they say otherwise. */
  readonly nullable?: boolean;
  /** The table whose key this column holds. */
  readonly references?: string;
}

/** A 32-bit whole number. */
export interface IntegerColumn extends ColumnTraits {
  /** The word for it. */
  readonly type: "integer";
}

/** A 64-bit whole number, carried as decimal digits because JSON has no such number. */
export interface BigintColumn extends ColumnTraits {
  /** The word for it. */
  readonly type: "bigint";
}

/**
 * An exact decimal, carried as text so that no float ever touches it. Without a precision it is
 * Postgres's unconstrained `numeric`.
 */
export interface NumericColumn extends ColumnTraits {
  /** The word for it. */
  readonly type: "numeric";
  /** Digits in all. */
  readonly precision?: number;
  /** Digits after the point. */
  readonly scale?: number;
}

/** Text. */
export interface TextColumn extends ColumnTraits {
  /** The word for it. */
  readonly type: "text";
  /** What the text must read as: `"date"` is a real calendar date written `YYYY-MM-DD`. */
  readonly format?: "date";
  /**
   * The length the owner of the database declared, in characters. It shapes DDL only: a column that
   * is widened over there must not make its longer values invalid here.
   */
  readonly maxLength?: number;
  /**
   * The type the column has in the source when that is no character type: `uuid`, `jsonb`, `text[]`,
   * an enum's name. It is carried as the text Postgres prints.
   */
  readonly native?: string;
}

/** True or false. */
export interface BooleanColumn extends ColumnTraits {
  /** The word for it. */
  readonly type: "boolean";
}

/** A calendar date, carried as `YYYY-MM-DD`. */
export interface DateColumn extends ColumnTraits {
  /** The word for it. */
  readonly type: "date";
}

/** A time of day without zone, microseconds at the finest, carried as `HH:MM:SS[.ffffff]`. */
export interface TimeColumn extends ColumnTraits {
  /** The word for it. */
  readonly type: "time";
}

/** A timestamp without zone, carried as Postgres prints it: `YYYY-MM-DD HH:MM:SS[.ffffff]`. */
export interface TimestampColumn extends ColumnTraits {
  /** The word for it. */
  readonly type: "timestamp";
}

/** Any column. */
export type ColumnSpec =
  | IntegerColumn
  | BigintColumn
  | NumericColumn
  | TextColumn
  | BooleanColumn
  | DateColumn
  | TimeColumn
  | TimestampColumn;

/** The columns of a table, in the table's order. */
export type Columns = Readonly<Record<string, ColumnSpec>>;

/** The value of a column that is not NULL. Exact types (numeric, dates, times) travel as text. */
export type PresentValue<C extends ColumnSpec> = C["type"] extends "integer" ? number
  : C["type"] extends "boolean" ? boolean
  : string;

/** The value of a column, `null` included where the column allows it. */
export type ValueOf<C extends ColumnSpec> = C extends { readonly nullable: true }
  ? PresentValue<C> | null
  : PresentValue<C>;

/** Any value any column can hold. */
export type Value = string | number | boolean | null;
