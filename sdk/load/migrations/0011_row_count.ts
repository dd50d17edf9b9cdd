import type { Migration } from "./migration.ts";

/** How many rows each table has, so that a tick can compare it with a count of the source. */
export const rowCount: Migration = {
  version: 11,
  name: "row_count",
  statements: [`CREATE TABLE etl.row_count (
  table_name text PRIMARY KEY,
  rows bigint NOT NULL,
  left_out bigint NOT NULL DEFAULT 0,
  unconfirmed integer NOT NULL DEFAULT 0,
  searched_at timestamptz
)`],
};
