/**
 * Heartbeats: one row per job in `etl.heartbeat` with its last attempt and the freshness it
 * established. They are stored in the warehouse, so every process and dashboard can read them. The
 * time of the last commit is not enough: without changes nothing is committed, and the warehouse is
 * still up to date.
 *
 * @module
 */
import { WarehouseError } from "../errors.ts";
import { shownAsOf } from "../lake/commit.ts";
import type { PipelineOptions } from "../options.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { acquireConnection } from "../postgres/kept_connections.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { relationExists } from "../postgres/relation.ts";
import type { RunResult } from "./run.ts";

/** The outcome of a job. */
export interface Heartbeat {
  /** The job's name. */
  readonly job: string;
  /** The class of the error that failed the job; null when it succeeded. */
  readonly error: string | null;
  /**
   * Time of the source snapshot that the warehouse now reflects (RFC 3339, UTC); undefined or null
   * when the job did not advance it.
   */
  readonly fresh_as_of?: string | null;
}

/** The freshness of the warehouse and the jobs that fail. */
export interface Freshness {
  /** Time of the source snapshot that the warehouse reflects (RFC 3339, UTC); null when unknown. */
  readonly fresh_as_of: string | null;
  /** Milliseconds since then, by the warehouse's clock. */
  readonly freshness_ms: number | null;
  /** The jobs whose last attempt failed. */
  readonly failing: readonly string[];
}

const STAGE = { stage: "heartbeat" };
const UNKNOWN: Freshness = { fresh_as_of: null, freshness_ms: null, failing: [] };

/**
 * Returns the time of the source snapshot that the warehouse reflects after a run (RFC 3339, UTC),
 * or null when the run did not establish it. After a run without changes, that is the time it
 * `started`.
 */
export function freshAsOf(result: RunResult, started: Date): string | null {
  const { extract, load, stopped } = result;
  // A stopped table is not read, so its freshness is unknown.
  if (extract.schema.some(({ stops }) => stops)) return null;
  if (!stopped && extract.outcome === "unchanged") return started.toISOString();
  return shownAsOf(load.commits);
}

/**
 * Writes the heartbeat of a job. Does nothing before the first load, which creates the table for
 * it.
 *
 * @throws {WarehouseError} when the warehouse cannot be written.
 */
export async function recordHeartbeat(
  { warehouse }: Pick<PipelineOptions, "warehouse">,
  heartbeat: Heartbeat,
): Promise<void> {
  await using connection = acquireConnection(warehouse);
  await record(connection, heartbeat)
    .catch(wrapError(WarehouseError, "cannot record the heartbeat", STAGE));
}

async function record(
  connection: Connection,
  { job, error, fresh_as_of = null }: Heartbeat,
): Promise<void> {
  if (!await relationExists(connection, "etl.heartbeat")) return;
  // greatest(): jobs overlap, and an older run that ends late must not make the warehouse look
  // older. least(): a client whose clock is ahead must not make it look fresher. CASE: least(NULL,
  // now) is now.
  await connection.query(
    `INSERT INTO etl.heartbeat AS previous (job, at, error, fresh_as_of)
VALUES ($1, clock_timestamp(), $2,
  CASE WHEN $3::timestamptz IS NOT NULL THEN least($3, clock_timestamp()) END)
ON CONFLICT (job) DO UPDATE
SET at = excluded.at, error = excluded.error,
  fresh_as_of = greatest(previous.fresh_as_of, excluded.fresh_as_of)`,
    [job, error, fresh_as_of],
  );
}

/**
 * Returns the freshness of the warehouse and the jobs whose last attempt failed.
 *
 * @throws {WarehouseError} when the warehouse cannot be read.
 */
export async function readFreshness(
  { warehouse }: Pick<PipelineOptions, "warehouse">,
): Promise<Freshness> {
  await using connection = acquireConnection(warehouse);
  return await read(connection)
    .catch(wrapError(WarehouseError, "cannot read the heartbeats", STAGE));
}

async function read(connection: Connection): Promise<Freshness> {
  if (!await relationExists(connection, "etl.heartbeat")) return UNKNOWN;
  const [row] = await connection.query<Freshness & QueryRow>(
    `SELECT to_char(max(fresh_as_of) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    AS fresh_as_of,
  greatest(0, extract(epoch FROM clock_timestamp() - max(fresh_as_of)) * 1000)::float8
    AS freshness_ms,
  coalesce(jsonb_agg(job ORDER BY job) FILTER (WHERE error IS NOT NULL), '[]') AS failing
FROM etl.heartbeat`,
  );
  // In SQL, greatest(0, NULL) is 0.
  return row.fresh_as_of === null ? { ...row, freshness_ms: null } : row;
}
