/**
 * The column types of both databases, and their values in TypeScript. DDL, Parquet schemas, validators
 * and COPY text are derived from them by exhaustive switches.
 *
 * @module
 */

/** The properties of a column of any type. */
export interface ColumnTraits {
  /** Whether the column allows NULL; false when omitted. */
  readonly nullable?: boolean;
  /** The table whose key this column holds. */
  readonly references?: string;
  /**
   * What a value means, as a short phrase: `"Day the order was placed (UTC)"`. A warehouse column that is a
   * copy of a source column has that one's meaning unless it says its own.
   */
  readonly meaning?: string;
  /**
   * Whether values identify a person, an address or a bank account: no page shows an example of them. When
   * omitted, a warehouse column is personal if a source column that it is made of is; others are not.
   */
  readonly personal?: boolean;
}

/** A 32-bit whole number. */
export interface IntegerColumn extends ColumnTraits {
  /** The type's name. */
  readonly type: "integer";
}

/** A 64-bit whole number, carried as text because a JSON number cannot hold it. */
export interface BigintColumn extends ColumnTraits {
  /** The type's name. */
  readonly type: "bigint";
}

/**
 * An exact decimal, carried as text so that no float touches it. Without a precision, it is Postgres's
 * unconstrained `numeric`.
 */
export interface NumericColumn extends ColumnTraits {
  /** The type's name. */
  readonly type: "numeric";
  /** Total number of digits. */
  readonly precision?: number;
  /** Digits after the point. */
  readonly scale?: number;
}

/** Text. */
export interface TextColumn extends ColumnTraits {
  /** The type's name. */
  readonly type: "text";
  /** The text's format: `"date"` is a real calendar date as `YYYY-MM-DD`. */
  readonly format?: "date";
  /**
   * The length that the database declares, in characters. It only shapes DDL: when the source widens
   * the column, its longer values stay valid.
   */
  readonly maxLength?: number;
  /**
   * The column's type in the source if it is not a character type: `uuid`, `jsonb`, `text[]`, the name
   * of an enum. Values are carried as the text that Postgres prints.
   */
  readonly native?: string;
}

/** True or false. */
export interface BooleanColumn extends ColumnTraits {
  /** The type's name. */
  readonly type: "boolean";
}

/** A calendar date, carried as `YYYY-MM-DD`. */
export interface DateColumn extends ColumnTraits {
  /** The type's name. */
  readonly type: "date";
}

/** A time of day without time zone, in microseconds, carried as `HH:MM:SS[.ffffff]`. */
export interface TimeColumn extends ColumnTraits {
  /** The type's name. */
  readonly type: "time";
}

/** A timestamp without time zone, carried as Postgres prints it: `YYYY-MM-DD HH:MM:SS[.ffffff]`. */
export interface TimestampColumn extends ColumnTraits {
  /** The type's name. */
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

/** The value of a column that is not NULL. Numerics, dates and times are text. */
export type PresentValue<C extends ColumnSpec> = C["type"] extends "integer" ? number
  : C["type"] extends "boolean" ? boolean
  : string;

/** The value of a column, including `null` where the column allows it. */
export type ValueOf<C extends ColumnSpec> = C extends { readonly nullable: true }
  ? PresentValue<C> | null
  : PresentValue<C>;

/** A value of any column. */
export type Value = string | number | boolean | null;
