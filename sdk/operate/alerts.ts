/**
 * Alerts: what a run found that an operator needs to know, as structured facts. An alert holds no
 * row content and no secret, so it can be mailed, logged and stored. Nothing here does I/O.
 *
 * @module
 */
import type { ExtractResult } from "../extract/extract.ts";
import type { SchemaChange, SchemaChangeKind } from "../extract/schema_changes.ts";
import type { DocumentRecord, SkippedCommit } from "../lake/commit.ts";
import type { Remedy } from "../remedy.ts";
import { SAME_AS_BEFORE } from "../sources/source.ts";

/**
 * A check that raises alerts: its next success without the alert shows that the problem is over.
 */
export type AlertScope = "extract" | "load" | "reconcile" | "heartbeat" | "rates" | "files";

/** `error`: data is missing until someone acts. `warning`: the pipeline handled it. */
export type AlertSeverity = "warning" | "error";

/** The fields of every alert. */
export interface AlertFacts {
  /** How much it matters. */
  readonly severity: AlertSeverity;
  /** The check that raised it. */
  readonly scope: AlertScope;
  /** The table that it is about. */
  readonly table?: string;
  /** When the problem began (RFC 3339, UTC), if that is known to be earlier than the alert. */
  readonly since?: string;
  /** The remedy. */
  readonly next?: Remedy;
}

/** The source differs from the specs. */
export interface SchemaChangedAlert extends AlertFacts {
  /** The kind of alert. */
  readonly code: "schema_changed";
  /** The source table. */
  readonly table: string;
  /** The column, for a change of one column. */
  readonly column?: string;
  /** The kind of difference. */
  readonly change: SchemaChangeKind;
  /** Whether the table is not read until someone acts. */
  readonly stops: boolean;
  /** The difference in a sentence. Undefined for a changed key, whose message quotes key values. */
  readonly detail?: string;
}

/** Every row of the source was read again, although this was not the first extraction. */
export interface SourceRereadAlert extends AlertFacts {
  /** The kind of alert. */
  readonly code: "source_reread";
  /** Why, as a clause. */
  readonly reason: string;
}

/** A commit was skipped because its objects were damaged or held too many invalid rows. */
export interface BatchSkippedAlert extends AlertFacts {
  /** The kind of alert. */
  readonly code: "batch_skipped";
  /** The zone of the commit. */
  readonly zone: SkippedCommit["zone"];
  /** The commit's place in the zone's log. */
  readonly sequence: number;
}

/** A reconciliation found and repaired rows that every extraction had missed. */
export interface RowsRepairedAlert extends AlertFacts {
  /** The kind of alert. */
  readonly code: "rows_repaired";
  /** Rows repaired, by source table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** A run failed. */
export interface RunFailedAlert extends AlertFacts {
  /** The kind of alert. */
  readonly code: "run_failed";
  /** The job that failed; a `run()` is the job `extract`. */
  readonly job: AlertScope;
  /** The stage in which it failed. */
  readonly stage?: string;
  /** The run's id, as in its object keys. */
  readonly run?: string;
  /** The class of the error. */
  readonly error: string;
  /** The first code in the chain of causes: `ECONNREFUSED`, `28P01`, `AccessDenied`. */
  readonly error_code?: string;
  /** The error's message, for classes of error whose messages hold only settings and counts. */
  readonly message?: string;
  /** Whether the same run can succeed later without anyone changing anything. */
  readonly retryable: boolean;
}

/** More rows are in quarantine than the limit allows. */
export interface QuarantineOverLimitAlert extends AlertFacts {
  /** The kind of alert. */
  readonly code: "quarantine_over_limit";
  /** Rows in quarantine. */
  readonly rows: number;
  /** Rows allowed without an alert. */
  readonly limit: number;
}

/** A document of a source has no rows in the warehouse: a file, or the rates of a day. */
export interface DocumentAlert extends AlertFacts {
  /** The kind of alert. */
  readonly code: "document_refused" | "document_missing" | "document_duplicate";
  /** The source. */
  readonly source: string;
  /** The document's name. */
  readonly document: string;
  /** Why, as a clause. */
  readonly reason: string;
}

/** The warehouse is further behind a source than the limit allows. */
export interface StaleAlert extends AlertFacts {
  /** The kind of alert. */
  readonly code: "stale";
  /** The source, unless it is the database. */
  readonly source?: string;
  /** Time of the source snapshot that the warehouse reflects (RFC 3339, UTC). */
  readonly since: string;
  /** Milliseconds since then. */
  readonly behind_ms: number;
  /** Milliseconds allowed without an alert. */
  readonly limit_ms: number;
}

/** Something that an operator needs to know; `code` says what. */
export type Alert =
  | SchemaChangedAlert
  | SourceRereadAlert
  | BatchSkippedAlert
  | RowsRepairedAlert
  | RunFailedAlert
  | QuarantineOverLimitAlert
  | DocumentAlert
  | StaleAlert;

/** Receives alerts, each time a run finds them. Must not throw: that fails the run. */
export type AlertListener = (alert: Alert) => void | Promise<void>;

/** Returns the alerts of an extraction. */
export function extractAlerts(result: ExtractResult): Alert[] {
  const changes = result.schema.map(schemaAlert);
  if (result.outcome !== "committed" || !isReadAgain(result)) return changes;
  return [...changes, {
    code: "source_reread",
    severity: "warning",
    scope: "extract",
    reason: result.full_because!,
    next: { operations: [{ name: "verify" }] },
  }];
}

function schemaAlert({ table, column, kind, stops, message }: SchemaChange): Alert {
  return {
    code: "schema_changed",
    severity: stops ? "error" : "warning",
    scope: "extract",
    table,
    column,
    change: kind,
    stops,
    detail: kind === "key changed" ? undefined : message,
    next: stops
      ? { advice: "fix the source or the spec", operations: [{ name: "run" }] }
      : { operations: [{ name: "status" }] },
  };
}

/** Returns whether an extraction read every row again, although it was not the first. */
export function isReadAgain(result: ExtractResult & { outcome: "committed" }): boolean {
  return result.full_because !== undefined && result.commits[0].sequence > 1;
}

/** Returns an alert for each commit that was skipped. */
export function skipAlerts(skipped: readonly SkippedCommit[]): Alert[] {
  return skipped.map(({ zone, sequence }) => ({
    code: "batch_skipped",
    severity: "warning",
    scope: "load",
    zone,
    sequence,
    next: { operations: [{ name: "reconcile" }] },
  }));
}

/** Returns an alert for each document of a source that has no rows, unless it was only touched. */
export function documentAlerts(source: string, documents: readonly DocumentRecord[]): Alert[] {
  return documents.flatMap(({ name: document, outcome, reason = "" }): Alert[] => {
    if (outcome === "read" || reason === SAME_AS_BEFORE) return [];
    const facts = { scope: "load", source, document, reason } as const;
    if (outcome === "refused") {
      const next = { operations: [{ name: "listQuarantine" }] } as const;
      return [{ ...facts, code: "document_refused", severity: "error", next }];
    }
    return [{ ...facts, code: `document_${outcome}`, severity: "warning" }];
  });
}

/** Returns the alert for rows that a reconciliation repaired, if there are any. */
export function reconcileAlerts(missed: Readonly<Record<string, number>>): Alert[] {
  if (Object.keys(missed).length === 0) return [];
  return [{
    code: "rows_repaired",
    severity: "warning",
    scope: "reconcile",
    rows: missed,
    next: { operations: [{ name: "verify" }] },
  }];
}
