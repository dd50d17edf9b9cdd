/**
 * What jobs found, as a mail may say it. The messages of errors stay out: they quote the database, and
 * the database quotes rows. What an error is, where it happened and its code are said instead; the log
 * has the rest.
 *
 * @module
 */
import {
  type Alert,
  EtlError,
  type Freshness,
  type Remedy,
  type SchemaChange,
  type Skipped,
} from "../../sdk/mod.ts";
import type { Finding } from "./incident.ts";
import { pluralAre, printable, thousands } from "../format.ts";
import { commandOf, remedyText } from "../remedy.ts";
import type { Job } from "../settings/crons.ts";

/** Errors that speak of settings and numbers alone: their message may be told. */
const SAFE_MESSAGES = ["ConfigurationError", "MassDeletionError"];
/** A connection that was lost shows in many ways. */
const CONNECTION = /^(CONNECTION_|CONNECT_|ECONN|EPIPE|ETIMEDOUT|57P0)/;

/** What an error of each class means. */
const MEANINGS: Readonly<Record<string, string>> = {
  EtlError: "something that it needs is out of reach",
  MassDeletionError: "suspiciously many rows are gone from the source",
  SourceError: "the source cannot be read as it should be",
  WarehouseError: "the warehouse cannot be read or written",
  LakeError: "the lake cannot be read or written",
  DamagedObjectError: "an object of the lake is damaged or gone",
  RowError: "a row is bad",
  QuarantineError: "so many rows of a batch are bad that the batch itself must be wrong",
  ConfigurationError: "a setting is wrong",
};
const UNKNOWN = "something failed that nobody has thought of";
const STATUS = commandOf({ name: "status" });
const RUN = commandOf({ name: "run" });
const LOADING = ["transform", "load"];

/** A run that failed. */
export function failureFinding(job: Job, error: unknown, running?: string): Finding {
  const { name, message, stage, run = running, next, retryable, ...rest } = describe(error);
  // What passes by itself is one incident, whichever table it met.
  const table = retryable ? undefined : rest.table;
  const code = codeOf(error);
  const scope = scopeOf(job, stage, name);
  const meaning = MEANINGS[name] ?? UNKNOWN;
  const where = [
    stage && `stage ${stage}`,
    rest.table && `table ${printable(rest.table)}`,
    run && `run ${run}`,
  ].filter(Boolean).join(", ");
  const kind = [name, code].filter(Boolean).join(", ");
  return {
    kind: "run failed",
    scope,
    table,
    severity: "error",
    cause: [stage, ...CONNECTION.test(code) ? ["connection"] : [name, code]].filter(Boolean).join(
      " ",
    ),
    what: `The job ${job} failed: ${meaning} (${kind}).${where && `\nIt was in ${where}.`}\n` +
      (SAFE_MESSAGES.includes(name) ? `${message}.` : "The log has the whole message."),
    next: withCommand(next),
  };
}

/** What all jobs need: when it is missing, that is one incident. */
const SHARED = ["ConfigurationError", "LakeError", "EtlError"];

/** The job whose success shows that a failure is over. */
function scopeOf(job: Job, stage: string | undefined, name: string): Job {
  if (SHARED.includes(name)) return "extract";
  if (job !== "extract") return job;
  if (stage === "reconcile") return "reconcile";
  return LOADING.includes(stage ?? "") ? "load" : "extract";
}

/** Advice that ends with a command. */
function withCommand(next: Remedy | undefined): string {
  if (next === undefined) return STATUS;
  const text = remedyText(next);
  return text.includes("deno task") ? text : `${text}, then: ${RUN}`;
}

function describe(error: unknown): Partial<EtlError> & Pick<EtlError, "name" | "message"> {
  if (error instanceof EtlError) return error;
  return { name: error instanceof Error ? word(error.name) || "Error" : "Error", message: "" };
}

/** The code of what is underneath: `ECONNREFUSED`, `28P01`, `AccessDenied`. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { code, name } = error as Error & { readonly code?: unknown };
  const own = typeof code === "string" ? code : error instanceof EtlError ? "" : name;
  return word(own) || codeOf(error.cause);
}

/** A code that is one: no text of anybody's. */
function word(text: string): string {
  return /^[A-Za-z0-9_]{3,40}$/.test(text) && text !== "Error" ? text : "";
}

/** What a stage gave reason to tell, as a mail may say it; null for what is told in another way. */
export function alertFinding(alert: Alert): Finding | null {
  const { kind, severity, message, next } = alert;
  const told = { severity, next: next && remedyText(next), what: sentence(printable(message)) };
  switch (kind) {
    case "schema changed":
      return alert.change ? schemaFinding(alert.change) : null;
    case "source read again":
      return { ...told, kind, scope: "extract", cause: kind, passing: true };
    case "batch skipped":
      return alert.skipped
        ? { ...told, kind, scope: "load", passing: true, ...skipTold(alert.skipped) }
        : null;
    case "rows repaired":
      return { ...told, kind: "reconcile difference", scope: "reconcile", cause: message };
    case "run failed":
      return null;
  }
}

/** The reason stays out: it may quote a row. */
function skipTold({ zone, sequence }: Skipped): Pick<Finding, "cause" | "what"> {
  const commit = `commit ${sequence} of the ${zone} zone`;
  const why = "could not be read as it was written, or had too many bad rows, and was skipped";
  return { cause: commit, what: sentence(`${commit} ${why}`) };
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

/** The kinds of change whose message speaks of tables, columns and types, never of rows. */
const DESCRIBED: readonly SchemaChange["kind"][] = [
  "table added",
  "table missing",
  "table unreadable",
  "column added",
  "column missing",
  "column retyped",
  "column widened",
  "null allowed",
  "depends on a stopped table",
];

/** A source that is not as its specs say. */
function schemaFinding(change: SchemaChange): Finding {
  const { table, column, kind, stops, message } = change;
  const what = DESCRIBED.includes(kind)
    ? message
    : `${kind}: ${table}${column === undefined ? "" : `, column ${column}`}`;
  return {
    kind: "schema changed",
    scope: "extract",
    table,
    severity: stops ? "error" : "warning",
    cause: `${kind} ${column ?? ""}`.trim(),
    what: `${printable(what)}${stops ? "; the table is not read" : ""}.`,
    next: stops ? `fix the source or the spec, then: ${RUN}` : STATUS,
  };
}

/** More rows in quarantine than may be there untold. */
export function quarantineFindings(quarantined: number, quarantine_rows: number): Finding[] {
  if (quarantined <= quarantine_rows) return [];
  return [{
    kind: "quarantine",
    scope: "load",
    severity: "error",
    cause: "over the threshold",
    what: `${pluralAre(quarantined, "row")} in quarantine, more than ${
      thousands(quarantine_rows)
    }.`,
    next: commandOf({ name: "listQuarantine" }),
  }];
}

/** A warehouse that is further behind than it may be. */
export function freshnessFindings(
  { fresh_as_of, freshness_ms }: Freshness,
  limit_ms: number,
): Finding[] {
  if (fresh_as_of === null || freshness_ms === null || freshness_ms <= limit_ms) return [];
  const minutes = Number((limit_ms / 60_000).toFixed(2));
  return [{
    kind: "stale",
    scope: "heartbeat",
    severity: "error",
    cause: "stale",
    what:
      `The warehouse, or a table of it that is stopped, is more than ${minutes} minutes behind ` +
      "the source.",
    since: fresh_as_of,
    next: STATUS,
  }];
}
