/**
 * The alert for a run that failed. Messages of errors stay out of it: they quote the database, and
 * the database quotes rows.
 *
 * @module
 */
import { EtlError } from "../errors.ts";
import type { AlertScope, RunFailedAlert } from "./alerts.ts";

/** The run that failed. */
export interface FailedRun {
  /** The job; a `run()` is the job `extract`. */
  readonly job: AlertScope;
  /** The run's id, when the error does not name it. */
  readonly run?: string;
}

/** Errors whose messages hold only settings and counts. */
const SAFE_MESSAGES = ["ConfigurationError", "MassDeletionError"];
/** Errors of services that every job needs. They are one problem, in any job. */
export const SHARED_ERRORS: readonly string[] = ["ConfigurationError", "LakeError", "EtlError"];

/** Returns the alert for a run that failed with this error. */
export function failureAlert(error: unknown, { job, run }: FailedRun): RunFailedAlert {
  const name = nameOf(error);
  const code = codeOf(error);
  const facts = {
    code: "run_failed",
    severity: "error",
    job,
    error: name,
    error_code: code === "" || code === name ? undefined : code,
  } as const;
  if (!(error instanceof EtlError)) return { ...facts, scope: job, run, retryable: false };
  const { stage, table, retryable, next, message } = error;
  return {
    ...facts,
    scope: scopeOf(job, error),
    stage,
    table,
    run: error.run ?? run,
    message: SAFE_MESSAGES.includes(name) ? message : undefined,
    retryable,
    next,
  };
}

/** Returns the check whose next success shows that the failure is over. */
function scopeOf(job: AlertScope, { name, stage, retryable }: EtlError): AlertScope {
  if (job === "rates" || job === "files") {
    if (name === "LakeError") return "extract";
    // A warehouse that is down is one problem. Settings and stores are the source's own.
    return name === "WarehouseError" && retryable ? "load" : job;
  }
  if (SHARED_ERRORS.includes(name)) return "extract";
  if (job !== "extract") return job;
  if (stage === "reconcile") return "reconcile";
  return stage === "transform" || stage === "load" ? "load" : "extract";
}

function nameOf(error: unknown): string {
  return error instanceof Error ? identifier(error.name) || "Error" : "Error";
}

/** Returns the code of the first error in the chain of causes that has one, or an empty text. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { code, name } = error as Error & { readonly code?: unknown };
  const own = typeof code === "string" ? code : error instanceof EtlError ? "" : name;
  return identifier(own) || codeOf(error.cause);
}

/** Returns the text if it is an identifier: a free text can quote anything. */
function identifier(text: string): string {
  return /^[A-Za-z0-9_]{3,40}$/.test(text) && text !== "Error" ? text : "";
}
