import type { Model } from "../../schemas/model.ts";
import type { WarehouseTableSpec } from "../../schemas/table.ts";
import { addForeignKeys, addKeys, createTable } from "../derive/ddl.ts";
import type { Connection } from "../postgres/connection.ts";
import { relationExists } from "../postgres/relation.ts";
import { identifier } from "../postgres/sql.ts";

/**
 * Creates the warehouse tables that are absent and returns their names. Dimensions get their primary
 * key at once; a fact is created bare, to be filled before its constraints are added.
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

const FOREIGN_KEY_VIOLATION = "23503";

/**
 * Adds the constraints that {@linkcode createTables} left out, checking what was loaded since. When
 * rows refer to what is not there, `divert` takes them out, and the constraints are added again.
 */
export async function addConstraints(
  warehouse: Connection,
  model: Model,
  created: ReadonlySet<string>,
  divert: (table: WarehouseTableSpec) => unknown,
): Promise<void> {
  for (const table of model.warehouse.filter(({ name }) => created.has(name))) {
    if (table.kind === "fact") await runAll(warehouse, addKeys(table));
    const foreignKeys = addForeignKeys(table, model.warehouse);
    await warehouse.query("SAVEPOINT foreign_keys");
    try {
      await runAll(warehouse, foreignKeys);
    } catch (error) {
      if ((error as { code?: string }).code !== FOREIGN_KEY_VIOLATION) throw error;
      await warehouse.query("ROLLBACK TO SAVEPOINT foreign_keys");
      await divert(table);
      await runAll(warehouse, foreignKeys);
    }
  }
}

async function runAll(warehouse: Connection, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await warehouse.query(statement);
}
