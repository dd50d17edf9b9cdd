/**
 * The history of runs, in the warehouse: every run of the last seven days in `etl.run`, and the hourly sums
 * of older ones in `etl.run_hour`. No value of a row is in it, because dashboards read it.
 *
 * @module
 */
import { WarehouseError } from "../errors.ts";
import type { SchemaChange } from "../extract/schema_changes.ts";
import type { PipelineOptions } from "../options.ts";
import { acquireConnection } from "../postgres/kept_connections.ts";
import { isUndefined } from "../postgres/relation.ts";
import type { Statement } from "../postgres/statement.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { type Heartbeat, recordHeartbeat, upsertHeartbeat } from "./freshness.ts";
import type { RunFacts } from "./run_facts.ts";

/** Why a run failed, without values of rows and without secrets. */
export interface RunFailure {
  /** The class of the error. */
  readonly error: string;
  /** What failed, in a sentence. */
  readonly message: string | null;
  /** What to do next. */
  readonly next: string | null;
}

/** A run of a job. */
export interface RunRecord extends RunFacts {
  /** The job. A `run()` is the job `extract`. */
  readonly job: string;
  /** Its start. */
  readonly started_at: Date;
  /** Milliseconds that it took. */
  readonly elapsed_ms: number;
  /** Why it failed, if it did. */
  readonly failure?: RunFailure | null;
}

const STAGE = { stage: "history" };
/** Runs that began before this become part of the sums of their hours, about once an hour. */
const OLD = "now() - interval '7 days'";
/** Runs that one call adds to the sums at most: it is part of a tick. */
const MAX_PRUNED = 1_000;

/**
 * Records a run and, in the same round trip, the heartbeat of its job. Adds runs that are older than seven
 * days to the sums of their hours. Does nothing before the first load, which creates the tables.
 *
 * @throws {ConfigurationError} when the connection URL is malformed, or its `sslmode` allows plain text.
 * @throws {WarehouseError} when the warehouse cannot be written.
 */
export async function recordRun(
  { warehouse }: Pick<PipelineOptions, "warehouse">,
  run: RunRecord,
  heartbeat?: Heartbeat,
): Promise<void> {
  await using connection = acquireConnection(warehouse);
  const beats = heartbeat ? [upsertHeartbeat(heartbeat)] : [];
  try {
    const [[inserted]] = await connection.batch([insertRun(run), ...beats]);
    if (inserted?.is_due) await connection.query(PRUNE);
  } catch (error) {
    if (!isUndefined(error)) wrapError(WarehouseError, "cannot record the run", STAGE)(error);
    // An earlier release made the control tables, or there are none. The next load migrates them.
    if (heartbeat) await recordHeartbeat({ warehouse }, heartbeat);
  }
}

/**
 * `behind_ms` is how far the warehouse was behind before this run made it fresher: the worst since the run
 * before.
 */
function insertRun(run: RunRecord): Statement {
  const { tables = {}, stage_ms = {}, schema_changes, failure } = run;
  const text =
    `INSERT INTO etl.run (started_at, job, run, outcome, elapsed_ms, rows, bytes, stage_ms,
  tables, lag_ms, fresh_as_of, read_as_of, behind_ms, quarantined, error, message, next, schema_changes)
SELECT $1::timestamptz, $2, $3, $4, $5::integer, $6::bigint, $7::bigint, $8::text::jsonb,
  $9::text::jsonb, $10::bigint, $11::timestamptz, $12::timestamptz,
  CASE WHEN fresh_as_of IS NOT NULL
    THEN greatest(0, extract(epoch FROM clock_timestamp() - fresh_as_of) * 1000) END,
  $13::integer, $14, $15, $16, $17::text::jsonb
FROM (SELECT greatest(
  (SELECT max(fresh_as_of) FROM etl.heartbeat), (SELECT max(fresh_as_of) FROM etl.run)
) AS fresh_as_of) known
ON CONFLICT DO NOTHING
RETURNING EXISTS (SELECT FROM etl.run WHERE started_at < ${OLD} - interval '1 hour') AS is_due`;
  return {
    text,
    values: [
      run.started_at.toISOString(),
      run.job,
      run.run ?? "",
      run.outcome,
      Math.round(run.elapsed_ms),
      run.rows ?? 0,
      run.bytes ?? 0,
      JSON.stringify(stage_ms),
      JSON.stringify(tables),
      run.lag_ms ?? null,
      run.fresh_as_of ?? null,
      run.read_as_of ?? null,
      run.quarantined ?? null,
      failure?.error ?? null,
      failure?.message ?? null,
      failure?.next ?? null,
      schema_changes ? JSON.stringify(schema_changes.map(withoutValues)) : null,
    ],
  };
}

/** The message of a changed key quotes values of it. */
function withoutValues(change: SchemaChange): Partial<SchemaChange> {
  return change.kind === "key changed" ? { ...change, message: undefined } : change;
}

/** Each run is added once: another session skips those that this one has locked. */
const PRUNE = `WITH pruned AS (
  DELETE FROM etl.run WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM etl.run WHERE started_at < ${OLD}
    ORDER BY started_at LIMIT ${MAX_PRUNED} FOR UPDATE SKIP LOCKED
  )) RETURNING *, date_trunc('hour', started_at, 'UTC') AS hour
), changed AS (
  SELECT hour, job, outcome, jsonb_object_agg(name, rows) AS tables FROM (
    SELECT hour, job, outcome, t.key AS name, sum(t.value::bigint) AS rows
    FROM pruned, jsonb_each_text(tables) t GROUP BY 1, 2, 3, 4
  ) by_table GROUP BY 1, 2, 3
)
INSERT INTO etl.run_hour AS known
  (hour, job, outcome, runs, rows, bytes, elapsed_ms, worst_lag_ms, worst_behind_ms, tables)
SELECT hour, job, outcome, count(*), sum(rows), sum(bytes), sum(elapsed_ms), max(lag_ms),
  max(behind_ms), coalesce((SELECT c.tables FROM changed c
    WHERE (c.hour, c.job, c.outcome) = (p.hour, p.job, p.outcome)), '{}')
FROM pruned p GROUP BY hour, job, outcome ORDER BY hour, job, outcome
ON CONFLICT (hour, job, outcome) DO UPDATE SET runs = known.runs + excluded.runs,
  rows = known.rows + excluded.rows, bytes = known.bytes + excluded.bytes,
  elapsed_ms = known.elapsed_ms + excluded.elapsed_ms,
  worst_lag_ms = greatest(known.worst_lag_ms, excluded.worst_lag_ms),
  worst_behind_ms = greatest(known.worst_behind_ms, excluded.worst_behind_ms),
  tables = (SELECT coalesce(jsonb_object_agg(key, rows), '{}') FROM (
    SELECT key, sum(value::bigint) AS rows FROM (
      SELECT * FROM jsonb_each_text(known.tables) UNION ALL
      SELECT * FROM jsonb_each_text(excluded.tables)
    ) one GROUP BY key
  ) sums)`;
