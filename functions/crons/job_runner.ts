/**
 * What is done about a job, whatever it did: a line in the log, a heartbeat, a metric, mails. None of
 * these may fail the job; what goes wrong with them is logged.
 *
 * @module
 */
import { readFreshness, recordHeartbeat, StoppedError } from "../../sdk/mod.ts";
import type { Finding, Observation } from "../alerting/incident.ts";
import { Incidents, type IncidentStep } from "../alerting/incidents.ts";
import { sesSender } from "../alerting/ses.ts";
import { freshnessReporter } from "./cloudwatch.ts";
import type { Settings } from "../settings/pipeline.ts";
import { alertFinding, failureFinding } from "../alerting/findings.ts";
import { JOB_HANDLERS, type JobResult } from "./jobs.ts";
import { log } from "./log.ts";
import { mailOf } from "../alerting/mails.ts";
import { errorRecord } from "../format.ts";
import type { Job, ServiceSettings } from "../settings/crons.ts";
import { inSpan } from "./spans.ts";

/** Runs jobs and sees to everything around them. */
export class JobRunner {
  readonly #settings: ServiceSettings;
  readonly #incidents: Incidents | null;
  readonly #reportFreshness: ((seconds: number) => Promise<void>) | null;

  /** A desk for these settings. Nothing is opened yet. */
  constructor(settings: ServiceSettings) {
    this.#settings = settings;
    const { mail, metric_namespace, ingestion } = settings;
    const send = mail && sesSender(mail);
    this.#incidents = mail && new Incidents(ingestion, {
      cooldown_ms: mail.cooldown_ms,
      mailer: async (entry) => await send!(mailOf(entry)),
    });
    this.#reportFreshness = metric_namespace === null ? null : freshnessReporter(metric_namespace);
  }

  /** Runs a job. A failure is thrown on, when everything is done about it: the platform counts it. */
  async run(job: Job, eviction: AbortSignal): Promise<void> {
    const started = performance.now();
    const elapsed = () => ({ elapsed_ms: Math.round(performance.now() - started) });
    let run: string | undefined;
    const found: Finding[] = [];
    const settings = this.#settings;
    let pipeline: Settings | undefined;
    await inSpan(`job ${job}`, async () => {
      try {
        pipeline = await settings.pipeline(job);
        const report = await JOB_HANDLERS[job]({
          pipeline,
          settings,
          eviction,
          onStart: (id) => run = id,
          onAlert: (alert) => {
            const finding = alertFinding(alert);
            if (finding) found.push(finding);
          },
        });
        found.push(...report.findings);
        this.#logFindings(job, run, found);
        log("info", "job", { job, ...report.record, ...elapsed() });
        await this.#conclude(job, null, { ...report, findings: found }, pipeline);
      } catch (error) {
        const stopped = error instanceof StoppedError;
        const told = stopped ? { outcome: "stopped" } : errorRecord(error);
        log(stopped ? "info" : "error", "job", { job, ...told, run, ...elapsed() });
        this.#logFindings(job, run, found);
        // It was taken away in order: no failure, and no success either.
        if (stopped) {
          return await this.#attempt("incidents", job, () => this.#tell(job, sight(found)));
        }
        // What the heartbeat needs, the jobs that it watches need as well: they tell of it.
        const failure = job === "heartbeat" ? [] : [failureFinding(job, error, run)];
        const report = { ...sight([...found, ...failure]), record: {} };
        await this.#conclude(job, error, report, pipeline);
        throw error;
      }
    }, () => ({ job, run }));
  }

  #logFindings(job: Job, run: string | undefined, findings: readonly Finding[]): void {
    for (const { severity, ...alert } of findings) log(severity, "alert", { job, run, alert });
  }

  /** Without its secrets, there is no way to a job's warehouse. */
  async #conclude(job: Job, error: unknown, report: JobResult, pipeline?: Settings): Promise<void> {
    const name = error === null ? null : error instanceof Error ? error.name : "Error";
    const { fresh_as_of } = report;
    if (pipeline) {
      const { warehouse } = pipeline;
      const heartbeat = { job, error: name, fresh_as_of };
      await this.#attempt("heartbeat", job, () => recordHeartbeat({ warehouse }, heartbeat));
      await this.#attempt("metric", job, () => this.#measure(job, warehouse));
    }
    await this.#attempt("incidents", job, () => this.#tell(job, report));
  }

  /** After the jobs that make the warehouse fresher, and the one that says so when they do not. */
  async #measure(job: Job, warehouse: string): Promise<void> {
    if (!this.#reportFreshness || (job !== "extract" && job !== "heartbeat")) return;
    const { freshness_ms } = await readFreshness({ warehouse });
    if (freshness_ms === null) return;
    await this.#reportFreshness(freshness_ms / 1000);
  }

  async #tell(job: Job, sight: Observation): Promise<void> {
    for (const step of await this.#incidents?.take(sight) ?? []) logStep(job, step);
  }

  async #attempt(what: string, job: Job, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      log("error", `${what} failed`, { job, ...errorRecord(error) });
    }
  }
}

/** What a job saw that did not come to its end: nothing of it shows that anything is over. */
function sight(findings: readonly Finding[]): Observation {
  return { findings, checkedScopes: [] };
}

function logStep(job: Job, { incident, entry, mail, error }: IncidentStep): void {
  const record = { job, incident, turn: entry.turn, since: entry.since, mail: mail ?? undefined };
  if (mail === "failed") log("error", "mail failed", { ...record, ...errorRecord(error) });
  else log("info", "incident", record);
}
