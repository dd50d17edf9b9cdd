/**
 * What each cron does. A job returns what its line in the log says; who is told, and how fresh the
 * warehouse is, goes by the way of the {@linkcode JobRunner}.
 *
 * @module
 */
import {
  type Alert,
  CommitLog,
  DELETION_LIMIT,
  freshAsOf,
  type IngestionCommit,
  isPartial,
  load,
  type Progress,
  readFreshness,
  reconcile,
  type ReconcileResult,
  run,
  shownAsOf,
  skipAlerts,
  transform,
} from "../../sdk/mod.ts";
import type { Observation } from "../alerting/incident.ts";
import { throwIfStopped } from "../../sdk/operate/stop.ts";
import { RunLimits } from "./run_limits.ts";
import type { Settings } from "../settings/pipeline.ts";
import { sumOfRows } from "../format.ts";
import { freshnessFindings, quarantineFindings } from "../alerting/findings.ts";
import { log } from "./log.ts";
import type { Job, ServiceSettings } from "../settings/crons.ts";
import { recordSpan } from "./spans.ts";
import { type TableEvent, TableTimes } from "./table_times.ts";

/** What a job may use. */
export interface JobContext {
  /** The pipeline, with its secrets as they are now. */
  readonly pipeline: Settings;
  /** The other settings. */
  readonly settings: ServiceSettings;
  /** Aborted, with a StoppedError, when the instance is taken away. */
  readonly eviction: AbortSignal;
  /** Hears the run's id as soon as there is one. */
  readonly onStart: (run: string) => void;
  /** Hears at once what would go unsaid if the job failed later on. */
  readonly onAlert: (alert: Alert) => void;
}

/** What a job found, besides its alerts, and did. */
export interface JobResult extends Observation {
  /** When the source looked as the warehouse does since, if the job brought that. */
  readonly fresh_as_of?: string | null;
  /** What the log says. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** What each cron does. */
export const JOB_HANDLERS: Readonly<Record<Job, (means: JobContext) => Promise<JobResult>>> = {
  extract: runTick,
  load: loadPending,
  reconcile: compareAll,
  heartbeat: checkFreshness,
};

/** Moves everything that changed through to the warehouse. Comparing all rows has its own cron. */
async function runTick(
  { pipeline, settings, eviction, onStart, onAlert }: JobContext,
): Promise<JobResult> {
  using budget = new RunLimits(settings, eviction);
  const times = new TableTimes();
  const started = new Date();
  const result = await run({
    ...pipeline,
    reconcileEveryMs: Infinity,
    signal: budget.signal,
    onStart,
    onAlert,
    onProgress: (progress: Progress) => times.take(progress),
  });
  const extracted = result.extract.outcome === "committed" ? result.extract.commits : [];
  logTables("extract", result.run, [
    ...times.events("extract", extracted),
    ...times.events("transform", result.transform.commits),
    ...times.events("load", result.load.commits),
  ]);
  const { quarantined } = result.load;
  const compared = result.reconcile;
  return {
    fresh_as_of: freshAsOf(result, started),
    findings: quarantineFindings(quarantined, settings.quarantine_rows),
    checkedScopes: ["extract", "load", ...compared && hasSeenAll(compared) ? ["reconcile"] : []],
    record: {
      run: result.run,
      outcome: result.extract.outcome,
      stopped_by: budget.reason ?? undefined,
      commits: result.load.commits.length,
      rows: sumOfRows(result.load.commits),
      lag_ms: result.lag_ms,
      quarantined,
      deleted: compared?.deleted,
    },
  };
}

/** Finishes what is in the lake, so that a source that is down never keeps the warehouse behind. */
async function loadPending(
  { pipeline, settings, eviction, onAlert }: JobContext,
): Promise<JobResult> {
  using budget = new RunLimits(settings, eviction);
  const times = new TableTimes();
  const options = {
    ...pipeline,
    signal: budget.signal,
    onProgress: (progress: Progress) => times.take(progress),
  };
  const transformed = await transform(options);
  skipAlerts(transformed.skipped).forEach(onAlert);
  throwIfStopped(eviction);
  const loaded = await load(options);
  skipAlerts(loaded.skipped).forEach(onAlert);
  logTables("load", undefined, [
    ...times.events("transform", transformed.commits),
    ...times.events("load", loaded.commits),
  ]);
  return {
    fresh_as_of: shownAsOf(loaded.commits),
    findings: quarantineFindings(loaded.quarantined, settings.quarantine_rows),
    checkedScopes: ["load"],
    record: {
      stopped_by: budget.reason ?? undefined,
      commits: loaded.commits.length,
      rows: sumOfRows(loaded.commits),
      sequence: loaded.sequence,
    },
  };
}

/** Compares every row, once there is something to compare. */
async function compareAll(
  { pipeline, settings, eviction, onAlert }: JobContext,
): Promise<JobResult> {
  const head = await new CommitLog<IngestionCommit>(pipeline.ingestion, "ingestion").head();
  if (!head || isPartial(head)) {
    return { findings: [], checkedScopes: [], record: { outcome: "first load under way" } };
  }
  using budget = new RunLimits(settings, eviction);
  const options = { ...pipeline, deletionLimit: DELETION_LIMIT, signal: budget.signal, onAlert };
  const result = await reconcile(options);
  const { outcome, deleted, missed, in_flight } = result;
  return {
    findings: [],
    checkedScopes: hasSeenAll(result) ? ["reconcile"] : [],
    record: { outcome, stopped_by: budget.reason ?? undefined, deleted, missed, in_flight },
  };
}

/** One that was overtaken, or cut off, has not. */
function hasSeenAll({ outcome, finished }: ReconcileResult): boolean {
  return outcome !== "overtaken" && finished;
}

/** Says how fresh the warehouse is, also when the other jobs have nothing to say any more. */
async function checkFreshness({ pipeline, settings }: JobContext): Promise<JobResult> {
  const pulse = await readFreshness(pipeline);
  return {
    findings: freshnessFindings(pulse, settings.freshness_ms),
    checkedScopes: ["heartbeat"],
    record: {
      fresh_as_of: pulse.fresh_as_of,
      freshness_ms: pulse.freshness_ms === null ? null : Math.round(pulse.freshness_ms),
      failing: pulse.failing,
      rss_bytes: Deno.memoryUsage().rss,
    },
  };
}

function logTables(job: Job, run: string | undefined, events: readonly TableEvent[]): void {
  for (const { from, to, ...event } of events) {
    log("info", "table", { job, run, ...event });
    const { stage, table, rows, bytes } = event;
    recordSpan(`${stage} ${table}`, from, to, { run, table, rows, bytes });
  }
}
