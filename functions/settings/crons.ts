/**
 * The settings of the crons, besides those of the pipeline: when they run, what they may use, and whom
 * they tell.
 *
 * @module
 */
import { ConfigurationError } from "../../sdk/errors.ts";
import type { ObjectStore } from "../../sdk/mod.ts";
import { Configuration, type Environment, numberIn, type Settings } from "./pipeline.ts";
import { scheduleProblem } from "./cron_expression.ts";
import { DATABASES, withPlaceholders, withSecrets } from "./secrets.ts";

/** The names of the crons. */
export const JOBS = ["extract", "load", "reconcile", "heartbeat"] as const;

/** The name of a cron. */
export type Job = typeof JOBS[number];

/** The databases that a job asks for: one that it does not use may be out of reach. */
const USED: Readonly<Record<Job, readonly typeof DATABASES[number][]>> = {
  extract: DATABASES,
  load: ["WAREHOUSE_URL"],
  reconcile: DATABASES,
  heartbeat: ["WAREHOUSE_URL"],
};

/** Whom to tell when something is wrong. */
export interface MailSettings {
  /** The sender's address, verified with SES. */
  readonly from: string;
  /** The recipients' addresses. */
  readonly to: readonly string[];
  /** Milliseconds for which a cause that was told is not told again. */
  readonly cooldown_ms: number;
}

/** Everything the crons are told by the environment. */
export interface ServiceSettings {
  /** The ingestion zone, which also holds what is known of incidents. */
  readonly ingestion: ObjectStore;
  /** A job's pipeline, with the secrets it uses as they are now: a password may have been rotated. */
  readonly pipeline: (job: Job) => Promise<Settings>;
  /** When each cron runs. */
  readonly schedules: Readonly<Record<Job, string>>;
  /** Whom to tell; null when nobody. */
  readonly mail: MailSettings | null;
  /** The CloudWatch namespace for metrics; null when there are none. */
  readonly metric_namespace: string | null;
  /** How far behind the source the warehouse may be, in milliseconds. */
  readonly freshness_ms: number;
  /** How many rows may be in quarantine before somebody is told. */
  readonly quarantine_rows: number;
  /** After how long a run ends in order, and the next one goes on. */
  readonly budget_ms: number;
  /** From how much memory on a run ends in order. */
  readonly memory_bytes: number;
}

/** The variables, what each is, and what it is when it is not set. */
export const SERVICE_SETTINGS = {
  EXTRACT_SCHEDULE: { what: "when a whole tick runs, in UTC", default: "* * * * *" },
  LOAD_SCHEDULE: { what: "when what is in the lake is loaded, in UTC", default: "* * * * *" },
  RECONCILE_SCHEDULE: { what: "when every row is compared, in UTC", default: "17 * * * *" },
  HEARTBEAT_SCHEDULE: { what: "when freshness is looked at, in UTC", default: "* * * * *" },
  RUN_BUDGET_SECONDS: { what: "seconds after which a run ends in order", default: "50" },
  MEMORY_BUDGET_MB: { what: "megabytes from which on a run ends in order", default: "600" },
  FRESHNESS_MINUTES: { what: "minutes the warehouse may be behind", default: "30" },
  QUARANTINE_ALERT_ROWS: { what: "rows that may be in quarantine untold", default: "100" },
  ALERT_FROM: { what: "the address mails come from, verified with SES", default: "" },
  ALERT_TO: { what: "the addresses mails go to, with commas; no mails without", default: "" },
  ALERT_COOLDOWN_MINUTES: { what: "minutes until a mail is sent again", default: "360" },
  METRIC_NAMESPACE: { what: "the CloudWatch namespace; no metrics without", default: "" },
} as const;

type Name = keyof typeof SERVICE_SETTINGS;

const ADDRESS = /^[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}$/;
const NAMESPACE = /^(?!aws\/)[A-Za-z0-9._/#-]{1,255}$/i;
/** As many as SES takes for one mail. */
const RECIPIENTS = 50;
const MINUTE_MS = 60_000;
const MEGABYTE = 2 ** 20;

/**
 * Reads and checks every setting at once.
 *
 * @throws {ConfigurationError} that names everything that is wrong.
 */
export function readServiceSettings(environment: Environment): ServiceSettings {
  const reader = new Reader(environment);
  const checked = reader.attempt(() =>
    new Configuration(withPlaceholders(environment, DATABASES)).pipeline
  );
  const settings = {
    schedules: {
      extract: reader.schedule("EXTRACT_SCHEDULE"),
      load: reader.schedule("LOAD_SCHEDULE"),
      reconcile: reader.schedule("RECONCILE_SCHEDULE"),
      heartbeat: reader.schedule("HEARTBEAT_SCHEDULE"),
    },
    mail: mailSettings(reader),
    metric_namespace: reader.matching("METRIC_NAMESPACE", NAMESPACE, "a CloudWatch namespace"),
    freshness_ms: reader.positive("FRESHNESS_MINUTES") * MINUTE_MS,
    quarantine_rows: reader.count("QUARANTINE_ALERT_ROWS"),
    budget_ms: reader.positive("RUN_BUDGET_SECONDS") * 1000,
    memory_bytes: reader.positive("MEMORY_BUDGET_MB") * MEGABYTE,
  };
  if (checked && reader.problems.length === 0) {
    const pipeline = async (job: Job) => {
      const unused = DATABASES.filter((name) => !USED[job].includes(name));
      const secrets = await withSecrets(withPlaceholders(environment, unused), USED[job]);
      return { ...checked, ...new Configuration(secrets).databases };
    };
    return { ingestion: checked.ingestion, pipeline, ...settings };
  }
  throw new ConfigurationError(reader.problems.join("\n"), {
    stage: "configuration",
    next: "set it in the app's environment variables and deploy again",
  });
}

function mailSettings(reader: Reader): MailSettings | null {
  const to = reader.text("ALERT_TO").split(",").map((address) => address.trim()).filter(Boolean);
  const cooldown_ms = reader.positive("ALERT_COOLDOWN_MINUTES") * MINUTE_MS;
  const from = reader.matching("ALERT_FROM", ADDRESS, "a mail address");
  if (!to.every((address) => ADDRESS.test(address))) {
    reader.refuse("ALERT_TO", "is not a list of mail addresses");
  }
  if (to.length > RECIPIENTS) reader.refuse("ALERT_TO", `is more than ${RECIPIENTS} addresses`);
  if (to.length === 0 && reader.text("ALERT_TO") !== "") reader.refuse("ALERT_TO", "names nobody");
  if (to.length === 0) return null;
  if (reader.text("ALERT_FROM") === "") reader.refuse("ALERT_FROM", "is not set, but ALERT_TO is");
  return { from: from ?? "", to, cooldown_ms };
}

/** Reads settings and collects what is wrong with them. Values stay out of what it says. */
class Reader {
  readonly problems: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(name: Name): string {
    return this.#environment(name)?.trim() || SERVICE_SETTINGS[name].default;
  }

  refuse(name: Name, problem: string): void {
    const { what, default: fallback } = SERVICE_SETTINGS[name];
    const example = fallback && `; ${fallback} when it is not set`;
    this.problems.push(`${name} ${problem}. ${name} is ${what}${example}`);
  }

  schedule(name: Name): string {
    const schedule = this.text(name);
    const problem = scheduleProblem(schedule);
    if (problem) this.refuse(name, problem);
    return schedule;
  }

  positive(name: Name): number {
    const number = numberIn(this.text(name));
    if (!(number > 0)) this.refuse(name, "is not a number above 0");
    return number;
  }

  count(name: Name): number {
    const number = numberIn(this.text(name));
    if (!Number.isSafeInteger(number)) this.refuse(name, "is not a whole number from 0 up");
    return number;
  }

  matching(name: Name, pattern: RegExp, what: string): string | null {
    const text = this.text(name);
    if (text !== "" && !pattern.test(text)) this.refuse(name, `is not ${what}`);
    return text || null;
  }

  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.problems.push(error.message);
    }
  }
}
