import type { Connection } from "./connection.ts";
import { identifiers } from "./sql.ts";

/**
 * Begins a transaction that reads tables in one snapshot. The tables are locked first, as lightly
 * as by a SELECT: a snapshot taken before waiting for an ALTER TABLE or TRUNCATE would show an
 * empty table.
 *
 * @see https://www.postgresql.org/docs/current/mvcc-caveats.html
 */
export async function beginSnapshot(
  connection: Connection,
  tables: readonly { readonly name: string }[],
): Promise<void> {
  await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (tables.length === 0) return;
  const names = identifiers(tables.map(({ name }) => name));
  await connection.query(`LOCK TABLE ${names} IN ACCESS SHARE MODE`);
}
