import type { Migration } from "./migration.ts";

/** How far a comparison of all tables has come, so that it can take several runs. */
export const reconciliationPass: Migration = {
  version: 7,
  name: "reconciliation_pass",
  statements: [`ALTER TABLE etl.reconciliation
  ADD COLUMN IF NOT EXISTS ingestion_sequence bigint NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS tables jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN IF NOT EXISTS finished boolean NOT NULL DEFAULT true`],
};
