/**
 * Derives the warehouse's DDL from its specs. Pure: specs in, statements out.
 *
 * @module
 */
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { FactSpec, TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { identifier, identifiers } from "../postgres/sql.ts";
import { assertNever } from "../assert_never.ts";

/** The column with the time from which a fact's version is valid. */
export const VALID_FROM = "valid_from";
/** The column with the time at which a superseded version of a fact ended. */
export const VALID_TO = "valid_to";

/** The column with the time at which a dimension's row was found deleted in the source. */
export const DELETED_AT = "deleted_at";

/** Returns the name of the table with a fact's superseded versions. */
export function historyOf(fact: FactSpec): string {
  return `${fact.name}_history`;
}

/** Returns the names of the tables that store a table of the warehouse: its own, and a fact's history. */
export function tableNames(table: WarehouseTableSpec): string[] {
  return table.kind === "fact" ? [table.name, historyOf(table)] : [table.name];
}

/** Returns the name of the view with all of a fact's versions. */
export function versionsOf(fact: FactSpec): string {
  return `${fact.name}_versions`;
}

/** Returns the SQL type of a column. */
export function sqlType(column: ColumnSpec): string {
  switch (column.type) {
    case "numeric":
      return column.precision === undefined
        ? "numeric"
        : `numeric(${column.precision},${column.scale ?? 0})`;
    case "text":
      return column.maxLength === undefined ? "text" : `varchar(${column.maxLength})`;
    case "integer":
    case "bigint":
    case "boolean":
    case "date":
    case "time":
    case "timestamp":
      return column.type;
    default:
      return assertNever(column);
  }
}

/** A column as the warehouse stores it. */
export interface StoredColumn {
  /** The column's name. */
  readonly name: string;
  /** The column's SQL type. */
  readonly type: string;
  /** Whether the column can hold NULL. */
  readonly nullable: boolean;
}

/** Returns the columns of a table as stored: the spec's, and those that the loader maintains. */
export function storedColumns(table: WarehouseTableSpec): StoredColumn[] {
  const columns = specColumns(table);
  switch (table.kind) {
    case "calendar":
      return columns;
    case "dimension":
      return [...columns, { name: DELETED_AT, type: "timestamptz", nullable: true }];
    case "fact":
      return [
        { name: table.surrogate, type: "bigint", nullable: false },
        ...columns,
        { name: VALID_FROM, type: "timestamptz", nullable: false },
      ];
  }
}

/** Returns the statements that create a table without constraints: a bulk load comes first. */
export function createTable(table: WarehouseTableSpec): string[] {
  const columns = storedColumns(table).map(definition);
  const statement = create(table.name, columns);
  if (table.kind !== "fact") return [statement];
  return [
    statement,
    create(historyOf(table), [...columns, `${VALID_TO} timestamptz NOT NULL`]),
    createVersionsView(table),
  ];
}

/** Returns the statements that add a table's keys. */
export function addKeys(table: WarehouseTableSpec): string[] {
  if (table.kind !== "fact") return [addPrimaryKey(table.name, table.key)];
  const history = historyOf(table);
  return [
    addPrimaryKey(table.name, table.surrogate),
    `ALTER TABLE ${identifier(table.name)} ADD UNIQUE (${identifier(table.key)})`,
    addPrimaryKey(history, table.surrogate),
    `CREATE INDEX ON ${identifier(history)} (${identifier(table.key)}, ${VALID_FROM})`,
  ];
}

/** Returns the statements that add a table's foreign keys. */
export function addForeignKeys(table: WarehouseTableSpec, all: readonly TableSpec[]): string[] {
  return references(table, all).map(({ column, parent }) =>
    `ALTER TABLE ${identifier(table.name)} ADD FOREIGN KEY (${identifier(column)})` +
    ` REFERENCES ${identifier(parent.name)} (${identifier(parent.key)})`
  );
}

/** Returns the columns of a table that reference another, with that table. */
export function references(
  table: TableSpec,
  all: readonly TableSpec[],
): { readonly column: string; readonly parent: TableSpec }[] {
  return Object.entries(table.columns).flatMap(([column, { references }]) => {
    if (references === undefined) return [];
    const parent = all.find(({ name }) => name === references);
    if (!parent) {
      throw new TypeError(`${table.name}.${column} refers to ${references}: no such table`);
    }
    return [{ column, parent }];
  });
}

function create(name: string, definitions: readonly string[]): string {
  return `CREATE TABLE ${identifier(name)} (\n  ${definitions.join(",\n  ")}\n)`;
}

/** Returns the SQL definitions of a spec's columns, in order. */
export function columnDefinitions(table: TableSpec): string[] {
  return specColumns(table).map(definition);
}

function specColumns(table: TableSpec): StoredColumn[] {
  return Object.entries(table.columns).map(([name, column]) => ({
    name,
    type: sqlType(column),
    nullable: column.nullable ?? false,
  }));
}

function definition({ name, type, nullable }: StoredColumn): string {
  return `${identifier(name)} ${type}${nullable ? "" : " NOT NULL"}`;
}

function addPrimaryKey(table: string, key: string): string {
  return `ALTER TABLE ${identifier(table)} ADD PRIMARY KEY (${identifier(key)})`;
}

/** Returns the statement that creates the view with all of a fact's versions. */
export function createVersionsView(fact: FactSpec): string {
  const columns = identifiers([fact.surrogate, ...Object.keys(fact.columns), VALID_FROM]);
  return `CREATE VIEW ${identifier(versionsOf(fact))} AS
  SELECT ${columns}, NULL::timestamptz AS ${VALID_TO} FROM ${identifier(fact.name)}
  UNION ALL
  SELECT ${columns}, ${VALID_TO} FROM ${identifier(historyOf(fact))}`;
}
