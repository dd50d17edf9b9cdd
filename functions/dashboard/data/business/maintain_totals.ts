/**
 * Keeps the daily totals complete, with the role that loads the warehouse. It runs after a load, and never in
 * a load's transaction.
 *
 * @module
 */
import type { Connection, QueryRow } from "../../../../sdk/postgres/connection.ts";
import { acquireConnection } from "../../../../sdk/postgres/kept_connections.ts";
import {
  areComplete,
  createIndexes,
  createTotals,
  DAILY_TOTAL,
  DAILY_TOTAL_CHANGE,
  fillTotals,
  foldChanges,
  MAINTENANCE_LOCK,
  markComplete,
} from "./daily_totals.ts";
import { COUNTED_FACTS } from "./facts.ts";

/** What was done: nothing while the first load is not finished, or another process does it. */
export type Maintenance = "filled" | "folded" | "unchanged" | "postponed";

/** A load that takes longer is not waited for: the next run tries again. */
const LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'";
const LOCK = `SELECT pg_try_advisory_xact_lock(${MAINTENANCE_LOCK}) AS is_mine`;

/** Creates and fills the totals if they are missing, and adds up what has changed since the last time. */
export async function maintainTotals(warehouse: string): Promise<Maintenance> {
  await using connection = acquireConnection(warehouse);
  const [{ is_ready, are_complete }] = await connection.query<State>(SELECT_STATE);
  if (!is_ready) return "postponed";
  if (!are_complete) return await fill(connection);
  const [{ has_changes }] = await connection.query(
    `SELECT EXISTS (SELECT FROM ${DAILY_TOTAL_CHANGE}) AS has_changes`,
  );
  if (!has_changes) return "unchanged";
  if (!await begin(connection, "READ COMMITTED")) return "postponed";
  await connection.batch([foldChanges(), "COMMIT"]);
  return "folded";
}

interface State extends QueryRow {
  readonly is_ready: boolean;
  readonly are_complete: boolean;
}

/** A fact without a key is still being filled. */
const SELECT_STATE = `SELECT (
  SELECT count(*) FROM (VALUES ${
  COUNTED_FACTS.map(({ table }) => `(to_regclass('${table}'))`).join(", ")
}) AS fact (oid) JOIN pg_class USING (oid)
  WHERE pg_has_role(relowner, 'USAGE')
    AND EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisunique)
) = ${COUNTED_FACTS.length} AS is_ready, ${areComplete()} AS are_complete`;

/**
 * The triggers come first, so that the snapshot which the totals are filled from has all changes before them,
 * and they have all changes after it. Loads are blocked only while the triggers and the indexes are created.
 */
async function fill(connection: Connection): Promise<Maintenance> {
  if (!await begin(connection, "READ COMMITTED")) return "postponed";
  await connection.batch([...createTotals(), "COMMIT"]);
  if (!await begin(connection, "REPEATABLE READ")) return "postponed";
  await connection.batch([...fillTotals(), markComplete(), "COMMIT"]);
  for (const statement of createIndexes()) await connection.query(statement);
  // Plans of an empty table would read all of it, and only a visibility map spares reading the facts.
  const tables = [DAILY_TOTAL, ...COUNTED_FACTS.map(({ table }) => table)];
  await connection.query(`VACUUM (ANALYZE) ${tables.join(", ")}`);
  return "filled";
}

/** Begins a transaction with the lock of the maintenance. Returns false, with none open, if it is taken. */
async function begin(connection: Connection, isolation: string): Promise<boolean> {
  const [, , [{ is_mine }]] = await connection.batch([
    `BEGIN ISOLATION LEVEL ${isolation}`,
    LOCK_TIMEOUT,
    LOCK,
  ]);
  if (!is_mine) await connection.query("ROLLBACK");
  return is_mine === true;
}
