/**
 * What the Operations page shows. Every time is RFC 3339 in UTC, with milliseconds.
 *
 * @module
 */
import type { RecordedRun, RecordedVerification, RunOutcome } from "../../../../sdk/mod.ts";

/** The verdict in a word. The worst that is true, in this order: */
export type Status =
  /** Nothing has been loaded into the warehouse, and no run has ended. */
  | "empty"
  /** The first load is under way. */
  | "loading"
  /** The warehouse is further behind than the objective. */
  | "stale"
  /** The last attempt of a job that moves the database failed. */
  | "failing"
  /** Fresh, but a table is stopped, or the job of another source failed. */
  | "partial"
  | "fresh";

/** How the warehouse is. */
export interface Verdict {
  readonly status: Status;
  /** Time of the newest source snapshot that every table reflects; null when unknown. */
  readonly fresh_as_of: string | null;
  /** Milliseconds since then, by the warehouse's clock. */
  readonly behind_ms: number | null;
  /** Milliseconds allowed. */
  readonly objective_ms: number;
  /** The jobs whose last attempt failed. */
  readonly failing: readonly JobState[];
  /** The newest run that succeeded, of the jobs that move the database; null without one. */
  readonly last_success: RecordedRun | null;
}

/** The last attempt of a job. */
export interface JobState {
  readonly job: string;
  /** When it began or, without a run in the history, when it ended. */
  readonly at: string;
  readonly outcome: RunOutcome;
  readonly error: string | null;
  readonly message: string | null;
  readonly next: string | null;
  /** The first command in `next`; null without one. */
  readonly command: string | null;
  /** Since when every attempt has failed, within the history; null when the last did not fail. */
  readonly failing_since: string | null;
  /** Attempts that have failed since then. */
  readonly failures: number;
}

/** A table of the warehouse. */
export interface TableState {
  readonly table: string;
  readonly kind: "fact" | "dimension" | "calendar";
  /** The source: `database`, `rates` or `files`. */
  readonly source: string;
  /** Time of the newest snapshot that it reflects, or at which the last document arrived; null when unknown. */
  readonly fresh_as_of: string | null;
  readonly behind_ms: number | null;
  /** Milliseconds allowed; null when its source has no objective. */
  readonly objective_ms: number | null;
  readonly is_late: boolean;
  /** Why its rows are not read; null when they are. */
  readonly stopped: SchemaChange | null;
  /** Rows that changed in each of the last 24 hours, the oldest first; the last hour ends now. */
  readonly changes_by_hour: readonly number[];
  /** When a run last changed it. Of a change before the runs that are kept, the hour; null when never seen. */
  readonly last_change: string | null;
  /** Its rows; null when nobody has counted them. */
  readonly rows: number | null;
  /** Whether `rows` is exact, and not an estimate of the database. */
  readonly rows_exact: boolean;
  /** Whether the warehouse has it. During a first load, it can be without rows. */
  readonly exists: boolean;
  readonly quarantined: number;
}

/** How far the warehouse was behind, at worst, up to a time. */
export interface LagPoint {
  /** The end of the interval. */
  readonly at: string;
  /** Null when it was unknown. */
  readonly behind_ms: number | null;
}

/** An hour, or a day of hours, of a job's runs. */
export interface RunSum {
  /** Its begin. */
  readonly from: string;
  readonly runs: number;
  readonly failed: number;
  readonly rows: number;
  readonly bytes: number;
  readonly elapsed_ms: number;
  readonly worst_behind_ms: number | null;
}

/** Rows in quarantine for the same reason. */
export interface QuarantineReason {
  readonly table: string;
  /** The column; null when the reason is about the whole row. */
  readonly column: string | null;
  /** What the column, or the row, is: `is not a date`, `refers to a missing row`. */
  readonly rule: string;
  /** Whether the rows wait for another row. A load releases them when it arrives. */
  readonly orphaned: boolean;
  readonly rows: number;
  /** When the oldest was quarantined. */
  readonly since: string;
  /** The keys of the oldest, at most five, and the command that shows each. */
  readonly examples: readonly { readonly key: string; readonly show: string }[];
}

/** The rows in quarantine. */
export interface Quarantine {
  readonly rows: number;
  /** Rows allowed without an alert. */
  readonly limit: number;
  /** Reasons of the oldest 500 rows, the most frequent first. */
  readonly reasons: readonly QuarantineReason[];
  /** Whether there are rows that `reasons` does not count. */
  readonly has_more: boolean;
  /** The command that lists them. */
  readonly list: string;
  /** The command that compares every row and releases those that were fixed. */
  readonly retry: string;
}

/** A difference between the source and the specs. */
export interface SchemaChange {
  readonly table: string;
  readonly column: string | null;
  readonly kind: string;
  /** Whether the table is not read until someone acts. */
  readonly stops: boolean;
  readonly message: string | null;
  /** The start of the oldest run of the history that has found it ever since. */
  readonly since: string;
}

/** The last comparison of the source with the warehouse. */
export interface Reconciliation {
  readonly done_at: string;
  /** Whether it compared every table; otherwise the next one compares the others. */
  readonly finished: boolean;
  /** Warehouse tables compared. */
  readonly tables: number;
  /** Rows deleted in the source and removed, by source table. */
  readonly deleted: Readonly<Record<string, number>>;
  /** Rows that every extraction had missed, by source table. */
  readonly missed: Readonly<Record<string, number>>;
  /** Why nothing was repaired although there were differences; null otherwise. */
  readonly refused: string | null;
}

/** A commit that was applied as if it were empty. */
export interface SkippedCommit {
  readonly source: string;
  readonly sequence: number;
  readonly taken_at: string;
  readonly applied_at: string;
  readonly reason: string;
}

/** The runs of the last 24 hours, of every job but `heartbeat`. */
export interface Day {
  readonly runs: number;
  readonly failed: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Everything that the Operations page shows, but for the incidents. */
export interface Operations {
  /** The warehouse's clock. */
  readonly now: string;
  readonly verdict: Verdict;
  /** In the order of the model: the tables of the database, then those of the other sources. */
  readonly tables: readonly TableState[];
  /** The last runs of the job `extract`, the newest first. */
  readonly runs: readonly RecordedRun[];
  /** The last attempt of each job, in alphabetical order. */
  readonly jobs: readonly JobState[];
  readonly day: Day;
  /** The worst of each 5 minutes of the last 24 hours, the oldest first: 288 points, or none. */
  readonly lag: readonly LagPoint[];
  readonly quarantine: Quarantine;
  /** Differences that the newest `extract` found. Those that stop a table come first. */
  readonly schema_changes: readonly SchemaChange[];
  /** Null before the first. */
  readonly reconciliation: Reconciliation | null;
  /** Null before the first of the command line. */
  readonly verification: RecordedVerification | null;
  /** The newest commits that were skipped and that no reconciliation has made up for, at most 20. */
  readonly skipped: readonly SkippedCommit[];
}
