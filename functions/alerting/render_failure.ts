/**
 * A failed run in words. The message of an unexpected error stays out: it can quote a row. The log has
 * it.
 *
 * @module
 */
import type { AlertScope, Remedy, RunFailedAlert } from "../../sdk/mod.ts";
import { SHARED_ERRORS } from "../../sdk/operate/failure_alert.ts";
import { withStop } from "../format.ts";
import type { AlertWords, Fact } from "./alert_words.ts";

/** What each class of error means. */
const CAUSES: Readonly<Record<string, string>> = {
  EtlError: "a service that it needs is unavailable",
  MassDeletionError: "too many rows were deleted from the source",
  SourceError: "cannot read the source",
  WarehouseError: "cannot read or write the warehouse",
  LakeError: "cannot read or write the lake",
  DamagedObjectError: "an object in the lake is damaged or missing",
  RowError: "a row is invalid",
  QuarantineError: "too many rows of a batch are invalid",
  ConfigurationError: "a setting is wrong",
};

/** The job that works again, by the check that shows it. */
const PARTS: Readonly<Record<AlertScope, string>> = {
  extract: "Extraction",
  load: "Loading",
  reconcile: "Reconciliation",
  heartbeat: "The freshness check",
  rates: "Loading exchange rates",
  files: "Loading files",
};

/** Of a source that is not the database. */
const LATER =
  "All other jobs continue. No data is lost: the next successful run continues from here.";

const MEANINGS: Readonly<Record<AlertScope, string>> = {
  extract: "The warehouse stays as it is. No data is lost: the next successful run loads every " +
    "change of the source.",
  load:
    "The warehouse stays as it is, complete and consistent. Rows that were extracted are safe in " +
    "the lake: the next successful run loads them.",
  reconcile: "All other jobs continue. Rows that an extraction missed are not found until a " +
    "reconciliation succeeds.",
  heartbeat: "All other jobs continue.",
  rates: LATER,
  files: LATER,
};

/** Returns a failed run in words. */
export function renderFailure(alert: RunFailedAlert): AlertWords {
  const { job, scope, error, error_code, message, retryable, next } = alert;
  const part = scope === "extract" && SHARED_ERRORS.includes(error) ? "The pipeline" : PARTS[scope];
  const cause = CAUSES[error] ?? "unexpected error";
  const kind = error_code === undefined ? error : `${error}, ${error_code}`;
  const detail = message === undefined
    ? "The log has the full message."
    : withStop(message.replaceAll("\n", "; "));
  const retry = retryable ? " The next run retries automatically." : "";
  return {
    title: `${part} failed: ${cause}`,
    resolved: `${part} works again`,
    happened: `The job ${job} failed: ${cause} (${kind}). ${detail}`,
    meaning: `${MEANINGS[scope]}${retry}`,
    next: withOperation(next, scope),
    facts: factsOf(alert, kind),
  };
}

function factsOf({ job, stage, table, run }: RunFailedAlert, kind: string): Fact[] {
  const facts = { Job: job, Stage: stage, Table: table, Run: run, Error: kind };
  return Object.entries(facts).flatMap(([label, value]): Fact[] => value ? [[label, value]] : []);
}

/** Adds a command to a remedy without one: every remedy ends with something to run. */
function withOperation(next: Remedy | undefined, scope: AlertScope): Remedy {
  if (next === undefined) return { operations: [{ name: "status" }] };
  const { operations = [], or } = next;
  if (operations.length > 0 || or) return next;
  const isSource = scope === "rates" || scope === "files";
  return {
    ...next,
    operations: [isSource ? { name: "runSource", source: scope } : { name: "run" }],
  };
}
