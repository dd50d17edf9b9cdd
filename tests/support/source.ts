import type postgres from "postgres";
import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import { sourceTables } from "../../schemas/source_tables.ts";
import type { Row, TableSpec } from "../../schemas/table.ts";
import { columnDefinitions, references } from "../../sdk/derive/ddl.ts";
import { identifier } from "../../sdk/postgres/sql.ts";

/** Anything that runs a statement: a pool, a transaction, a reserved connection. */
export type Sql = postgres.ISql;

/** Creates the empty tables of totesys with their primary and foreign keys. */
export async function createSource(sql: Sql): Promise<void> {
  const tables = sourceTables.map((table: TableSpec) => {
    const parents = references(table, sourceTables).map(({ column, parent }) =>
      `FOREIGN KEY (${identifier(column)}) REFERENCES ${identifier(parent.name)}`
    );
    const key = `PRIMARY KEY (${identifier(table.key)})`;
    const parts = [...columnDefinitions(table), key, ...parents];
    return `CREATE TABLE ${identifier(table.name)} (${parts.join(", ")})`;
  });
  await sql.unsafe(tables.join(";"));
}

/**
 * Inserts a row: `await insert(sql, design, { design_id: 7 })`. Omitted columns get a plain valid
 * value: 1 for numbers and keys, NULL where allowed.
 */
export async function insert<T extends TableSpec>(
  sql: Sql,
  table: T,
  values: Partial<Row<T>> = {},
): Promise<void> {
  const row: Record<string, Value> = { ...plainRow(table), ...values };
  await sql`INSERT INTO ${sql(table.name)} ${sql(row)}`;
}

/** Inserts one plain row with key 1 into every table. */
export async function insertOneOfEach(sql: Sql): Promise<void> {
  for (const table of sourceTables) await insert(sql, table);
}

function plainRow(table: TableSpec): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(table.columns).map(([name, column]) => [name, plainValue(name, column)]),
  );
}

function plainValue(name: string, column: ColumnSpec): Value {
  if (column.nullable) return null;
  switch (column.type) {
    case "integer":
      return 1;
    case "bigint":
    case "numeric":
      return "1";
    case "boolean":
      return false;
    case "date":
      return "2026-01-01";
    case "time":
      return "09:00:00";
    case "timestamp":
      return "2026-01-01 09:00:00";
    case "text":
      return column.format === "date" ? "2026-01-01" : name.slice(0, column.maxLength);
  }
}
