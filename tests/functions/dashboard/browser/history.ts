/** A day of runs and older, so that tests need not wait for one. */
import type { TestDatabase } from "../../../support/postgres.ts";

/**
 * Repeats the runs of `extract` that are in the history, but the first, once a minute back in time: the
 * warehouse then looks as if the pipeline had run as long.
 */
export async function repeatRuns({ sql }: TestDatabase, minutes: number): Promise<void> {
  await sql`WITH known AS (
    SELECT *, row_number() OVER (ORDER BY started_at) - 1 AS place, count(*) OVER () AS total
    FROM etl.run WHERE job = 'extract' AND outcome <> 'failed'
      AND started_at > (SELECT min(started_at) FROM etl.run)
  ), start AS (SELECT min(started_at) AS at FROM etl.run)
  INSERT INTO etl.run (started_at, job, run, outcome, elapsed_ms, rows, bytes, stage_ms, tables, lag_ms,
    fresh_as_of, read_as_of, behind_ms, quarantined, schema_changes)
  SELECT at - m * interval '1 minute', job, run || '-' || m, outcome, elapsed_ms + m % 7, rows, bytes,
    stage_ms, tables, lag_ms, at - m * interval '1 minute', at - m * interval '1 minute',
    60000 + m % 11 * 100, quarantined, schema_changes
  FROM generate_series(1, ${minutes}::int) m, start, known WHERE place = m % total`;
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
