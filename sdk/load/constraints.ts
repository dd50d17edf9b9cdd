/**
 * The constraints of the warehouse's tables. A fact is bare, without keys, until its first rows are
 * complete: maintaining keys row by row would cost more than the load. The catalog tells what a table
 * has, because the loader that created it can have died.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { WarehouseTableSpec } from "../../schemas/table.ts";
import { addForeignKeys, addKeys } from "../derive/ddl.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";
import { runAll } from "./tables.ts";

/** The constraints of a table. */
export interface Constraints {
  /** The table's name. */
  readonly name: string;
  /** Whether it has no key, so that nothing refuses a row that repeats. */
  readonly isBare: boolean;
  /** Whether it has a foreign key. */
  readonly hasForeignKeys: boolean;
  /** Whether this role can change it. */
  readonly isOwned: boolean;
}

/** Reads the constraints of a model's warehouse tables. */
export async function readConstraints(
  warehouse: Connection,
  { warehouse: tables }: Model,
): Promise<Constraints[]> {
  const rows = await warehouse.query<Omit<Constraints, "name"> & { place: number }>(
    `SELECT place::int - 1 AS place, pg_has_role(t.relowner, 'USAGE') AS "isOwned",
  NOT EXISTS (SELECT FROM pg_index WHERE indrelid = t.oid AND indisunique) AS "isBare",
  EXISTS (SELECT FROM pg_constraint WHERE conrelid = t.oid AND contype = 'f') AS "hasForeignKeys"
FROM jsonb_array_elements_text($1::text::jsonb) WITH ORDINALITY AS model(name, place)
JOIN pg_class t ON t.oid = to_regclass(name)
ORDER BY place`,
    [JSON.stringify(tables.map(({ name }) => identifier(name)))],
  );
  return rows.map(({ place, ...constraints }) => ({ ...constraints, name: tables[place].name }));
}

/** Returns the names of the tables that are bare. */
export function bareTables(constraints: readonly Constraints[]): Set<string> {
  return new Set(constraints.filter(({ isBare }) => isBare).map(({ name }) => name));
}

/** The options of {@linkcode addConstraints}. */
export interface ConstraintOptions {
  /** The tables. */
  readonly model: Model;
  /** The constraints that they have. */
  readonly constraints: readonly Constraints[];
  /** The tables whose first load is not finished. */
  readonly incomplete: readonly string[];
  /** Quarantines a table's rows with missing references. */
  readonly quarantineOrphans: (table: WarehouseTableSpec) => Promise<unknown>;
}

/** Adds the keys and foreign keys that a complete table does not have, where the role can. */
export async function addConstraints(
  warehouse: Connection,
  options: ConstraintOptions,
): Promise<void> {
  const { model, constraints, incomplete } = options;
  const complete = constraints.filter(({ name, isOwned }) => isOwned && !incomplete.includes(name));
  for (const { name, isBare, hasForeignKeys } of complete) {
    const table = model.warehouse.find((table) => table.name === name)!;
    if (isBare && table.kind === "fact") await runAll(warehouse, addKeys(table));
    if (!hasForeignKeys) await addCheckedForeignKeys(warehouse, table, options);
  }
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
  await warehouse.query("SAVEPOINT foreign_keys");
  try {
    await runAll(warehouse, foreignKeys);
  } catch (error) {
    if ((error as { code?: string }).code !== FOREIGN_KEY_VIOLATION) throw error;
    await warehouse.query("ROLLBACK TO SAVEPOINT foreign_keys");
    await quarantineOrphans(table);
    await runAll(warehouse, foreignKeys);
  }
}
