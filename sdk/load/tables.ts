import type { Model } from "../../schemas/model.ts";
import { addForeignKeys, addKeys, createTable } from "../derive/ddl.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";

/**
 * Creates the warehouse tables that are absent and returns their names. Dimensions get their primary
 * key at once; a fact is created bare, to be filled before its constraints are added.
 */
export async function createTables(warehouse: Connection, model: Model): Promise<Set<string>> {
  const created = new Set<string>();
  for (const table of model.warehouse) {
    const [{ exists }] = await warehouse.query<{ exists: boolean }>(
      "SELECT to_regclass($1) IS NOT NULL AS exists",
      [identifier(table.name)],
    );
    if (exists) continue;
    created.add(table.name);
    const keys = table.kind === "fact" ? [] : addKeys(table);
    await runAll(warehouse, [...createTable(table), ...keys]);
  }
  return created;
}

/** Adds the constraints that {@linkcode createTables} left out, checking what was loaded since. */
export async function addConstraints(
  warehouse: Connection,
  model: Model,
  created: ReadonlySet<string>,
): Promise<void> {
  for (const table of model.warehouse.filter(({ name }) => created.has(name))) {
    const keys = table.kind === "fact" ? addKeys(table) : [];
    await runAll(warehouse, [...keys, ...addForeignKeys(table, model.warehouse)]);
  }
}

async function runAll(warehouse: Connection, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await warehouse.query(statement);
}
