/**
 * Runs a job and reports on it: a line in the log, a heartbeat, the history of runs, a metric, mails. A
 * report that fails does not fail the job; it is logged.
 *
 * @module
 */
import type { Alert, Heartbeat } from "../../sdk/mod.ts";
import { StoppedError } from "../../sdk/errors.ts";
import { failureAlert } from "../../sdk/operate/failure_alert.ts";
import { readFreshness } from "../../sdk/operate/freshness.ts";
import { recordRun, type RunRecord } from "../../sdk/operate/run_history.ts";
import type { Observation } from "../alerting/incident.ts";
import { IncidentLog, type IncidentStep } from "../alerting/incident_log.ts";
import { renderAlert } from "../alerting/render_alerts.ts";
import { runFailure } from "../alerting/run_failure.ts";
import { errorRecord } from "../format.ts";
import type { CronSettings, Job } from "../settings/crons.ts";
import type { PipelineSettings } from "../settings/pipeline.ts";
import { alertMailer } from "./alert_mailer.ts";
import { freshnessReporter } from "./cloudwatch.ts";
import { TotalsKeeper } from "./daily_totals.ts";
import { JOB_HANDLERS } from "./jobs.ts";
import { log } from "../log.ts";
import { inSpan } from "./tracing.ts";

/** Runs jobs and reports on them. */
export class JobRunner {
  readonly #settings: CronSettings;
  readonly #incidents: IncidentLog | null;
  readonly #reportFreshness: ((seconds: number) => Promise<void>) | null;
  readonly #totals: TotalsKeeper;

  /** Creates a runner with these settings. Opens nothing yet. */
  constructor(settings: CronSettings) {
    this.#settings = settings;
    const { mail, metric_namespace, ingestion } = settings;
    this.#incidents = mail && new IncidentLog(ingestion, {
      cooldown_ms: mail.cooldown_ms,
      mailer: alertMailer(settings, mail),
    });
    this.#reportFreshness = metric_namespace === null ? null : freshnessReporter(metric_namespace);
    this.#totals = new TotalsKeeper(settings);
  }

  /** Runs a job. Rethrows its error once it is reported, so that the platform counts the failure. */
  async run(job: Job, eviction: AbortSignal): Promise<void> {
    const started = performance.now();
    const started_at = new Date();
    const elapsed = () => ({ elapsed_ms: Math.round(performance.now() - started) });
    const settings = this.#settings;
    const alerts: Alert[] = [];
    let run: string | undefined;
    let pipeline: PipelineSettings | undefined;
    await inSpan(`job ${job}`, async () => {
      try {
        pipeline = await settings.pipeline(job);
        const { facts, fresh_as_of, ...result } = await JOB_HANDLERS[job]({
          pipeline,
          settings,
          eviction,
          onStart: (id) => run = id,
          // The failure of a run is reported below, like that of every job.
          onAlert: (alert) => void (alert.code === "run_failed" || alerts.push(alert)),
        });
        alerts.push(...result.alerts);
        logAlerts(job, run, alerts);
        log("info", "job", { job, ...result.record, ...elapsed() });
        const record = { job, started_at, ...elapsed(), ...facts };
        await this.#report(job, record, { job, error: null, fresh_as_of }, pipeline);
        await attempt("incidents", job, () => this.#recordIncidents(job, { ...result, alerts }));
        await attempt("daily totals", job, () => this.#totals.keep(job, facts, pipeline!));
      } catch (error) {
        const isStopped = error instanceof StoppedError;
        const ending = isStopped ? { outcome: "stopped" } : errorRecord(error);
        log(isStopped ? "info" : "error", "job", { job, ...ending, run, ...elapsed() });
        logAlerts(job, run, alerts);
        const record = { job, started_at, run, ...elapsed() };
        if (isStopped) {
          // A stop is neither a failure nor a success.
          await this.#report(job, { ...record, outcome: "stopped" }, undefined, pipeline);
          return await attempt("incidents", job, () => this.#recordIncidents(job, partial(alerts)));
        }
        // The other jobs report what the heartbeat needs: they need it too.
        if (job !== "heartbeat") alerts.push(failureAlert(error, { job, run }));
        const failed = {
          ...record,
          outcome: "failed",
          failure: runFailure(error, { job, run }),
        } as const;
        const name = error instanceof Error ? error.name : "Error";
        await this.#report(job, failed, { job, error: name }, pipeline);
        await attempt("incidents", job, () => this.#recordIncidents(job, partial(alerts)));
        throw error;
      }
    }, () => ({ job, run }));
  }

  /**
   * Records how a job went. `pipeline` is undefined when its secrets could not be read; then the
   * warehouse is unreachable.
   */
  async #report(
    job: Job,
    run: RunRecord,
    heartbeat: Heartbeat | undefined,
    pipeline?: PipelineSettings,
  ): Promise<void> {
    if (!pipeline) return;
    const { warehouse } = pipeline;
    await attempt("heartbeat", job, () => recordRun({ warehouse }, run, heartbeat));
    if (heartbeat) await attempt("metric", job, () => this.#measureFreshness(job, warehouse));
  }

  /** Runs after `extract`, which makes the warehouse fresher, and `heartbeat`, which runs if it cannot. */
  async #measureFreshness(job: Job, warehouse: string): Promise<void> {
    if (!this.#reportFreshness || (job !== "extract" && job !== "heartbeat")) return;
    const { freshness_ms } = await readFreshness({ warehouse });
    if (freshness_ms === null) return;
    await this.#reportFreshness(freshness_ms / 1000);
  }

  async #recordIncidents(job: Job, observation: Observation): Promise<void> {
    for (const step of await this.#incidents?.record(observation) ?? []) logStep(job, step);
  }
}

/** Returns the result of a job that did not complete. It does not show that any problem is over. */
function partial(alerts: readonly Alert[]): Observation {
  return { alerts, checkedScopes: [] };
}

async function attempt(what: string, job: Job, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    log("error", `${what} failed`, { job, ...errorRecord(error) });
  }
}

function logAlerts(job: Job, run: string | undefined, alerts: readonly Alert[]): void {
  for (const alert of alerts) {
    log(alert.severity, "alert", { job, run, message: renderAlert(alert).happened, alert });
  }
}

function logStep(job: Job, { incident, entry, mail, error }: IncidentStep): void {
  const { state, since } = entry;
  const record = {
    job,
    incident,
    state,
    since,
    mail: mail === null ? undefined : entry.mail?.kind,
  };
  if (mail === "failed") log("error", "mail failed", { ...record, ...errorRecord(error) });
  else log("info", "incident", record);
}
