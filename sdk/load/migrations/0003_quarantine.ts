import type { Migration } from "./migration.ts";

/** Rows that could not be loaded, with the reason. */
export const quarantine: Migration = {
  version: 3,
  name: "quarantine",
  statements: [`CREATE TABLE IF NOT EXISTS etl.quarantine (
  table_name text,
  key text,
  reason text NOT NULL,
  waiting boolean NOT NULL,
  content jsonb NOT NULL,
  sequence bigint NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (table_name, key)
)`],
};
