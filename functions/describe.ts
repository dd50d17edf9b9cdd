/**
 * Results in words.
 *
 * @module
 */
import type { QuarantineEntry, ReconcileResult, RunResult, VerifyResult } from "../sdk/mod.ts";
import { duration, table, thousands } from "./report.ts";

/** What a tick did, in a line or two. */
export function describeRun(
  { extract, load, reconcile, elapsed_ms, lag_ms }: RunResult,
): string {
  const took = `in ${duration(elapsed_ms)}`;
  const notes: string[] = [];
  if (extract.outcome === "overtaken") notes.push("another run extracted at the same time.");
  if (extract.outcome === "committed" && extract.commit.sequence > 1 && extract.full_because) {
    notes.push(`read every row again: ${extract.full_because}.`);
  }
  if (reconcile && reconcile.outcome !== "clean") notes.push(describeReconciliation(reconcile));
  if (load.quarantined > 0) {
    const rows = load.quarantined === 1 ? "1 row is" : `${thousands(load.quarantined)} rows are`;
    notes.push(`warning: ${rows} in quarantine: deno task etl quarantine list`);
  }
  if (load.commits.length === 0) return [`nothing changed, ${took}.`, ...notes].join("\n");
  const lag = lag_ms === null ? "" : `; the warehouse is ${duration(lag_ms)} behind the source`;
  const commit = `commit ${load.sequence}`;
  return [
    `loaded ${thousands(sumOfRows(load.commits))} rows up to ${commit} ${took}${lag}.`,
    ...notes,
  ].join("\n");
}

/** What is in quarantine, a line per row. */
export function describeQuarantine(entries: readonly QuarantineEntry[]): string {
  if (entries.length === 0) return "the quarantine is empty.";
  return table(
    ["table", "key", "since", "reason"],
    entries.map((entry) => [entry.table, entry.key, entry.since, entry.reason]),
  );
}

/** What a reconciliation found and did, in a sentence or two. */
export function describeReconciliation(result: ReconcileResult): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, count]) => `${thousands(count)} of ${name}`).join(", ");
  if (result.outcome === "overtaken") return "another run extracted meanwhile; reconcile again.";
  const later = result.in_flight === 0
    ? ""
    : ` ${thousands(result.in_flight)} rows changed just now; the next run brings them.`;
  if (result.outcome === "clean") return `nothing was amiss.${later}`;
  const found = [
    ...Object.keys(result.deleted).length > 0 ? [`deleted rows: ${list(result.deleted)}`] : [],
    ...Object.keys(result.slipped).length > 0 ? [`missed rows: ${list(result.slipped)}`] : [],
  ];
  return `repaired ${found.join("; ")}.${later}`;
}

/** The rows of some commits, over all their tables. */
export function sumOfRows(
  commits: readonly { readonly tables: Readonly<Record<string, { readonly rows: number }>> }[],
): number {
  return commits.flatMap(({ tables }) => Object.values(tables))
    .reduce((sum, { rows }) => sum + rows, 0);
}

/** Differing rows named per table. */
const NAMED = 10;

/** The comparison as a table, and the keys that differ. */
export function describeVerification(result: VerifyResult): string {
  const rows = result.tables.map((t) => [
    t.table,
    t.source_rows,
    t.warehouse_rows,
    t.differences,
  ]);
  const lines = [table(["table", "source", "warehouse", "differences"], rows)];
  for (const { table: name, differences, examples } of result.tables) {
    for (const { key, kind, columns, reason } of examples.slice(0, NAMED)) {
      const where = columns.length > 0 ? ` in ${columns.join(", ")}` : "";
      lines.push(`${name} ${key}: ${kind}${where}${reason ? `: ${reason}` : ""}`);
    }
    if (differences > NAMED) lines.push(`${name}: and ${thousands(differences - NAMED)} more`);
  }
  lines.push(result.equal ? "the warehouse equals the source." : "the warehouse differs.");
  return lines.join("\n");
}
