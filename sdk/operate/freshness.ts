/**
 * How fresh the warehouse is and how its jobs went, kept in the warehouse itself, where every process
 * and every dashboard finds it. A commit's time alone cannot tell: when nothing changes in the source,
 * nothing is committed, and the warehouse is up to date all the same.
 *
 * @module
 */
import { WarehouseError } from "../errors.ts";
import { shownAsOf } from "../lake/commit.ts";
import type { PipelineOptions } from "../options.ts";
import { connect, type Connection, type QueryRow } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { relationExists } from "../postgres/relation.ts";
import type { RunResult } from "./run.ts";

/** How a job went. */
export interface Heartbeat {
  /** The job's name. */
  readonly job: string;
  /** The class of the error it failed with; null when it succeeded. */
  readonly error: string | null;
  /** When the source looked as the warehouse does since (RFC 3339, UTC), if the job brought that. */
  readonly fresh_as_of?: string | null;
}

/** What the heartbeats say. */
export interface Freshness {
  /** When the source looked as the warehouse does now, at least; null when nobody knows yet. */
  readonly fresh_as_of: string | null;
  /** Milliseconds since then, by the warehouse's clock. */
  readonly freshness_ms: number | null;
  /** The jobs whose last attempt failed. */
  readonly failing: readonly string[];
}

const STAGE = { stage: "heartbeat" };
const NOTHING: Freshness = { fresh_as_of: null, freshness_ms: null, failing: [] };

/**
 * The time of the source that the warehouse shows after a tick; null when the tick cannot tell. A tick
 * that found nothing to do has seen the source as it was when it `started`.
 */
export function freshAsOf(result: RunResult, started: Date): string | null {
  const { extract, load, stopped } = result;
  // What is not read may have changed: nobody can say how fresh it is.
  if (extract.schema.some(({ stops }) => stops)) return null;
  if (!stopped && extract.outcome === "unchanged") return started.toISOString();
  return shownAsOf(load.commits);
}

/**
 * Records how a job went. Before the first load has made the warehouse's tables there is no place for
 * it, and nothing is recorded.
 *
 * @throws {WarehouseError} when the warehouse cannot be written.
 */
export async function recordHeartbeat(
  { warehouse }: Pick<PipelineOptions, "warehouse">,
  heartbeat: Heartbeat,
): Promise<void> {
  await using connection = connect(warehouse);
  await record(connection, heartbeat)
    .catch(wrapError(WarehouseError, "cannot record the heartbeat", STAGE));
}

async function record(
  connection: Connection,
  { job, error, fresh_as_of = null }: Heartbeat,
): Promise<void> {
  if (!await relationExists(connection, "etl.heartbeat")) return;
  // Jobs overlap: an older tick that ends late must not turn the clock back. A machine whose clock is
  // ahead must not make it fresh for longer. In SQL, least(NULL, now) is now.
  await connection.query(
    `INSERT INTO etl.heartbeat AS known (job, at, error, fresh_as_of)
VALUES ($1, clock_timestamp(), $2,
  CASE WHEN $3::timestamptz IS NOT NULL THEN least($3, clock_timestamp()) END)
ON CONFLICT (job) DO UPDATE
SET at = excluded.at, error = excluded.error,
  fresh_as_of = greatest(known.fresh_as_of, excluded.fresh_as_of)`,
    [job, error, fresh_as_of],
  );
}

/**
 * Reads the heartbeats.
 *
 * @throws {WarehouseError} when the warehouse cannot be read.
 */
export async function readFreshness(
  { warehouse }: Pick<PipelineOptions, "warehouse">,
): Promise<Freshness> {
  await using connection = connect(warehouse);
  return await read(connection)
    .catch(wrapError(WarehouseError, "cannot read the heartbeats", STAGE));
}

async function read(connection: Connection): Promise<Freshness> {
  if (!await relationExists(connection, "etl.heartbeat")) return NOTHING;
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
