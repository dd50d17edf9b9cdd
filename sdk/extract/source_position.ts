import type { SourceSnapshot } from "../lake/commit.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";

/** A point in the history of the source: the snapshot of a transaction. */
export type Position = Omit<SourceSnapshot, "visible">;

/**
 * The columns of a position, selected from `pg_current_snapshot() AS snapshot`. The oid tells a database
 * from a copy that took its name. A promoted server writes its log under a new timeline at once, but its
 * control file has the old one until the next checkpoint, so the timeline is read from the name of the log file.
 */
const POSITION_COLUMNS = `
  (SELECT system_identifier || '/' || CASE WHEN pg_is_in_recovery()
      THEN (SELECT timeline_id FROM pg_control_checkpoint())
      ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END
    FROM pg_control_system()) AS system,
  (SELECT datname || '#' || oid FROM pg_database WHERE datname = current_database()) AS database,
  to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS taken_at,
  pg_snapshot_xmin(snapshot)::text AS xmin,
  pg_snapshot_xmax(snapshot)::text AS xmax`;

/**
 * The end of the source's log, which is ahead of what a crash would leave; NULL on a standby, which shows
 * only what it received through the log.
 */
const LOG_END = `CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn()::text END`;

/** Reads the position of the source. In a repeatable-read transaction this also fixes its snapshot. */
export async function readPosition(source: Connection): Promise<Position> {
  const [row] = await source.query(positionStatement());
  return positionOf(row);
}

/** Returns the statement that selects a position, and the end of the log at that time as `log_end`. */
export function positionStatement(): string {
  return `SELECT ${POSITION_COLUMNS},\n  ${LOG_END} AS log_end\nFROM pg_current_snapshot() AS snapshot`;
}

/** Returns the position in a row of {@linkcode positionStatement}. */
export function positionOf(row: QueryRow): Position {
  const { system, database, taken_at, xmin, xmax } = row as Record<string, string>;
  return { system, database, taken_at, xmin, xmax };
}
