import type { Connection, QueryRow } from "../postgres/connection.ts";
import type { Statement } from "../postgres/statement.ts";

/** The advisory lock of a database's loaders, an arbitrary number. */
const LOADER_LOCK = 7_074_657_379_730n;

/**
 * Begins a transaction, waits for the lock that only one loader of a database holds, and runs these
 * statements. The lock ends with the transaction. Returns the rows of the statements.
 */
export async function acquireLoaderLock(
  warehouse: Connection,
  ...statements: readonly (string | Statement)[]
): Promise<QueryRow[][]> {
  const [, , ...rows] = await warehouse.batch([
    // Each statement must see what the previous holder of the lock has committed.
    "BEGIN ISOLATION LEVEL READ COMMITTED",
    { text: "SELECT pg_advisory_xact_lock($1)", values: [String(LOADER_LOCK)] },
    ...statements,
  ]);
  return rows;
}
