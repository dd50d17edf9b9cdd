import type { TestPipeline } from "./pipelines.ts";

/** Undoes all numbered migrations: the control tables are those of the last release before them. */
export async function undoMigrations({ sql }: TestPipeline): Promise<void> {
  await sql.unsafe(
    `DROP VIEW etl.quarantine_reason, etl.skipped_commit; DROP INDEX etl.applied_commit_skipped;
    DROP TABLE etl.migration, etl.row_count, etl.run, etl.run_hour, etl.verification;
    ALTER TABLE etl.applied_commit DROP COLUMN source, ADD PRIMARY KEY (sequence);
    ALTER TABLE etl.reconciliation RENAME COLUMN missed TO slipped;
    ALTER TABLE etl.quarantine RENAME COLUMN orphaned TO waiting`,
  );
}
