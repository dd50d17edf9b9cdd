import type { Migration } from "./migration.ts";

/** The last attempt of each job, and how fresh the warehouse was after it. */
export const heartbeat: Migration = {
  version: 5,
  name: "heartbeat",
  statements: [`CREATE TABLE IF NOT EXISTS etl.heartbeat (
  job text PRIMARY KEY,
  at timestamptz NOT NULL,
  error text,
  fresh_as_of timestamptz
)`],
};
