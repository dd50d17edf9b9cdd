import type { TestPipeline } from "./pipelines.ts";

/** Takes from the control tables what numbered migrations brought, as the last release before them. */
export async function beforeMigrations({ sql }: TestPipeline): Promise<void> {
  await sql.unsafe(`DROP TABLE etl.migration;
    ALTER TABLE etl.reconciliation RENAME COLUMN missed TO slipped;
    ALTER TABLE etl.quarantine RENAME COLUMN orphaned TO waiting`);
}
