import type { Connection } from "./connection.ts";

/** Returns whether a table or view exists. `name` is SQL: quoted, and qualified if needed. */
export async function relationExists(connection: Connection, name: string): Promise<boolean> {
  // Without pg_class in the statement, a session that waited for an advisory lock can answer from
  // its cache and miss a table that was created in the meantime.
  const [{ exists }] = await connection.query<{ exists: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass($1)) AS exists",
    [name],
  );
  return exists;
}

/** No such table, schema or column. */
const UNDEFINED = ["42P01", "3F000", "42703"];

/** Returns whether a statement failed because a table, schema or column in it does not exist. */
export function isUndefined(error: unknown): boolean {
  return UNDEFINED.includes((error as { code?: string }).code ?? "");
}
