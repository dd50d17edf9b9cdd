/**
 * The loader's own tables in the warehouse: which commits it has applied, what is in quarantine, and
 * what comparisons with the source found.
 *
 * @module
 */
import type { Connection } from "../postgres/connection.ts";

/** Creates the control tables when they are absent. */
export async function createControlTables(warehouse: Connection): Promise<void> {
  // Even when it is there, IF NOT EXISTS would ask for the right to create one.
  const [{ exists }] = await warehouse.query("SELECT to_regnamespace('etl') IS NOT NULL AS exists");
  if (!exists) await warehouse.query("CREATE SCHEMA etl");
  await warehouse.query(`CREATE TABLE IF NOT EXISTS etl.applied_commit (
  sequence bigint PRIMARY KEY,
  ingestion_sequence bigint NOT NULL,
  run text NOT NULL,
  taken_at timestamptz NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  skipped text
)`);
  await warehouse.query(`CREATE TABLE IF NOT EXISTS etl.quarantine (
  table_name text,
  key text,
  reason text NOT NULL,
  waiting boolean NOT NULL,
  content jsonb NOT NULL,
  sequence bigint NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (table_name, key)
)`);
  await warehouse.query(`CREATE TABLE IF NOT EXISTS etl.reconciliation (
  done_at timestamptz PRIMARY KEY DEFAULT clock_timestamp(),
  deleted jsonb NOT NULL,
  slipped jsonb NOT NULL
)`);
  await upgradeControlTables(warehouse);
}

/** What was not in the first warehouses. */
const ADDED = [
  ["etl.applied_commit", "mode", "text NOT NULL DEFAULT 'delta'"],
  ["etl.reconciliation", "ingestion_sequence", "bigint NOT NULL DEFAULT 0"],
  ["etl.reconciliation", "tables", "jsonb NOT NULL DEFAULT '[]'"],
  ["etl.reconciliation", "finished", "boolean NOT NULL DEFAULT true"],
  ["etl.reconciliation", "refused", "text"],
] as const;

/** Adds the columns that the control tables of an older warehouse lack. */
export async function upgradeControlTables(warehouse: Connection): Promise<void> {
  const there = await warehouse.query<{ readonly place: string }>(
    `SELECT concat_ws('.', table_schema, table_name, column_name) AS place
FROM information_schema.columns WHERE table_schema = 'etl'`,
  );
  const places = new Set(there.map(({ place }) => place));
  for (const [table, name, definition] of ADDED) {
    if (places.has(`${table}.${name}`)) continue;
    await warehouse.query(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${name} ${definition}`);
  }
}
