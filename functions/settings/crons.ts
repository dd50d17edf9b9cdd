/**
 * The settings of the cloud functions.
 *
 * @module
 */
import type { ObjectStore } from "../../sdk/mod.ts";
import { dashboardOf, type DashboardSettings } from "./dashboard.ts";
import { pipelineOf, type PipelineSettings, readPipeline } from "./pipeline.ts";
import { type Environment, readSettings } from "./read.ts";
import { withPlaceholders, withSecrets } from "./secrets.ts";
import { type OpenSource, type SourceName, sourceOf, SOURCES } from "./sources.ts";
import { SETTING_NAMES } from "./table.ts";

/** The crons that keep the warehouse in sync with the database. */
const DATABASE_JOBS = ["extract", "load", "reconcile", "heartbeat"] as const;

/** The names of the crons: a further source has one of its own. */
export const JOBS = [...DATABASE_JOBS, ...SOURCES] as const;

/** The name of a cron. */
export type Job = typeof JOBS[number];

/** The secrets that each job fetches. A job runs while a database that it does not use is unreachable. */
const SECRETS: Readonly<Record<Job, readonly ("SOURCE_URL" | "WAREHOUSE_URL")[]>> = {
  extract: ["SOURCE_URL", "WAREHOUSE_URL"],
  load: ["WAREHOUSE_URL"],
  reconcile: ["SOURCE_URL", "WAREHOUSE_URL"],
  heartbeat: ["WAREHOUSE_URL"],
  rates: ["WAREHOUSE_URL"],
  files: ["WAREHOUSE_URL"],
};

/** The sender, recipients and repetition of alert mails. */
export interface MailSettings {
  /** The sender's address, verified with SES. */
  readonly from: string;
  /** The recipients' addresses. */
  readonly to: readonly string[];
  /** Milliseconds before the mail about an open incident is repeated. */
  readonly cooldown_ms: number;
}

/** The settings of a source that is not the pipeline's database. */
export interface SourceSettings {
  readonly open: OpenSource;
  /** Milliseconds since its last document without an alert; null for no alert. */
  readonly freshness_ms: number | null;
}

/** The settings of the crons. */
export interface CronSettings {
  /** The ingestion zone, which also stores incidents. */
  readonly ingestion: ObjectStore;
  /** Returns a job's options. Secrets are fetched at every call, because passwords are rotated. */
  readonly pipeline: (job: Job) => Promise<PipelineSettings>;
  /** The cron schedule of each job that runs. */
  readonly schedules: ReadonlyMap<Job, string>;
  /** The further sources that are not off. */
  readonly sources: ReadonlyMap<SourceName, SourceSettings>;
  /** Alert mails; null when there are no recipients. */
  readonly mail: MailSettings | null;
  /** The CloudWatch namespace of the freshness metric; null for no metric. */
  readonly metric_namespace: string | null;
  /** Milliseconds that the warehouse can be behind the source without an alert. */
  readonly freshness_ms: number;
  /** Rows that can be in quarantine without an alert. */
  readonly quarantine_rows: number;
  /** Milliseconds after which a run stops; the next run continues. */
  readonly budget_ms: number;
  /** Bytes of memory at which a run stops; the next run continues. */
  readonly memory_bytes: number;
  /** The currency that amounts are converted to, as in `GBP`. */
  readonly reference_currency: string;
  /** The dashboard; null when it is off. */
  readonly dashboard: DashboardSettings | null;
}

const NEXT = "set it in the app's environment variables and deploy again";

/**
 * Reads and checks every setting. Secrets are fetched later, when a job runs.
 *
 * @throws {ConfigurationError} that lists every problem, a line each.
 */
export function readCronSettings(environment: Environment): CronSettings {
  const values = readSettings(withPlaceholders(environment), SETTING_NAMES, NEXT);
  const pipeline = pipelineOf(values);
  const schedules: Readonly<Record<Job, string>> = {
    extract: values.EXTRACT_SCHEDULE,
    load: values.LOAD_SCHEDULE,
    reconcile: values.RECONCILE_SCHEDULE,
    heartbeat: values.HEARTBEAT_SCHEDULE,
    rates: values.RATES_SCHEDULE,
    files: values.FILES_SCHEDULE,
  };
  const objectives: Readonly<Record<SourceName, number | null>> = {
    rates: values.RATES_FRESHNESS_HOURS,
    files: values.FILES_FRESHNESS_HOURS,
  };
  const sources = new Map(SOURCES.flatMap((name): [SourceName, SourceSettings][] => {
    const open = sourceOf(name, values);
    return open ? [[name, { open, freshness_ms: objectives[name] }]] : [];
  }));
  return {
    ingestion: pipeline.ingestion,
    pipeline: async (job) => {
      const fetched = withPlaceholders(await withSecrets(environment, SECRETS[job]));
      return { ...pipeline, ...readPipeline(fetched, ["source", "warehouse"]) };
    },
    schedules: new Map([...DATABASE_JOBS, ...sources.keys()].map((job) => [job, schedules[job]])),
    sources,
    mail: values.ALERT_FROM === null || values.ALERT_TO.length === 0 ? null : {
      from: values.ALERT_FROM,
      to: values.ALERT_TO,
      cooldown_ms: values.ALERT_COOLDOWN_MINUTES,
    },
    metric_namespace: values.METRIC_NAMESPACE,
    freshness_ms: values.FRESHNESS_MINUTES,
    quarantine_rows: values.QUARANTINE_ALERT_ROWS,
    budget_ms: values.RUN_BUDGET_SECONDS,
    memory_bytes: values.MEMORY_BUDGET_MB,
    reference_currency: values.REFERENCE_CURRENCY,
    dashboard: dashboardOf(values, environment),
  };
}
