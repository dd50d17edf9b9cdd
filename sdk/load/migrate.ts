/**
 * Migrates a warehouse's control tables, in the schema `etl`, to the layout of this release.
 * `etl.migration` records which steps of {@linkcode MIGRATIONS} were applied.
 *
 * @module
 */
import { WarehouseError } from "../errors.ts";
import type { Connection } from "../postgres/connection.ts";
import { relationExists } from "../postgres/relation.ts";
import { acquireLoaderLock } from "./loader_lock.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";

/** The layout of this release. */
export const LATEST = MIGRATIONS.length;

/**
 * Applies missing steps in a separate transaction.
 *
 * @throws {WarehouseError} when a newer release has migrated the warehouse.
 */
export async function migrate(warehouse: Connection): Promise<void> {
  if (await knownVersion(warehouse) === LATEST) return;
  await acquireLoaderLock(warehouse);
  await applyMigrations(warehouse);
  await warehouse.query("COMMIT");
}

/**
 * Applies missing steps. Call it in the transaction that holds the loader's lock: another loader
 * can have applied them while this one waited.
 *
 * @throws {WarehouseError} when a newer release has migrated the warehouse.
 */
export async function applyMigrations(warehouse: Connection): Promise<void> {
  const version = await knownVersion(warehouse);
  if (version === LATEST) return;
  if (version === 0) await createMigrationTable(warehouse);
  for (const { version: step, name, statements } of MIGRATIONS.slice(version)) {
    for (const statement of statements) await warehouse.query(statement);
    await warehouse.query("INSERT INTO etl.migration (version, name) VALUES ($1, $2)", [
      step,
      name,
    ]);
  }
}

/**
 * Refuses a warehouse whose control tables this release does not know. An older layout passes.
 *
 * @throws {WarehouseError} when a newer release has migrated the warehouse.
 */
export async function refuseNewerWarehouse(warehouse: Connection, stage: string): Promise<void> {
  await knownVersion(warehouse, stage);
}

/** Returns the number of the last applied step; 0 before `etl.migration` existed. */
async function knownVersion(warehouse: Connection, stage = "load"): Promise<number> {
  if (!await relationExists(warehouse, "etl.migration")) return 0;
  const [{ version }] = await warehouse.query<{ version: number }>(
    "SELECT coalesce(max(version), 0) AS version FROM etl.migration",
  );
  refuseNewerVersion(version, stage);
  return version;
}

/**
 * Refuses control tables that this release does not know.
 *
 * @throws {WarehouseError} when a newer release has made them.
 */
export function refuseNewerVersion(version: number, stage: string): void {
  if (version <= LATEST) return;
  throw new WarehouseError(
    `the warehouse was migrated to version ${version} by a newer release; ` +
      `this one works with version ${LATEST} and older`,
    { stage, next: "upgrade @totesys/sdk" },
  );
}

async function createMigrationTable(warehouse: Connection): Promise<void> {
  // CREATE SCHEMA IF NOT EXISTS would need the right to create one even when it exists.
  const [{ exists }] = await warehouse.query("SELECT to_regnamespace('etl') IS NOT NULL AS exists");
  if (!exists) await warehouse.query("CREATE SCHEMA etl");
  await warehouse.query(`CREATE TABLE IF NOT EXISTS etl.migration (
  version integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`);
}
