import type { Migration } from "./migration.ts";

/** Why a commit was applied as if it were empty. */
export const skippedCommit: Migration = {
  version: 4,
  name: "skipped_commit",
  statements: ["ALTER TABLE etl.applied_commit ADD COLUMN IF NOT EXISTS skipped text"],
};
