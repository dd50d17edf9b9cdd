/**
 * The constraints of the warehouse's tables. A fact is bare, without keys, until its first rows are
 * complete: maintaining keys row by row would cost more than the load. The catalog tells what a table
 * has, because the loader that created it can have died.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { WarehouseTableSpec } from "../../schemas/table.ts";
import { addForeignKeys, addKeys, references } from "../derive/ddl.ts";
import type { Connection } from "../postgres/connection.ts";
import type { WarehouseTable } from "./tables.ts";

/** The options of {@linkcode addConstraints}. */
export interface ConstraintOptions {
  /** The tables. */
  readonly model: Model;
  /** The tables that exist, by name. */
  readonly tables: ReadonlyMap<string, WarehouseTable>;
  /** The tables whose first load is not finished. */
  readonly incomplete: readonly string[];
  /** Quarantines a table's rows with missing references. */
  readonly quarantineOrphans: (table: WarehouseTableSpec) => Promise<unknown>;
}

/** Returns whether {@linkcode addConstraints} has anything to add. */
export function areConstraintsMissing(options: ConstraintOptions): boolean {
  return completeTables(options).some(([table, { isBare, hasForeignKeys }]) =>
    (isBare && table.kind === "fact") ||
    (!hasForeignKeys && references(table, options.model.warehouse).length > 0)
  );
}

/** Adds the keys and foreign keys that a complete table does not have, where the role can. */
export async function addConstraints(
  warehouse: Connection,
  options: ConstraintOptions,
): Promise<void> {
  for (const [table, { isBare, hasForeignKeys }] of completeTables(options)) {
    if (isBare && table.kind === "fact") await warehouse.batch(addKeys(table));
    if (!hasForeignKeys) await addCheckedForeignKeys(warehouse, table, options);
  }
}

function completeTables(
  { model, tables, incomplete }: ConstraintOptions,
): [WarehouseTableSpec, WarehouseTable][] {
  return model.warehouse.filter(({ name }) => !incomplete.includes(name))
    .map((table): [WarehouseTableSpec, WarehouseTable] => [table, tables.get(table.name)!])
    .filter(([, { isOwned }]) => isOwned);
}

const FOREIGN_KEY_VIOLATION = "23503";

/** Quarantines rows with missing references when adding keys fails, then adds them again. */
async function addCheckedForeignKeys(
  warehouse: Connection,
  table: WarehouseTableSpec,
  { model, quarantineOrphans }: ConstraintOptions,
): Promise<void> {
  const foreignKeys = addForeignKeys(table, model.warehouse);
  if (foreignKeys.length === 0) return;
  try {
    await warehouse.batch(["SAVEPOINT foreign_keys", ...foreignKeys]);
  } catch (error) {
    if ((error as { code?: string }).code !== FOREIGN_KEY_VIOLATION) throw error;
    await warehouse.query("ROLLBACK TO SAVEPOINT foreign_keys");
    await quarantineOrphans(table);
    await warehouse.batch(foreignKeys);
  }
}
