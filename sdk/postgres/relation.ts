import type { Connection } from "./connection.ts";

/** Returns whether a table or view of this name exists. The name is SQL: quoted, maybe qualified. */
export async function relationExists(connection: Connection, name: string): Promise<boolean> {
  // Without pg_class in the statement, a session that waited for an advisory lock may answer from its
  // cache, and miss a table that was created meanwhile.
  const [{ exists }] = await connection.query<{ exists: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass($1)) AS exists",
    [name],
  );
  return exists;
}
