import type { Connection } from "./connection.ts";

/** Whether there is a table or view of this name, which is written as in SQL: quoted, qualified. */
export async function relationExists(connection: Connection, name: string): Promise<boolean> {
  const [{ exists }] = await connection.query<{ exists: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AS exists",
    [name],
  );
  return exists;
}
