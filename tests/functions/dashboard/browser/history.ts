/** A day of runs and older, so that tests need not wait for one. */
import type { TestDatabase } from "../../../support/postgres.ts";

/**
 * Repeats the runs of `extract` of the last hour, but the first load, once a minute back in time, those that
 * moved rows by day only: the warehouse then looks as if the pipeline had run as long.
 */
export async function repeatRuns({ sql }: TestDatabase, minutes: number): Promise<void> {
  await sql`WITH known AS (
    SELECT *, row_number() OVER (ORDER BY started_at) - 1 AS place FROM etl.run
    WHERE job = 'extract' AND outcome <> 'failed' AND started_at > now() - interval '1 hour'
      AND started_at > (SELECT min(started_at) FROM etl.run)
  ), facts AS (
    SELECT min(started_at) AS start, count(*) AS total,
      min(place) FILTER (WHERE outcome = 'unchanged') AS quiet
    FROM known
  ), past AS (
    SELECT m, start - m * interval '1 minute' AS at,
      CASE WHEN extract(hour FROM (start - m * interval '1 minute') AT TIME ZONE 'UTC') BETWEEN 7 AND 18
        THEN m % total ELSE coalesce(quiet, 0) END AS place
    FROM generate_series(1, ${minutes}::int) m, facts
  )
  INSERT INTO etl.run (started_at, job, run, outcome, elapsed_ms, rows, bytes, stage_ms, tables, lag_ms,
    fresh_as_of, read_as_of, behind_ms, quarantined, schema_changes)
  SELECT at, job, run || '-' || m, outcome, elapsed_ms + m % 7, rows, bytes, stage_ms, tables, lag_ms,
    at, at, 60000 + m % 11 * 100, quarantined, schema_changes
  FROM past JOIN known USING (place)`;
  // No run follows a gap any more.
  await sql`UPDATE etl.run SET behind_ms = least(behind_ms, 60000)`;
}

/** Makes everything that the control tables know so many minutes older. */
export async function age({ sql }: TestDatabase, minutes: number): Promise<void> {
  const columns = await sql`SELECT format('%I.%I', table_schema, table_name) AS name, string_agg(
      format('%1$I = %1$I - interval ''${
    sql.unsafe(String(minutes))
  } minutes''', column_name), ', ') AS changes
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'etl' AND data_type LIKE 'timestamp%' AND table_type = 'BASE TABLE'
      AND table_name <> 'migration' GROUP BY 1`;
  for (const { name, changes } of columns) await sql.unsafe(`UPDATE ${name} SET ${changes}`);
}

/** Lets the runs of `extract` fail for some minutes, so many minutes ago, as when the source is down. */
export async function pause({ sql }: TestDatabase, ago: number, minutes: number): Promise<void> {
  await sql`UPDATE etl.run SET outcome = 'failed', rows = 0, bytes = 0, tables = '{}', lag_ms = NULL,
    stage_ms = '{"extract": 12}', elapsed_ms = 12, fresh_as_of = NULL, read_as_of = NULL,
    error = 'SourceError', message = 'Extraction failed: cannot read the source (ECONNREFUSED)',
    behind_ms = 60000 + extract(epoch FROM
      started_at - (now() - ${`${ago} minutes`}::interval)) * 1000
  WHERE job = 'extract' AND started_at BETWEEN now() - ${`${ago} minutes`}::interval
    AND now() - ${`${ago - minutes} minutes`}::interval`;
  await sql`UPDATE etl.run SET behind_ms = ${minutes * 60_000} WHERE started_at = (
    SELECT min(started_at) FROM etl.run
    WHERE job = 'extract' AND started_at > now() - ${`${ago - minutes} minutes`}::interval)`;
}
