import type { Migration } from "./migration.ts";

/** The rows that deltas missed: the column was called `slipped`. */
export const missedRows: Migration = {
  version: 9,
  name: "missed_rows",
  statements: ["ALTER TABLE etl.reconciliation RENAME COLUMN slipped TO missed"],
};
