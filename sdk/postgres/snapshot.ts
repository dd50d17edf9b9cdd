import type { Connection } from "./connection.ts";
import { identifiers } from "./sql.ts";

/**
 * Returns the statements that begin a transaction that reads tables in one snapshot. The tables are
 * locked first, as lightly as by a SELECT: a snapshot taken before waiting for an ALTER TABLE or
 * TRUNCATE would show an empty table.
 *
 * @see https://www.postgresql.org/docs/current/mvcc-caveats.html
 */
export function snapshotStatements(tables: readonly { readonly name: string }[]): string[] {
  const begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
  if (tables.length === 0) return [begin];
  const names = identifiers(tables.map(({ name }) => name));
  return [begin, `LOCK TABLE ${names} IN ACCESS SHARE MODE`];
}

/** Begins a transaction that reads tables in one snapshot. */
export async function beginSnapshot(
  connection: Connection,
  tables: readonly { readonly name: string }[],
): Promise<void> {
  await connection.batch(snapshotStatements(tables));
}
