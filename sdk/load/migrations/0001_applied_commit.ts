import type { Migration } from "./migration.ts";

/** Which processed commits the warehouse has applied. */
export const appliedCommit: Migration = {
  version: 1,
  name: "applied_commit",
  statements: [`CREATE TABLE IF NOT EXISTS etl.applied_commit (
  sequence bigint PRIMARY KEY,
  ingestion_sequence bigint NOT NULL,
  run text NOT NULL,
  taken_at timestamptz NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`],
};
