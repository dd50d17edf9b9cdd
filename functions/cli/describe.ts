/**
 * Results in words.
 *
 * @module
 */
import type {
  ExtractResult,
  QuarantineEntry,
  ReconcileResult,
  RunResult,
  SchemaChange,
  Skipped,
  VerifyResult,
} from "../../sdk/mod.ts";
import { isReadAgain } from "../../sdk/operate/alerts.ts";
import { QUARANTINE_LISTED } from "../../sdk/operate/quarantine.ts";
import { duration, plural, pluralAre, printable, sumOfRows, table, thousands } from "../format.ts";

/** What a tick did, in a line or two. */
export function describeRun(
  { extract, transform, load, reconcile, elapsed_ms, lag_ms }: RunResult,
): string {
  const took = `in ${duration(elapsed_ms)}`;
  const notes: string[] = [];
  if (extract.outcome === "overtaken") notes.push("another run extracted at the same time.");
  if (extract.outcome === "committed" && isReadAgain(extract)) {
    notes.push(`read every row again: ${extract.full_because}.`);
  }
  notes.push(...skipNotes([...transform.skipped, ...load.skipped]));
  if (reconcile && reconcile.outcome !== "clean") notes.push(describeReconciliation(reconcile));
  if (load.quarantined > 0) {
    const rows = pluralAre(load.quarantined, "row");
    notes.push(`warning: ${rows} in quarantine: deno task etl quarantine list`);
  }
  notes.push(...schemaNotes(extract.schema));
  if (load.commits.length === 0) return [`nothing changed, ${took}.`, ...notes].join("\n");
  const lag = lag_ms === null ? "" : `; the warehouse is ${duration(lag_ms)} behind the source`;
  const commit = `commit ${load.sequence}`;
  return [
    `loaded ${plural(sumOfRows(load.commits), "row")} up to ${commit} ${took}${lag}.`,
    ...notes,
  ].join("\n");
}

/** What an extraction did, in a line or two. */
export function describeExtraction(result: ExtractResult): string {
  const notes = schemaNotes(result.schema);
  if (result.outcome === "unchanged") return ["nothing changed.", ...notes].join("\n");
  if (result.outcome === "overtaken") {
    const first = `another run committed batch ${result.sequence} first`;
    return [`${first}; the next run goes on from there.`, ...notes].join("\n");
  }
  const { commits, full_because } = result;
  const [first, last] = [commits[0].sequence, commits[commits.length - 1].sequence];
  const batches = first === last ? `batch ${first}` : `batches ${first} to ${last}`;
  const why = full_because === undefined ? "" : ` (everything: ${full_because})`;
  return [
    `extracted ${batches}: ${plural(sumOfRows(commits), "row")}${why}.`,
    ...notes,
  ].join("\n");
}

/** What stops a table, each in a line; what does not, in one for all. */
function schemaNotes(changes: readonly SchemaChange[]): string[] {
  const stopped = changes.filter(({ stops }) => stops).map(({ message }) => `stopped: ${message}`);
  const others = changes.length - stopped.length;
  if (others === 0) return stopped;
  return [
    ...stopped,
    `warning: the source differs from the specs in ${
      plural(others, "place")
    }: deno task etl status`,
  ];
}

/** How the source differs from the specs, a line per difference. */
export function describeSchema(changes: readonly SchemaChange[]): string {
  if (changes.length === 0) return "the source is as the specs say.";
  return table(
    ["table", "column", "change", "effect", "what it means"],
    changes.map(({ table, column = "", kind, stops, message }) => [
      table,
      column,
      kind,
      stops ? "stopped" : "read",
      message,
    ]),
  );
}

/** The commits that were skipped, a line each. */
export function skipNotes(skipped: readonly Skipped[]): string[] {
  return skipped.map(({ zone, sequence, reason }) =>
    `warning: commit ${sequence} of the ${zone} zone was skipped: ${sentence(reason)} ` +
    "A later one brings the rows again; versions between them are lost; " +
    "deno task etl reconcile finds what was deleted."
  );
}

function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}

/** What is in quarantine, a line per row. */
export function describeQuarantine(entries: readonly QuarantineEntry[]): string {
  if (entries.length === 0) return "the quarantine is empty.";
  const listed = table(
    ["table", "key", "since", "reason"],
    entries.map((entry) => [entry.table, entry.key, entry.since, entry.reason]),
  );
  return entries.length < QUARANTINE_LISTED ? listed : `${listed}\nand perhaps more.`;
}

/** What a reconciliation found and did, in a sentence or two. */
export function describeReconciliation(result: ReconcileResult): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, count]) => `${thousands(count)} of ${name}`).join(", ");
  const skipped = result.schema.filter(({ stops }) => stops)
    .map(({ message }) => `\nnot compared: ${printable(message)}`).join("");
  if (result.outcome === "overtaken") {
    return "nothing was done: another comparison was faster, or every row is being read again; " +
      `reconcile after that.${skipped}`;
  }
  const later = result.in_flight === 0
    ? ""
    : ` ${plural(result.in_flight, "row")} changed just now: for the next run to bring.`;
  const others = result.finished ? "" : " The next comparison goes on with the other tables.";
  if (result.outcome === "clean") return `nothing was amiss.${later}${others}${skipped}`;
  const found = [
    ...Object.keys(result.deleted).length > 0 ? [`deleted rows: ${list(result.deleted)}`] : [],
    ...Object.keys(result.missed).length > 0 ? [`missed rows: ${list(result.missed)}`] : [],
  ];
  return `repaired ${found.join("; ")}.${later}${others}${skipped}`;
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
      lines.push(printable(`${name} ${key}: ${kind}${where}${reason ? `: ${reason}` : ""}`));
    }
    if (differences > NAMED) lines.push(`${name}: and ${thousands(differences - NAMED)} more`);
  }
  for (const { stops, message } of result.schema) {
    if (stops) lines.push(`not compared: ${message}`);
  }
  lines.push(result.equal ? "the warehouse equals the source." : "the warehouse differs.");
  return lines.join("\n");
}
