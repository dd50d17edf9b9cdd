import type { Model } from "../../schemas/model.ts";
import type { WarehouseTableSpec } from "../../schemas/table.ts";
import { addForeignKeys, addKeys, createTable, historyOf } from "../derive/ddl.ts";
import type { Connection } from "../postgres/connection.ts";
import { relationExists } from "../postgres/relation.ts";
import { identifier } from "../postgres/sql.ts";
import { renumber } from "./merge.ts";
import { forgetRowCounts } from "./row_counts.ts";

/**
 * Creates missing warehouse tables and returns their names. Dimensions get their primary key at
 * once; a fact gets its constraints after it was filled.
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

/** The options of {@linkcode addConstraints}. */
export interface ConstraintOptions {
  /** The tables. */
  readonly model: Model;
  /** The tables that were created and filled in this transaction. */
  readonly created: ReadonlySet<string>;
  /** The tables whose first load is not finished. */
  readonly incomplete: readonly string[];
  /** Quarantines a table's rows with missing references and returns their number. */
  readonly quarantineOrphans: (table: WarehouseTableSpec) => Promise<number>;
}

/**
 * Adds the constraints that {@linkcode createTables} left out. Foreign keys follow a table's first
 * load: before that, a trigger per row and key would cost more than the load. The catalog tells
 * which tables need them, because the loader that created them can have died.
 */
export async function addConstraints(
  warehouse: Connection,
  options: ConstraintOptions,
): Promise<void> {
  const { model, created, incomplete } = options;
  const facts = model.warehouse.filter(({ kind, name }) => kind === "fact" && created.has(name));
  for (const fact of facts) await runAll(warehouse, addKeys(fact));
  const unconstrained = await withoutForeignKeys(warehouse, model);
  for (const table of unconstrained.filter(({ name }) => !incomplete.includes(name))) {
    await addCheckedForeignKeys(warehouse, table, options);
  }
  // These were filled directly, without a check of their references.
  for (const fact of facts.filter(({ name }) => incomplete.includes(name))) {
    await quarantineFrom(warehouse, fact, options);
  }
}

async function quarantineFrom(
  warehouse: Connection,
  table: WarehouseTableSpec,
  { created, quarantineOrphans }: ConstraintOptions,
): Promise<void> {
  const count = await quarantineOrphans(table);
  if (count > 0) await forgetRowCounts(warehouse, [table.name]);
  if (count === 0 || table.kind !== "fact" || !created.has(table.name)) return;
  await runAll(warehouse, renumber(table));
}

/** Returns the tables that have references, no foreign keys, and an owner that can add them. */
async function withoutForeignKeys(
  warehouse: Connection,
  { warehouse: all }: Model,
): Promise<WarehouseTableSpec[]> {
  const referring = all.filter((table) => addForeignKeys(table, all).length > 0);
  const rows = await warehouse.query<{ place: number }>(
    `SELECT place::int - 1 AS place
FROM jsonb_array_elements_text($1::text::jsonb) WITH ORDINALITY AS model(name, place)
JOIN pg_class t ON t.oid = to_regclass(name)
WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'f')
  AND pg_has_role(t.relowner, 'USAGE')
ORDER BY place`,
    [JSON.stringify(referring.map(({ name }) => identifier(name)))],
  );
  return rows.map(({ place }) => referring[place]);
}

const FOREIGN_KEY_VIOLATION = "23503";

/** Quarantines rows with missing references when adding keys fails, then adds them again. */
async function addCheckedForeignKeys(
  warehouse: Connection,
  table: WarehouseTableSpec,
  options: ConstraintOptions,
): Promise<void> {
  const { model } = options;
  const foreignKeys = addForeignKeys(table, model.warehouse);
  await warehouse.query("SAVEPOINT foreign_keys");
  try {
    await runAll(warehouse, foreignKeys);
  } catch (error) {
    if ((error as { code?: string }).code !== FOREIGN_KEY_VIOLATION) throw error;
    await warehouse.query("ROLLBACK TO SAVEPOINT foreign_keys");
    await quarantineFrom(warehouse, table, options);
    await runAll(warehouse, foreignKeys);
  }
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
