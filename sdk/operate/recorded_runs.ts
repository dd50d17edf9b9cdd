/**
 * Reads the history of runs.
 *
 * @module
 */
import { WarehouseError } from "../errors.ts";
import type { SchemaChange } from "../extract/schema_changes.ts";
import type { PipelineOptions } from "../options.ts";
import type { QueryRow } from "../postgres/connection.ts";
import { acquireConnection } from "../postgres/kept_connections.ts";
import { isUndefined } from "../postgres/relation.ts";
import type { Statement } from "../postgres/statement.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import type { RunResult } from "./run.ts";
import type { RunOutcome } from "./run_facts.ts";

/** A difference between the source and the specs. The message of a changed key is left out: it quotes keys. */
export interface RecordedChange extends Omit<SchemaChange, "message"> {
  /** The difference and its remedy, in a sentence. */
  readonly message?: string;
}

/** A run, as the history has it. */
export interface RecordedRun {
  /** Its start (RFC 3339, UTC). */
  readonly started_at: string;
  /** The job. A `run()` is the job `extract`. */
  readonly job: string;
  /** The run's id, as in its object keys; null for a job without one. */
  readonly run: string | null;
  /** How it ended. */
  readonly outcome: RunOutcome;
  /** Milliseconds that it took. */
  readonly elapsed_ms: number;
  /** Rows written to the warehouse or removed from it. */
  readonly rows: number;
  /** Bytes of these rows in the processed zone. */
  readonly bytes: number;
  /** Milliseconds of each stage; empty for a job that is not a `run()`. */
  readonly stage_ms: Partial<RunResult["stage_ms"]>;
  /** Rows, by warehouse table. */
  readonly tables: Readonly<Record<string, number>>;
  /**
   * Milliseconds from the source snapshot of the last loaded batch to its commit in the warehouse; null when
   * nothing was loaded.
   */
  readonly lag_ms: number | null;
  /** Time of the source snapshot that every table reflected then (RFC 3339, UTC); null if not advanced. */
  readonly fresh_as_of: string | null;
  /** The same for the tables that were not stopped. */
  readonly read_as_of: string | null;
  /** Milliseconds that the warehouse was behind just before; null when unknown. */
  readonly behind_ms: number | null;
  /** Rows in quarantine; null when the job did not count them. */
  readonly quarantined: number | null;
  /** The class of the error; null when it did not fail. */
  readonly error: string | null;
  /** What failed, in a sentence without values of rows. */
  readonly message: string | null;
  /** What to do next. */
  readonly next: string | null;
  /** Differences between the source and the specs. The message of a changed key is left out. */
  readonly schema_changes:
    readonly (Omit<SchemaChange, "message"> & { readonly message?: string })[];
}

/** Which runs {@linkcode readRuns} returns. */
export interface RunFilter {
  /** Only runs of this job. Default: all jobs. */
  readonly job?: string;
  /** So many at most. Default: 100. */
  readonly limit?: number;
}

const TIME = `AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Returns the statement that selects {@linkcode RecordedRun}s, the newest first. */
export function selectRuns({ job, limit = 100 }: RunFilter): Statement {
  const text = `SELECT to_char(started_at ${TIME} AS started_at, job, nullif(run, '') AS run,
  outcome, elapsed_ms, rows::float8 AS rows, bytes::float8 AS bytes, stage_ms, tables,
  lag_ms::float8 AS lag_ms, to_char(fresh_as_of ${TIME} AS fresh_as_of,
  to_char(read_as_of ${TIME} AS read_as_of, behind_ms::float8 AS behind_ms, quarantined,
  error, message, next, schema_changes
FROM etl.run r WHERE $1::text IS NULL OR job = $1 ORDER BY r.started_at DESC LIMIT $2::integer`;
  return { text, values: [job ?? null, limit] };
}

/**
 * Returns runs of the last seven days, the newest first. Empty before the first load.
 *
 * @throws {ConfigurationError} when the connection URL is malformed, or its `sslmode` allows plain text.
 * @throws {WarehouseError} when the warehouse cannot be read.
 */
export async function readRuns(
  { warehouse }: Pick<PipelineOptions, "warehouse">,
  filter: RunFilter = {},
): Promise<RecordedRun[]> {
  await using connection = acquireConnection(warehouse);
  const { text, values } = selectRuns(filter);
  const rows = await connection.query<QueryRow>(text, values).catch((error) => {
    if (isUndefined(error)) return [];
    return wrapError(WarehouseError, "cannot read the runs", { stage: "history" })(error);
  });
  return rows as unknown as RecordedRun[];
}
