/**
 * What a table spec says. A table is one literal (`{…} as const satisfies …Spec`); its row type and
 * everything else about it is derived.
 *
 * @module
 */
import type { Columns, Value, ValueOf } from "./columns.ts";

/** What every table has. */
export interface TableSpec {
  /** The table's name in its database. */
  readonly name: string;
  /** The column that identifies a row: the primary key, or a fact's business key. */
  readonly key: string;
  /** The columns, in order. */
  readonly columns: Columns;
}

/** A table of the operational database. */
export type SourceTableSpec = TableSpec;

/** Where the rows of a warehouse table come from. */
export interface Lineage {
  /** The source table each row is made from: one row there is one row here, under the same key. */
  readonly from: string;
  /**
   * The source tables looked up for each row, each by the column of `from` that holds its key. A
   * change over there alone reaches this table too.
   */
  readonly join?: Readonly<Record<string, string>>;
}

/** A dimension: one row per member, overwritten when the member changes (type 1). */
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
  /** The surrogate key: numbers versions, not business keys. Not among `columns`. */
  readonly surrogate: string;
}

/** A table of the star schema. */
export type WarehouseTableSpec = DimensionSpec | CalendarSpec | FactSpec;

/** The key of a table, as text, as a table of its own: what a tombstone holds. */
export function keyOf(table: TableSpec): TableSpec {
  return { name: table.name, key: table.key, columns: { [table.key]: { type: "text" } } };
}

/** A row of a table, typed from its spec. */
export type Row<T extends { readonly columns: Columns }> = {
  readonly [Name in keyof T["columns"]]: ValueOf<T["columns"][Name]>;
};

/** A row whose table is not known at compile time. */
export type AnyRow = Readonly<Record<string, Value>>;
