import type { Migration } from "./migration.ts";

/** What each comparison of the source with the warehouse found. */
export const reconciliation: Migration = {
  version: 2,
  name: "reconciliation",
  statements: [`CREATE TABLE IF NOT EXISTS etl.reconciliation (
  done_at timestamptz PRIMARY KEY DEFAULT clock_timestamp(),
  deleted jsonb NOT NULL,
  slipped jsonb NOT NULL
)`],
};
