/**
 * What a tick found that a person should hear of. Pure: results go in, alerts come out.
 *
 * @module
 */
import { EtlError } from "../errors.ts";
import type { ExtractResult } from "../extract/extract.ts";
import type { SchemaChange } from "../extract/schema_changes.ts";
import type { Skipped } from "../lake/damage.ts";
import type { Remedy } from "../remedy.ts";

/** Something a person should hear of. It holds no secret. */
export interface Alert {
  /** What happened. */
  readonly kind:
    | "schema changed"
    | "source read again"
    | "batch skipped"
    | "rows repaired"
    | "run failed";
  /** `error`: data is missing until someone acts. `warning`: the pipeline has coped. */
  readonly severity: "warning" | "error";
  /** The table it is about, when it is about one. */
  readonly table?: string;
  /**
   * What happened, in a sentence. That of `run failed` is the error's own, which may quote a value, and
   * that of `schema changed` may quote keys that repeat.
   */
  readonly message: string;
  /** What fixes it. */
  readonly next?: Remedy;
  /** The change, when the schema changed. */
  readonly change?: SchemaChange;
  /** The commit, when a batch was skipped. */
  readonly skipped?: Skipped;
}

/** Hears of alerts, each time a tick finds them again. Must not throw: that fails the tick. */
export type AlertListener = (alert: Alert) => void | Promise<void>;

/** What an extraction gives reason to tell. */
export function extractAlerts(result: ExtractResult): Alert[] {
  const changes = result.schema.map((change): Alert => ({
    kind: "schema changed",
    severity: change.stops ? "error" : "warning",
    table: change.table,
    message: change.stops ? `${change.message}; it is not read` : change.message,
    next: change.stops
      ? { advice: "fix the source or the spec", operations: [{ name: "run" }] }
      : { operations: [{ name: "status" }] },
    change,
  }));
  if (result.outcome !== "committed" || !isReadAgain(result)) return changes;
  const message = `every row of the source was read again: ${result.full_because}`;
  const next: Remedy = { operations: [{ name: "verify" }] };
  return [...changes, { kind: "source read again", severity: "warning", message, next }];
}

/** Whether an extraction started over, though it was not the first. */
export function isReadAgain(result: ExtractResult & { outcome: "committed" }): boolean {
  return result.full_because !== undefined && result.commits[0].sequence > 1;
}

/** What commits that were skipped give reason to tell. */
export function skipAlerts(skipped: readonly Skipped[]): Alert[] {
  return skipped.map((commit) => ({
    kind: "batch skipped",
    severity: "warning",
    skipped: commit,
    message: `commit ${commit.sequence} of the ${commit.zone} zone was skipped: ${commit.reason}`,
    next: { operations: [{ name: "reconcile" }] },
  }));
}

/** What a repair gives reason to tell. */
export function reconcileAlerts(missed: Readonly<Record<string, number>>): Alert[] {
  const tables = Object.entries(missed);
  if (tables.length === 0) return [];
  const rows = tables.map(([table, count]) => `${count} of ${table}`).join(", ");
  return [{
    kind: "rows repaired",
    severity: "warning",
    message: `rows that no extraction had brought were found and repaired: ${rows}`,
    next: { operations: [{ name: "verify" }] },
  }];
}

/** What a tick that failed gives reason to tell. */
export function failureAlert(error: unknown): Alert {
  const { table, next } = error instanceof EtlError ? error : {} as Partial<EtlError>;
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "run failed", severity: "error", table, message, next };
}
