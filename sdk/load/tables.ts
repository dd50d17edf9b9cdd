import type { Model } from "../../schemas/model.ts";
import type { WarehouseTableSpec } from "../../schemas/table.ts";
import { addKeys, createTable, historyOf } from "../derive/ddl.ts";
import type { Connection } from "../postgres/connection.ts";
import { relationExists } from "../postgres/relation.ts";
import { identifier } from "../postgres/sql.ts";

/**
 * Creates missing warehouse tables and returns their names. Dimensions get their primary key at
 * once; a fact stays bare until its first rows are complete.
 */
export async function createTables(warehouse: Connection, model: Model): Promise<Set<string>> {
  const created = new Set<string>();
  for (const table of model.warehouse) {
    if (await relationExists(warehouse, identifier(table.name))) continue;
    created.add(table.name);
    const keys = table.kind === "fact" ? [] : addKeys(table);
    await runAll(warehouse, [...createTable(table), ...keys]);
  }
  return created;
}

/**
 * Allows NULL in columns, for rows from before their table had them, as in a warehouse that loaded
 * them at that time.
 */
export async function allowNull(
  warehouse: Connection,
  table: WarehouseTableSpec,
  columns: readonly string[],
): Promise<void> {
  const names = table.kind === "fact" ? [table.name, historyOf(table)] : [table.name];
  for (const name of names) {
    const rows = await warehouse.query<{ column: string }>(
      `SELECT attname AS column FROM pg_attribute
WHERE attrelid = to_regclass($1) AND attnotnull
  AND attname IN (SELECT jsonb_array_elements_text($2::text::jsonb))`,
      [identifier(name), JSON.stringify(columns)],
    );
    const changes = rows.map(({ column }) =>
      `ALTER TABLE ${identifier(name)} ALTER COLUMN ${identifier(column)} DROP NOT NULL`
    );
    await runAll(warehouse, changes);
  }
}

/** Runs statements in order. */
export async function runAll(warehouse: Connection, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await warehouse.query(statement);
}
