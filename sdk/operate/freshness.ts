/**
 * Heartbeats: one row per job in `etl.heartbeat` with its last attempt and the freshness it
 * established. They are stored in the warehouse, so every process and dashboard can read them. The
 * time of the last commit is not enough: without changes nothing is committed, and the warehouse is
 * still up to date.
 *
 * @module
 */
import { totesys } from "../../schemas/model.ts";
import { DATABASE, sourceNames } from "../derive/source_model.ts";
import { WarehouseError } from "../errors.ts";
import { shownAsOf } from "../lake/commit.ts";
import { lastApplied } from "../load/applied_commit.ts";
import type { PipelineOptions } from "../options.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { acquireConnection } from "../postgres/kept_connections.ts";
import { relationExists } from "../postgres/relation.ts";
import type { Statement } from "../postgres/statement.ts";
import { wrapError } from "../postgres/wrap_error.ts";
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

/** How fresh the warehouse is in respect of a source. */
export interface SourceFreshness {
  /**
   * Time of the database's snapshot that the warehouse reflects, or at which the last document of another
   * source arrived (RFC 3339, UTC); null when unknown.
   */
  readonly fresh_as_of: string | null;
  /** Milliseconds since then, by the warehouse's clock. */
  readonly freshness_ms: number | null;
}

/** The freshness of the warehouse and the jobs that fail. */
export interface Freshness extends SourceFreshness {
  /** The freshness of each source that is not the database, by name. */
  readonly sources: Readonly<Record<string, SourceFreshness>>;
  /** The jobs whose last attempt failed. */
  readonly failing: readonly string[];
}

const STAGE = { stage: "heartbeat" };
const UNKNOWN: SourceFreshness = { fresh_as_of: null, freshness_ms: null };

/**
 * Returns the time of the source snapshot that the warehouse reflects after a run (RFC 3339, UTC),
 * or null when the run did not establish it. After a run without changes, that is the time it
 * `started`.
 */
export function freshAsOf(result: RunResult, started: Date): string | null {
  // A stopped table is not read, so its freshness is unknown.
  return result.extract.schema.some(({ stops }) => stops) ? null : readAsOf(result, started);
}

/** Returns what {@linkcode freshAsOf} does, of the tables that are not stopped. */
export function readAsOf({ extract, load, stopped }: RunResult, started: Date): string | null {
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

async function record(connection: Connection, heartbeat: Heartbeat): Promise<void> {
  if (!await relationExists(connection, "etl.heartbeat")) return;
  const { text, values } = upsertHeartbeat(heartbeat);
  await connection.query(text, values);
}

/** Returns the statement that writes a heartbeat. */
export function upsertHeartbeat({ job, error, fresh_as_of = null }: Heartbeat): Statement {
  // greatest(): jobs overlap, and an older run that ends late must not make the warehouse look
  // older. least(): a client whose clock is ahead must not make it look fresher. CASE: least(NULL,
  // now) is now.
  const text = `INSERT INTO etl.heartbeat AS previous (job, at, error, fresh_as_of)
VALUES ($1, clock_timestamp(), $2,
  CASE WHEN $3::timestamptz IS NOT NULL THEN least($3, clock_timestamp()) END)
ON CONFLICT (job) DO UPDATE
SET at = excluded.at, error = excluded.error,
  fresh_as_of = greatest(previous.fresh_as_of, excluded.fresh_as_of)`;
  return { text, values: [job, error, fresh_as_of] };
}

/**
 * Returns the freshness of the warehouse for every source, and the jobs whose last attempt failed.
 *
 * @throws {WarehouseError} when the warehouse cannot be read.
 */
export async function readFreshness(
  { warehouse, model = totesys }: Pick<PipelineOptions, "warehouse" | "model">,
): Promise<Freshness> {
  await using connection = acquireConnection(warehouse);
  const wrap = wrapError(WarehouseError, "cannot read the heartbeats", STAGE);
  const names = sourceNames(model).filter((name) => name !== DATABASE);
  const heartbeats = await readHeartbeats(connection).catch(wrap);
  const applied = await lastApplied(connection, names).catch(wrap);
  const sources = names.map((name) => {
    const last = applied?.get(name);
    return [name, last ? { fresh_as_of: last.taken_at, freshness_ms: last.age_ms } : UNKNOWN];
  });
  return { ...heartbeats, sources: Object.fromEntries(sources) };
}

async function readHeartbeats(connection: Connection): Promise<Omit<Freshness, "sources">> {
  if (!await relationExists(connection, "etl.heartbeat")) return { ...UNKNOWN, failing: [] };
  const [row] = await connection.query<Omit<Freshness, "sources"> & QueryRow>(
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
