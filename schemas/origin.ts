/**
 * The origin of a warehouse column: which source column its value comes from, and what is made of it.
 * It is part of the column's spec, so that transforms, lineage and versions are derived from one literal.
 *
 * @module
 */
import type { ColumnSpec, Value } from "./columns.ts";

/** The name of a column type. */
export type ColumnType = ColumnSpec["type"];

/** The type of each part of a date or timestamp. */
export const PART_TYPES = {
  date: "date",
  time: "time",
  year: "integer",
  quarter: "integer",
  month: "integer",
  day: "integer",
  isoDayOfWeek: "integer",
  dayName: "text",
  monthName: "text",
} as const;

/**
 * A part of a date or timestamp. `time` needs a timestamp. `isoDayOfWeek` is 1 on Monday and 7 on Sunday;
 * names are English.
 */
export type Part = keyof typeof PART_TYPES;

/** The origin of a warehouse column. */
export interface Origin {
  /**
   * The source column: a column of the table's `from` (`"staff_id"`), or a path over joins of any depth
   * (`"staff.department.department_name"`). Default: the column of the same name. In a calendar: a
   * column of the calendar. A value over a reference that is NULL is NULL.
   */
  readonly of?: string;
  /** The part of that date or timestamp; not together with `by`. */
  readonly part?: Part;
  /** The name of the model's function that makes the value from that column. */
  readonly by?: string;
}

/** A column of a warehouse table. */
export type WarehouseColumn = ColumnSpec & Origin;

/** The columns of a warehouse table, in the table's order. */
export type WarehouseColumns = Readonly<Record<string, WarehouseColumn>>;

/**
 * A function that makes the value of a column from the value of another. It must be pure: the same value
 * always gives the same result. It is not called for NULL, which stays NULL.
 */
export interface ScalarFunction {
  /** Raise it when the function returns other values for the same input: it is part of every commit. */
  readonly version: number;
  /** The type of its argument. */
  readonly takes: ColumnType;
  /** The type of its result. */
  readonly returns: ColumnType;
  /** Whether it returns NULL for some values; false when omitted. */
  readonly nullable?: boolean;
  /** Returns the value. A {@linkcode RowError} that it throws puts the row into quarantine. */
  call(value: NonNullable<Value>): Value;
}

/** The functions of a model, by name. */
export type Functions = Readonly<Record<string, ScalarFunction>>;
