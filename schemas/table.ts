/**
 * Table specs. A table is one literal (`{…} as const satisfies …Spec`), from which its row type and
 * everything else is derived.
 *
 * @module
 */
import type { Columns, Value, ValueOf } from "./columns.ts";
import type { WarehouseColumns } from "./origin.ts";

/** The properties of every table. */
export interface TableSpec {
  /** The table's name in the database. */
  readonly name: string;
  /** The column that identifies a row: the primary key, or a fact's business key. */
  readonly key: string;
  /** The columns, in order. */
  readonly columns: Columns;
  /** What the table holds, as a short phrase: `"Tote bag designs"`. */
  readonly meaning?: string;
  /** What one row is: `"one row per member of staff"`. Derived from the name of the key when omitted. */
  readonly grain?: string;
}

/** A table of the operational database. */
export type SourceTableSpec = TableSpec;

/** A row of a table, typed from its spec. */
export type Row<T extends { readonly columns: Columns }> = {
  readonly [Name in keyof T["columns"]]: ValueOf<T["columns"][Name]>;
};

/** A row whose table is not known at compile time. */
export type AnyRow = Readonly<Record<string, Value>>;

/**
 * A function that makes a warehouse row, for what origins of columns cannot say. It must be pure: the
 * same rows always give the same result.
 */
export interface RowFunction {
  /** Raise it when the function returns other rows for the same input: it is part of every commit. */
  readonly version: number;
  /**
   * Returns the warehouse row of a source row and the rows that it is joined with, by the path of the
   * join; a joined row is null where the reference is NULL. Returns null to leave the row out. The key
   * must be that of the source row.
   */
  make(row: AnyRow, joined: Readonly<Record<string, AnyRow | null>>): AnyRow | null;
}

/** The properties of a table of the warehouse. */
export interface StarTableSpec extends TableSpec {
  /** The columns, in order, each with its origin. */
  readonly columns: WarehouseColumns;
}

/** The properties of a warehouse table whose rows are made from source rows. */
export interface FromSource {
  /** The source table of the rows: one row there becomes one row here, with the same key. */
  readonly from: string;
  /**
   * The columns that hold the keys of joined rows, by path: `{ address: "legal_address_id" }`, or
   * `{ "staff.department": "department_id" }` for a join of a joined row. The last part of a path is a
   * source table, or a name of your own for the table that the column `references`. A path in `of`
   * needs no entry where exactly one column references the table. A change of a joined row reaches this
   * table too.
   */
  readonly join?: Readonly<Record<string, string>>;
  /** Makes each row. It gets the rows of every path in `join`; columns then have no origin. */
  readonly row?: RowFunction;
}

/** A dimension: one row per member, overwritten when it changes (slowly changing dimension type 1). */
export interface DimensionSpec extends StarTableSpec, FromSource {
  /** The kind of table. */
  readonly kind: "dimension";
}

/** The calendar: one row per date that any fact refers to. Its columns are made of the key, a date. */
export interface CalendarSpec extends StarTableSpec {
  /** The kind of table. */
  readonly kind: "calendar";
}

/**
 * A fact. Its table holds the current state, one row per business key; superseded versions move to
 * `<name>_history`, and the view `<name>_versions` shows both.
 */
export interface FactSpec extends StarTableSpec, FromSource {
  /** The kind of table. */
  readonly kind: "fact";
  /** The surrogate key column, which numbers versions. It is not in `columns`. */
  readonly surrogate: string;
  /** The amounts that the view `<name>_converted` shows in the reference currency as well. */
  readonly convert?: Conversion;
}

/** How amounts of a fact are converted, by the rates of `fact_exchange_rate`. */
export interface Conversion {
  /** The columns with amounts. Column `a` is `a_converted` in the view. */
  readonly amounts: readonly string[];
  /**
   * Where the currency's code is: in a column of the fact, or of a dimension that a column of the fact
   * references: `currency_id.currency_code`.
   */
  readonly currency: string;
  /** The date column. The last rate that was published on or before it counts. */
  readonly on: string;
}

/** A table of the star schema. */
export type WarehouseTableSpec = DimensionSpec | CalendarSpec | FactSpec;

/** A warehouse table whose rows are made from source rows. */
export type DerivedTable = DimensionSpec | FactSpec;

/** Returns the table that holds only the key of this one, as text: the layout of a tombstone. */
export function keyOf(table: TableSpec): TableSpec {
  return { name: table.name, key: table.key, columns: { [table.key]: { type: "text" } } };
}
