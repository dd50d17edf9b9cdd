import type { Connection } from "../postgres/connection.ts";

/** The advisory lock of a database's loaders, an arbitrary number. */
const LOADER_LOCK = 7_074_657_379_730n;

/**
 * Begins a transaction and waits for the lock that only one loader of a database holds. The lock
 * ends with the transaction.
 */
export async function acquireLoaderLock(warehouse: Connection): Promise<void> {
  // Each statement must see what the previous holder of the lock has committed.
  await warehouse.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  await warehouse.query("SELECT pg_advisory_xact_lock($1)", [String(LOADER_LOCK)]);
}
