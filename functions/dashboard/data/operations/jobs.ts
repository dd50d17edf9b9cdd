import type { RunOutcome } from "../../../../sdk/mod.ts";
import type { Warehouse } from "../warehouse.ts";
import { ask, utc } from "./ask.ts";
import type { Day, JobState } from "./operations.ts";

/** A job, with what its heartbeat says of the warehouse. */
export interface Job extends JobState {
  /** The newest source snapshot that every table reflected after it; null when it established none. */
  readonly fresh_as_of: string | null;
}

interface JobRow extends Omit<Job, "command" | "at"> {
  readonly at: string | null;
  readonly beat_at: string | null;
  readonly beat_error: string | null;
}

/** A run that was asked to stop neither failed nor succeeded. */
const LAST = `SELECT started_at, outcome, error, message, next FROM etl.run
  WHERE job = j.job AND outcome <> 'stopped' ORDER BY started_at DESC LIMIT 1`;

const JOBS = `SELECT j.job, ${utc("last.started_at")} AS at, last.outcome, last.error,
  last.message, last.next, ${utc("streak.since")} AS failing_since,
  coalesce(streak.failures, 0)::integer AS failures, ${utc("beat.at")} AS beat_at,
  beat.error AS beat_error, ${utc("beat.fresh_as_of")} AS fresh_as_of
FROM (
  SELECT job FROM etl.heartbeat UNION SELECT jsonb_array_elements_text($1::text::jsonb)
) AS j(job)
LEFT JOIN etl.heartbeat beat ON beat.job = j.job
LEFT JOIN LATERAL (${LAST}) last ON true
LEFT JOIN LATERAL (
  SELECT min(started_at) AS since, count(*) AS failures FROM etl.run
  WHERE job = j.job AND outcome = 'failed' AND started_at > coalesce((
    SELECT max(started_at) FROM etl.run
    WHERE job = j.job AND outcome NOT IN ('failed', 'stopped')
  ), '-infinity')
) streak ON last.outcome = 'failed'
WHERE last.started_at IS NOT NULL OR beat.job IS NOT NULL
ORDER BY j.job`;

/** Only heartbeats, for a warehouse that an earlier release has migrated. */
const BEATS = `SELECT job, NULL AS at, NULL AS outcome, NULL AS error, NULL AS message,
  NULL AS next, NULL AS failing_since, 0 AS failures, ${utc("at")} AS beat_at,
  error AS beat_error, ${utc("fresh_as_of")} AS fresh_as_of
FROM etl.heartbeat ORDER BY job`;

/** Reads the last attempt of each job that has a heartbeat, and of the command line's. */
export async function readJobs(
  warehouse: Warehouse,
  sources: readonly string[],
): Promise<Job[]> {
  const names = JSON.stringify(["extract", "load", "reconcile", ...sources]);
  const rows = await ask<JobRow>(warehouse, { text: JOBS, values: [names] });
  const found = rows.length > 0 ? rows : await ask<JobRow>(warehouse, { text: BEATS });
  return found.map(({ beat_at, beat_error, at, outcome, ...row }) => {
    // A heartbeat without a run is of a release without a history of runs.
    const last = at === null
      ? { at: beat_at!, outcome: (beat_error ? "failed" : "unchanged") as RunOutcome }
      : { at, outcome };
    const error = row.error ?? (at === null ? beat_error : null);
    return { ...row, ...last, error, command: commandIn(row.next) };
  });
}

/** Returns the first command in an advice: `start the server, then: deno task etl run`. */
function commandIn(next: string | null): string | null {
  return next === null ? null : /deno task [^;]+/.exec(next)?.[0].trim() ?? null;
}

/** Reads the sums of the last 24 hours. The freshness check is no work. */
export async function readDay(warehouse: Warehouse, now: Date): Promise<Day> {
  const text = `SELECT count(*)::integer AS runs,
  (count(*) FILTER (WHERE outcome = 'failed'))::integer AS failed,
  coalesce(sum(rows), 0)::float8 AS rows, coalesce(sum(bytes), 0)::float8 AS bytes
FROM etl.run WHERE started_at > $1::timestamptz - interval '1 day' AND job <> 'heartbeat'`;
  const [day] = await ask<Day>(warehouse, { text, values: [now.toISOString()] });
  return day ?? { runs: 0, failed: 0, rows: 0, bytes: 0 };
}
