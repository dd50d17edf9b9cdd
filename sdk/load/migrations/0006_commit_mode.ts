import type { Migration } from "./migration.ts";

/** Which commits read every row again: a reconciliation is due after those. */
export const commitMode: Migration = {
  version: 6,
  name: "commit_mode",
  statements: [
    "ALTER TABLE etl.applied_commit ADD COLUMN IF NOT EXISTS mode text NOT NULL DEFAULT 'delta'",
  ],
};
