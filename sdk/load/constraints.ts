/**
 * The constraints of the warehouse's tables. A fact is bare, without keys, until its first rows are
 * complete: maintaining keys row by row would cost more than the load. Its foreign keys cost nothing
 * while triggers are disabled and references are checked as a set; then they are added to the empty
 * table, because Postgres would read all rows again for each of them. A role that cannot disable
 * triggers adds them last. The catalog tells what a table has, because the loader that created it can
 * have died.
 *
 * @module
 */
import type { WarehouseTableSpec } from "../../schemas/table.ts";
import { addForeignKeys, addKeys, references } from "../derive/ddl.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifiers } from "../postgres/sql.ts";
import type { WarehouseTable } from "./tables.ts";

const INSUFFICIENT_PRIVILEGE = "42501";
const FOREIGN_KEY_VIOLATION = "23503";

const DISABLE_TRIGGERS = ["SET LOCAL session_replication_role = replica"];
/** The statements that end {@linkcode disableTriggers}. */
export const ENABLE_TRIGGERS = ["SET LOCAL session_replication_role = origin"];

/** The options of {@linkcode missingConstraints}. */
export interface ConstraintOptions {
  /** The tables whose constraints to add. */
  readonly own: readonly WarehouseTableSpec[];
  /** The tables that they can refer to. */
  readonly all: readonly WarehouseTableSpec[];
  /** The tables that exist, by name. */
  readonly tables: ReadonlyMap<string, WarehouseTable>;
  /** The tables whose first load is not finished. */
  readonly incomplete: readonly string[];
  /** Quarantines a table's rows with missing references. */
  readonly quarantineOrphans: (table: WarehouseTableSpec) => Promise<unknown>;
}

/** A constraint of a table, or several. */
export interface ConstraintStep {
  readonly table: string;
  /** What adding them does: `adding keys`. */
  readonly step: string;
  readonly add: () => Promise<unknown>;
}

/**
 * Adds the foreign keys of tables that were just created, unless that has to wait. Notes them in
 * `tables`.
 */
export async function addFirstForeignKeys(
  warehouse: Connection,
  all: readonly WarehouseTableSpec[],
  tables: Map<string, WarehouseTable>,
  created: ReadonlySet<string>,
): Promise<void> {
  const ready = all.filter((table) => {
    const parents = references(table, all).map(({ parent }) => tables.get(parent.name)!);
    return created.has(table.name) && parents.length > 0 && !parents.some(({ isBare }) => isBare);
  });
  if (ready.length === 0) return;
  const isAdded = await runOrUndo(INSUFFICIENT_PRIVILEGE, warehouse, [
    ...DISABLE_TRIGGERS,
    ...ready.flatMap((table) => addForeignKeys(table, all)),
    ...ENABLE_TRIGGERS,
  ]);
  if (!isAdded) return;
  for (const { name } of ready) tables.set(name, { ...tables.get(name)!, hasForeignKeys: true });
}

/**
 * Disables the triggers of a table's foreign keys, for rows whose references are checked as a set.
 * Returns false when the role does not have that right. The lock keeps the referenced rows until the
 * commit and does not block readers.
 */
export async function disableTriggers(
  warehouse: Connection,
  table: WarehouseTableSpec,
): Promise<boolean> {
  const parents = Object.values(table.columns).flatMap(({ references }) => references ?? []);
  return await runOrUndo(INSUFFICIENT_PRIVILEGE, warehouse, [
    `LOCK TABLE ${identifiers([...new Set(parents)])} IN SHARE ROW EXCLUSIVE MODE`,
    ...DISABLE_TRIGGERS,
  ]);
}

/** Returns how to add the keys and foreign keys that complete tables do not have, where the role can. */
export function missingConstraints(
  warehouse: Connection,
  options: ConstraintOptions,
): ConstraintStep[] {
  return completeTables(options).flatMap(([table, { isBare, hasForeignKeys }]) => {
    const steps: ConstraintStep[] = [];
    const step = (step: string, add: () => Promise<unknown>) =>
      void steps.push({ table: table.name, step, add });
    if (isBare && table.kind === "fact") {
      step("adding keys", () => warehouse.batch(addKeys(table)));
    }
    if (!hasForeignKeys && references(table, options.all).length > 0) {
      step("checking foreign keys", () => addCheckedForeignKeys(warehouse, table, options));
    }
    return steps;
  });
}

function completeTables(
  { own, tables, incomplete }: ConstraintOptions,
): [WarehouseTableSpec, WarehouseTable][] {
  return own.filter(({ name }) => !incomplete.includes(name))
    .map((table): [WarehouseTableSpec, WarehouseTable] => [table, tables.get(table.name)!])
    .filter(([, { isOwned }]) => isOwned);
}

/** Quarantines rows with missing references when adding keys fails, then adds them again. */
async function addCheckedForeignKeys(
  warehouse: Connection,
  table: WarehouseTableSpec,
  { all, quarantineOrphans }: ConstraintOptions,
): Promise<void> {
  const foreignKeys = addForeignKeys(table, all);
  if (await runOrUndo(FOREIGN_KEY_VIOLATION, warehouse, foreignKeys)) return;
  await quarantineOrphans(table);
  await warehouse.batch(foreignKeys);
}

/** Runs statements. Returns false, with nothing done, when one fails with this code. */
async function runOrUndo(
  code: string,
  warehouse: Connection,
  statements: readonly string[],
): Promise<boolean> {
  try {
    await warehouse.batch(["SAVEPOINT before_constraints", ...statements]);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== code) throw error;
    await warehouse.query("ROLLBACK TO SAVEPOINT before_constraints");
    return false;
  }
}
