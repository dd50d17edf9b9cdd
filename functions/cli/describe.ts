/**
 * Results in words.
 *
 * @module
 */
import type {
  ExtractResult,
  LoadResult,
  QuarantineEntry,
  ReconcileResult,
  RunResult,
  SchemaChange,
  SkippedCommit,
  SourceStatus,
  Status,
  TransformResult,
  VerifyResult,
} from "../../sdk/mod.ts";
import { assertNever } from "../../sdk/assert_never.ts";
import { isReadAgain } from "../../sdk/operate/alerts.ts";
import { QUARANTINE_LISTED } from "../../sdk/operate/quarantine.ts";
import { duration, plural, pluralAre, printable, sumOfRows, table, thousands } from "../format.ts";

/** A result in words. */
export interface Description {
  /** What was done. `--quiet` leaves it out. */
  readonly summary?: string;
  /** What was asked for, and what needs attention. */
  readonly notes: readonly string[];
}

/** Returns a description in one text. */
export function textOf({ summary, notes }: Description): string {
  return (summary === undefined ? notes : [summary, ...notes]).join("\n");
}

/** Describes a tick. */
export function describeRun(
  { extract, transform, load, reconcile, elapsed_ms, lag_ms }: RunResult,
): Description {
  const rows = sumOfRows(load.commits);
  const lag = lag_ms === null ? "" : `; the warehouse is ${duration(lag_ms)} behind the source`;
  const notes = [
    ...extract.outcome === "overtaken" ? ["another run extracted the changes first."] : [],
    ...readAgainNotes(extract),
    ...skipNotes([...transform.skipped, ...load.skipped]),
    ...reconcile && reconcile.outcome !== "clean"
      ? [textOf(describeReconciliation(reconcile))]
      : [],
    ...quarantineNotes(load.quarantined),
    ...schemaNotes(extract.schema),
  ];
  const took = duration(elapsed_ms);
  const isRepaired = reconcile !== null && reconcile.outcome !== "clean";
  const summary = load.commits.length === 0
    ? `${isRepaired ? "no new rows" : "nothing changed"}, checked in ${took}.`
    : `loaded ${plural(rows, "row")} up to commit ${load.sequence} in ${took}${lag}.`;
  return { summary, notes };
}

function readAgainNotes(extract: ExtractResult): string[] {
  if (extract.outcome !== "committed" || !isReadAgain(extract)) return [];
  return [`warning: every row was read again: ${extract.full_because}.`];
}

/** Warns of rows in quarantine. */
export function quarantineNotes(rows: number): string[] {
  if (rows === 0) return [];
  return [
    `warning: ${pluralAre(rows, "row")} in quarantine.`,
    "  next: deno task etl quarantine list",
  ];
}

/** Describes an extraction. */
export function describeExtraction(result: ExtractResult): Description {
  return { summary: extractionSummary(result), notes: schemaNotes(result.schema) };
}

function extractionSummary(result: ExtractResult): string {
  switch (result.outcome) {
    case "unchanged":
      return "nothing changed.";
    case "overtaken":
      return `another run extracted commit ${result.sequence} first; the next run continues from there.`;
    case "committed": {
      const { commits, full_because } = result;
      const [first, last] = [commits[0].sequence, commits[commits.length - 1].sequence];
      const which = first === last ? `commit ${first}` : `commits ${first} to ${last}`;
      const why = full_because === undefined ? "" : ` (every row: ${full_because})`;
      return `extracted ${plural(sumOfRows(commits), "row")} into ${which}${why}.`;
    }
    default:
      return assertNever(result);
  }
}

/** Describes a transform. */
export function describeTransform({ commits, skipped }: TransformResult): Description {
  const rows = plural(sumOfRows(commits), "row");
  const summary = commits.length === 0
    ? "nothing to transform."
    : `transformed ${plural(commits.length, "commit")} with ${rows}.`;
  return { summary, notes: skipNotes(skipped) };
}

/** Describes a load. */
export function describeLoad({ commits, sequence, skipped, quarantined }: LoadResult): Description {
  const at = `the warehouse is at commit ${sequence}`;
  const rows = plural(sumOfRows(commits), "row");
  const summary = commits.length === 0
    ? `nothing to load; ${at}.`
    : `loaded ${plural(commits.length, "commit")} with ${rows}; ${at}.`;
  return { summary, notes: [...skipNotes(skipped), ...quarantineNotes(quarantined)] };
}

/** Describes how far each stage is. */
export function describeStatus(status: Status): Description {
  const stages: [string, number][] = [
    ["extracted", status.extracted],
    ["transformed", status.transformed],
    ["loaded", status.loaded],
  ];
  const schema = status.schema === null
    ? `warning: the source's schema cannot be compared: ${printable(status.source_error ?? "")}.`
    : describeSchema(status.schema);
  const sources = Object.entries(status.sources).flatMap(([name, one]) =>
    describeSource(name, one)
  );
  return {
    notes: [table(["stage", "last commit"], stages), freshnessOf(status), ...sources, schema],
  };
}

/** Describes how far a source is that is not the database, once it has delivered something. */
function describeSource(name: string, progress: SourceStatus): string[] {
  const { extracted, transformed, loaded, fresh_as_of } = progress;
  if (extracted === 0) return [];
  const arrived = fresh_as_of === null ? "" : `; the last document arrived at ${fresh_as_of}`;
  return [
    `${printable(name)}: ${plural(extracted, "commit")} extracted, ${thousands(transformed)} ` +
    `transformed, ${thousands(loaded)} loaded${arrived}.`,
  ];
}

function freshnessOf({ loaded, fresh_as_of }: Status): string {
  if (loaded === 0) return "nothing has been loaded yet.\n  next: deno task etl run";
  if (fresh_as_of === null) {
    return "the first load is not finished.\n  next: deno task etl run";
  }
  return `the warehouse reflects the source as of ${fresh_as_of}.`;
}

/** Names what stops a table, each in a line, and counts the other differences. */
function schemaNotes(changes: readonly SchemaChange[]): string[] {
  const stopped = changes.filter(({ stops }) => stops)
    .map(({ message }) => `stopped: ${printable(message)}`);
  const others = changes.length - stopped.length;
  if (others === 0) return stopped;
  return [
    ...stopped,
    `warning: the source differs from the specs in ${plural(others, "place")}.`,
    "  next: deno task etl status",
  ];
}

/** Describes how the source differs from the specs, a line per difference. */
export function describeSchema(changes: readonly SchemaChange[]): string {
  if (changes.length === 0) return "the source matches the specs.";
  return table(
    ["table", "column", "change", "effect", "details"],
    changes.map(({ table, column = "", kind, stops, message }) => [
      table,
      column,
      kind,
      stops ? "stopped" : "read",
      message,
    ]),
  );
}

/** Describes the commits that were skipped, a line each. */
export function skipNotes(skipped: readonly SkippedCommit[]): string[] {
  if (skipped.length === 0) return [];
  return [
    ...skipped.map(({ zone, sequence, reason }) =>
      `warning: commit ${sequence} of the ${zone} zone was skipped: ${
        printable(sentence(reason))
      } ` +
      "A later commit has the rows again; versions between the two are lost."
    ),
    "  next: deno task etl reconcile, which finds rows that were deleted",
  ];
}

function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}

/** Describes what is in quarantine, a line per row. */
export function describeQuarantine(entries: readonly QuarantineEntry[]): Description {
  if (entries.length === 0) return { notes: ["quarantine is empty."] };
  const listed = table(
    ["table", "key", "since", "reason"],
    entries.map((entry) => [entry.table, entry.key, entry.since, entry.reason]),
  );
  const more = `the first ${thousands(entries.length)} rows; there might be more.`;
  return { notes: entries.length < QUARANTINE_LISTED ? [listed] : [listed, more] };
}

/** Describes what a retry released, and what is left. */
export function describeRetry(result: ReconcileResult): Description {
  const { summary, notes } = describeReconciliation(result);
  const left = result.quarantined === 0
    ? "quarantine is empty."
    : `${pluralAre(result.quarantined, "row")} still in quarantine.`;
  return { summary, notes: [...notes, left] };
}

/** Describes what a reconciliation found and repaired. */
export function describeReconciliation(result: ReconcileResult): Description {
  const skipped = result.schema.filter(({ stops }) => stops)
    .map(({ message }) => `not compared: ${printable(message)}`);
  const later = result.in_flight === 0 ? [] : [
    `${plural(result.in_flight, "row")} changed during the comparison; the next run loads them.`,
  ];
  const others = result.finished ? [] : ["the next comparison continues with the other tables."];
  const notes = [...later, ...others, ...skipped];
  switch (result.outcome) {
    case "clean":
      return { summary: "OK: nothing to repair.", notes };
    case "repaired": {
      const repaired = [
        ...counts("removed", "deleted row", result.deleted),
        ...counts("loaded", "missed row", result.missed),
      ];
      return { summary: `${repaired.join("; ")}.`, notes };
    }
    case "overtaken":
      return {
        notes: [
          "warning: nothing was repaired: another run repaired first, or every row is being read again.",
          "  next: deno task etl reconcile, after that run",
          ...skipped,
        ],
      };
    default:
      return assertNever(result.outcome);
  }
}

/** Returns `removed 21 deleted rows: 12 from transaction, 9 from sales_order`; nothing for no rows. */
function counts(verb: string, what: string, rows: Readonly<Record<string, number>>): string[] {
  const tables = Object.entries(rows);
  if (tables.length === 0) return [];
  const total = tables.reduce((sum, [, count]) => sum + count, 0);
  const listed = tables.map(([name, count]) => `${thousands(count)} from ${printable(name)}`);
  return [`${verb} ${plural(total, what)}: ${listed.join(", ")}`];
}

/** Differing rows named per table. */
const NAMED = 10;

/** Describes a comparison: a table of counts, and the keys that differ. */
export function describeVerification(result: VerifyResult): Description {
  const rows = result.tables.map((t) => [
    t.table,
    t.source_rows,
    t.warehouse_rows,
    t.differences,
  ]);
  const notes = [table(["table", "source", "warehouse", "differences"], rows)];
  for (const { table: name, differences, examples } of result.tables) {
    for (const { key, kind, columns, reason } of examples.slice(0, NAMED)) {
      const where = columns.length > 0 ? ` in ${columns.join(", ")}` : "";
      notes.push(printable(`${name} ${key}: ${kind}${where}${reason ? `: ${reason}` : ""}`));
    }
    if (differences > NAMED) notes.push(`${name}: and ${thousands(differences - NAMED)} more`);
  }
  const skipped = result.schema.filter(({ stops }) => stops)
    .map(({ message }) => `not compared: ${printable(message)}`);
  return { notes: [...notes, ...skipped, verdict(result)] };
}

function verdict({ equal, tables }: VerifyResult): string {
  if (equal) return "OK: every row and column matches the source.";
  const rows = tables.reduce((sum, { differences }) => sum + differences, 0);
  const isInvalid = rows > 0 &&
    tables.every(({ examples }) => examples.every(({ kind }) => kind === "invalid"));
  const next = isInvalid
    ? "  next: deno task etl quarantine list"
    : "  next: deno task etl run, then deno task etl reconcile";
  if (rows === 0) return `NOT OK: not every table could be compared.\n${next}`;
  const verb = rows === 1 ? "differs" : "differ";
  return `NOT OK: ${plural(rows, "row")} ${verb} from the source.\n${next}`;
}
