/**
 * The jobs: what each cron does. A job returns what it found and what its line in the log says.
 * {@linkcode JobRunner} reports it.
 *
 * @module
 */
import type { Alert, Progress, ReconcileResult, RunFacts } from "../../sdk/mod.ts";
import { isPartial, shownAsOf } from "../../sdk/lake/commit.ts";
import { ingestionZone } from "../../sdk/lake/zone.ts";
import { storesOfRun } from "../../sdk/lake/log_memory.ts";
import { load } from "../../sdk/load/load.ts";
import { skipAlerts } from "../../sdk/operate/alerts.ts";
import { DELETION_LIMIT } from "../../sdk/operate/compare/mass_deletion.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { freshAsOf, readFreshness } from "../../sdk/operate/freshness.ts";
import { run } from "../../sdk/operate/run.ts";
import {
  factsOfLoad,
  factsOfReconcile,
  factsOfRun,
  factsOfSource,
} from "../../sdk/operate/run_facts.ts";
import { runSource } from "../../sdk/operate/run_source.ts";
import type { Observation } from "../alerting/incident.ts";
import { throwIfStopped } from "../../sdk/operate/stop.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { RunLimits } from "./run_limits.ts";
import type { PipelineSettings } from "../settings/pipeline.ts";
import { sumOfRows } from "../format.ts";
import {
  freshnessAlerts,
  quarantineAlerts,
  sourceFreshnessAlerts,
} from "../alerting/thresholds.ts";
import { log } from "../log.ts";
import type { CronSettings, Job } from "../settings/crons.ts";
import type { SourceName } from "../settings/sources.ts";
import { recordSpan } from "./tracing.ts";
import { type TableEvent, TableTimes } from "./table_times.ts";

/** The context of a job. */
export interface JobContext {
  /** The pipeline, with its current secrets. */
  readonly pipeline: PipelineSettings;
  /** The other settings. */
  readonly settings: CronSettings;
  /** Aborted with a StoppedError when the platform shuts the instance down. */
  readonly eviction: AbortSignal;
  /** Receives the run's id before the run starts. */
  readonly onStart: (run: string) => void;
  /** Receives alerts at once, so that they are reported even if the job fails later. */
  readonly onAlert: (alert: Alert) => void;
}

/** The result of a job, with the alerts that it did not send to `onAlert`. */
export interface JobResult extends Observation {
  /**
   * Time of the source snapshot that the warehouse now reflects (RFC 3339, UTC); undefined if the job
   * did not advance it.
   */
  readonly fresh_as_of?: string | null;
  /** What the history of runs says about it. */
  readonly facts: RunFacts;
  /** The fields of its line in the log. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** The function that runs each job. */
export const JOB_HANDLERS: Readonly<Record<Job, (context: JobContext) => Promise<JobResult>>> = {
  extract: runTick,
  load: loadPending,
  reconcile: compareAll,
  heartbeat: checkFreshness,
  rates: (context) => loadSource("rates", context),
  files: (context) => loadSource("files", context),
};

/** Moves every change to the warehouse. Another job compares all rows. */
async function runTick(
  { pipeline, settings, eviction, onStart, onAlert }: JobContext,
): Promise<JobResult> {
  using limits = new RunLimits(settings, eviction);
  const times = new TableTimes();
  const started = new Date();
  const result = await run({
    ...pipeline,
    reconcileEveryMs: Infinity,
    signal: limits.signal,
    onStart,
    onAlert,
    onProgress: (progress: Progress) => times.record(progress),
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
    alerts: quarantineAlerts(quarantined, settings.quarantine_rows),
    checkedScopes: compared && isComplete(compared)
      ? ["extract", "load", "reconcile"]
      : ["extract", "load"],
    facts: factsOfRun(result, started),
    record: {
      run: result.run,
      outcome: result.extract.outcome,
      stopped_by: limits.reason ?? undefined,
      commits: result.load.commits.length,
      rows: sumOfRows(result.load.commits),
      lag_ms: result.lag_ms,
      quarantined,
      deleted: compared?.deleted,
    },
  };
}

/** Loads what is in the lake, so that the warehouse catches up even while the source is down. */
async function loadPending(
  { pipeline, settings, eviction, onAlert }: JobContext,
): Promise<JobResult> {
  using limits = new RunLimits(settings, eviction);
  const times = new TableTimes();
  const options = {
    ...pipeline,
    ...storesOfRun(pipeline),
    signal: limits.signal,
    onProgress: (progress: Progress) => times.record(progress),
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
    alerts: quarantineAlerts(loaded.quarantined, settings.quarantine_rows),
    checkedScopes: ["load"],
    facts: { ...factsOfLoad(loaded), ...limits.signal.aborted && { outcome: "stopped" } },
    record: {
      stopped_by: limits.reason ?? undefined,
      commits: loaded.commits.length,
      rows: sumOfRows(loaded.commits),
      sequence: loaded.sequence,
    },
  };
}

/** Loads what a source that is not the database has delivered since its last run. */
async function loadSource(
  name: SourceName,
  { pipeline, settings, eviction, onStart, onAlert }: JobContext,
): Promise<JobResult> {
  using limits = new RunLimits(settings, eviction);
  const times = new TableTimes();
  const source = await settings.sources.get(name)!.open();
  const result = await runSource({
    ...pipeline,
    source,
    signal: limits.signal,
    onStart,
    onAlert,
    onProgress: (progress: Progress) => times.record(progress),
  });
  const { run: id, documents, transform, load, commits } = result;
  logTables(name, id, [
    ...times.events("extract", commits),
    ...times.events("transform", transform.commits),
    ...times.events("load", load.commits),
  ]);
  return {
    alerts: quarantineAlerts(load.quarantined, settings.quarantine_rows),
    checkedScopes: [name],
    facts: factsOfSource(result),
    record: {
      run: id,
      stopped_by: limits.reason ?? undefined,
      documents: documents.length,
      commits: load.commits.length,
      rows: sumOfRows(load.commits),
      quarantined: load.quarantined,
    },
  };
}

/** Compares every row, once the first load is done. */
async function compareAll(
  { pipeline, settings, eviction, onAlert }: JobContext,
): Promise<JobResult> {
  const head = await ingestionZone(pipeline.ingestion).log.head();
  if (!head || isPartial(head)) {
    const record = { outcome: "first load in progress" };
    return { alerts: [], checkedScopes: [], facts: { outcome: "unchanged" }, record };
  }
  using limits = new RunLimits(settings, eviction);
  const options = { ...pipeline, deletionLimit: DELETION_LIMIT, signal: limits.signal, onAlert };
  const result = await reconcile(options);
  const { outcome, deleted, missed, in_flight } = result;
  return {
    alerts: [],
    checkedScopes: isComplete(result) ? ["reconcile"] : [],
    facts: factsOfReconcile(result),
    record: { outcome, stopped_by: limits.reason ?? undefined, deleted, missed, in_flight },
  };
}

/** Returns whether a reconciliation compared every table: it was neither overtaken nor stopped. */
function isComplete({ outcome, scope, finished }: ReconcileResult): boolean {
  return outcome !== "overtaken" && scope === "rows" && finished;
}

/** Reports how fresh the warehouse is, even when the other jobs no longer run. */
async function checkFreshness({ pipeline, settings }: JobContext): Promise<JobResult> {
  const freshness = await readFreshness(pipeline);
  return {
    alerts: [
      ...freshnessAlerts(freshness, settings.freshness_ms),
      ...sourceFreshnessAlerts(freshness, settings.sources),
    ],
    checkedScopes: ["heartbeat"],
    facts: { outcome: "unchanged" },
    record: {
      fresh_as_of: freshness.fresh_as_of,
      freshness_ms: freshness.freshness_ms === null ? null : Math.round(freshness.freshness_ms),
      failing: freshness.failing,
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
