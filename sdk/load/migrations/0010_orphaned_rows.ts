import type { Migration } from "./migration.ts";

/** Valid rows that refer to a missing row: the column was called `waiting`. */
export const orphanedRows: Migration = {
  version: 10,
  name: "orphaned_rows",
  statements: ["ALTER TABLE etl.quarantine RENAME COLUMN waiting TO orphaned"],
};
