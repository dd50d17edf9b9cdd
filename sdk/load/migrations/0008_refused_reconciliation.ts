import type { Migration } from "./migration.ts";

/** Why a comparison repaired nothing although it found differences. */
export const refusedReconciliation: Migration = {
  version: 8,
  name: "refused_reconciliation",
  statements: ["ALTER TABLE etl.reconciliation ADD COLUMN IF NOT EXISTS refused text"],
};
