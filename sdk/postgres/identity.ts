import type { Connection } from "./connection.ts";

/**
 * Returns what identifies a database under any URL: its cluster, the cluster's timeline and the
 * database's oid.
 */
export async function databaseIdentity(connection: Connection): Promise<string> {
  const [{ identity }] = await connection.query<{ identity: string }>(
    `SELECT system_identifier || '/' || timeline_id || '#' || oid AS identity
FROM pg_control_system(), pg_control_checkpoint(), pg_database
WHERE datname = current_database()`,
  );
  return identity;
}
