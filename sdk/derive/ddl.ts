/**
 * The warehouse as SQL, derived from its specs. Pure: specs in, statements out.
 *
 * @module
 */
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { FactSpec, TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { identifier, identifiers } from "../postgres/sql.ts";
import { assertNever } from "../assert_never.ts";

/** The column that says since when a fact's row has been as it is. */
export const VALID_FROM = "valid_from";
/** The column that says when a superseded version of a fact ended. */
export const VALID_TO = "valid_to";

/** The column that says when a dimension's row was found gone from the source. */
export const DELETED_AT = "deleted_at";

/** The name of the table of a fact's superseded versions. */
export function historyOf(fact: FactSpec): string {
  return `${fact.name}_history`;
}

/** The name of the view of all of a fact's versions. */
export function versionsOf(fact: FactSpec): string {
  return `${fact.name}_versions`;
}

/** The SQL type of a column. */
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

/** The statements that create a table without its constraints: a bulk load comes first. */
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

/** The statements that add a table's keys. */
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

/** The statements that add a table's foreign keys. */
export function addForeignKeys(table: WarehouseTableSpec, all: readonly TableSpec[]): string[] {
  return references(table, all).map(({ column, parent }) =>
    `ALTER TABLE ${identifier(table.name)} ADD FOREIGN KEY (${identifier(column)})` +
    ` REFERENCES ${identifier(parent.name)} (${identifier(parent.key)})`
  );
}

/** The columns of a table that hold the key of another, with that table. */
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

/** The definitions of a spec's columns, in order. */
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

/** The statement that creates the view of all of a fact's versions. */
export function createVersionsView(fact: FactSpec): string {
  const columns = identifiers([fact.surrogate, ...Object.keys(fact.columns), VALID_FROM]);
  return `CREATE VIEW ${identifier(versionsOf(fact))} AS
  SELECT ${columns}, NULL::timestamptz AS ${VALID_TO} FROM ${identifier(fact.name)}
  UNION ALL
  SELECT ${columns}, ${VALID_TO} FROM ${identifier(historyOf(fact))}`;
}
