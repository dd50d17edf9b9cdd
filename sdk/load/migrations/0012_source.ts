import type { Migration } from "./migration.ts";

/** Which source a commit is of: the log of each counts from 1. */
export const source: Migration = {
  version: 12,
  name: "source",
  statements: [
    "ALTER TABLE etl.applied_commit ADD COLUMN source text NOT NULL DEFAULT 'database'",
    "ALTER TABLE etl.applied_commit DROP CONSTRAINT applied_commit_pkey",
    "ALTER TABLE etl.applied_commit ADD PRIMARY KEY (source, sequence)",
  ],
};
