/**
 * The steps that build the current control tables, oldest first. To change a control table, add a file
 * with the next number here. Steps 1 to 8 are older than `etl.migration`: a warehouse can have
 * their result without a record, so each does nothing when it is present.
 *
 * @module
 */
import { appliedCommit } from "./0001_applied_commit.ts";
import { reconciliation } from "./0002_reconciliation.ts";
import { quarantine } from "./0003_quarantine.ts";
import { skippedCommit } from "./0004_skipped_commit.ts";
import { heartbeat } from "./0005_heartbeat.ts";
import { commitMode } from "./0006_commit_mode.ts";
import { reconciliationPass } from "./0007_reconciliation_pass.ts";
import { refusedReconciliation } from "./0008_refused_reconciliation.ts";
import { missedRows } from "./0009_missed_rows.ts";
import { orphanedRows } from "./0010_orphaned_rows.ts";
import { rowCount } from "./0011_row_count.ts";
import { source } from "./0012_source.ts";
import { runHistory } from "./0013_run_history.ts";
import type { Migration } from "./migration.ts";

/** Every step, in order. */
export const MIGRATIONS: readonly Migration[] = [
  appliedCommit,
  reconciliation,
  quarantine,
  skippedCommit,
  heartbeat,
  commitMode,
  reconciliationPass,
  refusedReconciliation,
  missedRows,
  orphanedRows,
  rowCount,
  source,
  runHistory,
];
