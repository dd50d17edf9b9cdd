/**
 * Table specs. A table is one literal (`{…} as const satisfies …Spec`), from which its row type and
 * everything else is derived.
 *
 * @module
 */
import type { Columns, Value, ValueOf } from "./columns.ts";

/** The properties of every table. */
export interface TableSpec {
  /** The table's name in the database. */
  readonly name: string;
  /** The column that identifies a row: the primary key, or a fact's business key. */
  readonly key: string;
  /** The columns, in order. */
  readonly columns: Columns;
}

/** A table of the operational database. */
export type SourceTableSpec = TableSpec;

/** The origin of a warehouse table's rows. */
export interface Lineage {
  /** The source table of the rows: one row there becomes one row here, with the same key. */
  readonly from: string;
  /**
   * The source tables that each row is joined with, by the column of `from` that holds their key. A
   * change of a joined row reaches this table too.
   */
  readonly join?: Readonly<Record<string, string>>;
}

/** A dimension: one row per member, overwritten when it changes (slowly changing dimension type 1). */
export interface DimensionSpec extends TableSpec, Lineage {
  /** The kind of table. */
  readonly kind: "dimension";
}

/** The calendar: one row per date that any fact refers to. */
export interface CalendarSpec extends TableSpec {
  /** The kind of table. */
  readonly kind: "calendar";
}

/**
 * A fact. Its table holds the current state, one row per business key; superseded versions move to
 * `<name>_history`, and the view `<name>_versions` shows both.
 */
export interface FactSpec extends TableSpec, Lineage {
  /** The kind of table. */
  readonly kind: "fact";
  /** The surrogate key column, which numbers versions. It is not in `columns`. */
  readonly surrogate: string;
}

/** A table of the star schema. */
export type WarehouseTableSpec = DimensionSpec | CalendarSpec | FactSpec;

/** Returns the table that holds only the key of this one, as text: the layout of a tombstone. */
export function keyOf(table: TableSpec): TableSpec {
  return { name: table.name, key: table.key, columns: { [table.key]: { type: "text" } } };
}

/** A row of a table, typed from its spec. */
export type Row<T extends { readonly columns: Columns }> = {
  readonly [Name in keyof T["columns"]]: ValueOf<T["columns"][Name]>;
};

/** A row whose table is not known at compile time. */
export type AnyRow = Readonly<Record<string, Value>>;
