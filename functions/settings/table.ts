/**
 * Every setting, once. The environment, the flags of the command line, its help, docs/settings.md and
 * the deployment all read this table.
 *
 * @module
 */
import { PUBLIC_RATES } from "../../sdk/sources/rates/provider.ts";
import { cronSchedule } from "./cron_expression.ts";
import {
  currencyCode,
  databaseUrl,
  emailAddress,
  emailAddresses,
  headerName,
  ipAddresses,
  metricNamespace,
  number,
  objectStore,
  optional,
  passphrase,
  rateTemplates,
  storeUrl,
  unlessOff,
  webAddress,
} from "./parsers.ts";
import type { Group, Setting } from "./setting.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const MEGABYTE = 2 ** 20;

/** The settings by name. */
export const SETTINGS = {
  SOURCE_URL: {
    group: "databases",
    what: "the URL of the totesys database to read, or secretsmanager://NAME",
    example: "postgres://reader:secret@db.example.com:5432/totesys",
    parse: databaseUrl,
    secret: "url",
    terraform: true,
  },
  WAREHOUSE_URL: {
    group: "databases",
    what: "the URL of the database that holds the star schema, or secretsmanager://NAME",
    example: "postgres://loader:secret@db.example.com:5432/warehouse",
    parse: databaseUrl,
    secret: "url",
    terraform: true,
  },
  INGESTION_URL: {
    group: "lake",
    what: "the URL of the lake's ingestion zone, file:// or s3://",
    example: "file:///var/lake/ingestion",
    parse: objectStore,
    terraform: true,
  },
  PROCESSED_URL: {
    group: "lake",
    what: "the URL of the lake's processed zone, file:// or s3://",
    example: "file:///var/lake/processed",
    parse: objectStore,
    terraform: true,
  },
  RATES_URL: {
    group: "sources",
    what:
      "the URLs of the exchange rates of a day, separated by spaces and tried in order; off for no rates",
    example: "https://rates.example.com/{date}/{code}.json",
    default: PUBLIC_RATES.join(" "),
    parse: unlessOff(rateTemplates),
  },
  RATES_BASE: {
    group: "sources",
    what: "the currency whose rates are fetched, a code of ISO 4217",
    example: "usd",
    default: "eur",
    parse: currencyCode,
  },
  REFERENCE_CURRENCY: {
    group: "sources",
    what: "the currency that amounts are converted to, a code of ISO 4217",
    example: "EUR",
    default: "GBP",
    parse: currencyCode,
  },
  FILES_URL: {
    group: "sources",
    what: "the URL of the folder whose files are loaded, file:// or s3://; off for no files",
    example: "s3://my-bucket/targets",
    default: "off",
    parse: unlessOff(storeUrl),
    terraform: true,
  },
  RECONCILE_MINUTES: {
    group: "tuning",
    what: "the minutes between the reconciliations of the run command",
    example: "15",
    default: "60",
    parse: number({ from: 0, unit: MINUTE_MS }),
  },
  QUARANTINE_LIMIT: {
    group: "tuning",
    what:
      "the percentage of invalid rows above which a table's batch fails; 100 invalid rows never fail it",
    example: "1.5",
    default: "5",
    parse: number({ from: 0, to: 100 }),
  },
  CHUNK_ROWS: {
    group: "tuning",
    what: "the maximum number of rows in one commit of a first load",
    example: "100000",
    default: "500000",
    parse: number({ from: 1, whole: true }),
  },
  EXTRACT_SCHEDULE: {
    group: "crons",
    what: "the cron schedule (UTC) of the extract job, which runs all stages",
    example: "*/5 * * * *",
    default: "* * * * *",
    parse: cronSchedule,
  },
  LOAD_SCHEDULE: {
    group: "crons",
    what: "the cron schedule (UTC) of the load job, which transforms and loads pending commits",
    example: "*/5 * * * *",
    default: "* * * * *",
    parse: cronSchedule,
  },
  RECONCILE_SCHEDULE: {
    group: "crons",
    what: "the cron schedule (UTC) of the reconcile job, which compares every row",
    example: "0 3 * * MON-FRI",
    default: "17 * * * *",
    parse: cronSchedule,
  },
  HEARTBEAT_SCHEDULE: {
    group: "crons",
    what: "the cron schedule (UTC) of the heartbeat job, which checks freshness",
    example: "*/5 * * * *",
    default: "* * * * *",
    parse: cronSchedule,
  },
  RATES_SCHEDULE: {
    group: "crons",
    what: "the cron schedule (UTC) of the rates job, which fetches exchange rates",
    example: "30 16 * * *",
    default: "23 */6 * * *",
    parse: cronSchedule,
  },
  FILES_SCHEDULE: {
    group: "crons",
    what: "the cron schedule (UTC) of the files job, which loads new files",
    example: "0 * * * *",
    default: "*/5 * * * *",
    parse: cronSchedule,
  },
  RUN_BUDGET_SECONDS: {
    group: "crons",
    what: "the seconds after which a cron's run stops; the next run continues",
    example: "300",
    default: "50",
    parse: number({ above: 0, unit: SECOND_MS }),
  },
  MEMORY_BUDGET_MB: {
    group: "crons",
    what: "the megabytes of memory at which a cron's run stops; the next run continues",
    example: "400",
    default: "600",
    parse: number({ above: 0, unit: MEGABYTE }),
  },
  METRIC_NAMESPACE: {
    group: "crons",
    what: "the CloudWatch namespace of the freshness metric; empty for no metric",
    example: "Totesys/ETL",
    default: "",
    parse: optional(metricNamespace),
    terraform: true,
  },
  FRESHNESS_MINUTES: {
    group: "alerts",
    what: "the minutes that the warehouse can be behind the source before an alert is sent",
    example: "10",
    default: "30",
    parse: number({ above: 0, unit: MINUTE_MS }),
  },
  RATES_FRESHNESS_HOURS: {
    group: "alerts",
    what:
      "the hours since the last exchange rates arrived before an alert is sent; off for no alert",
    example: "48",
    default: "96",
    parse: unlessOff(number({ above: 0, unit: HOUR_MS })),
  },
  FILES_FRESHNESS_HOURS: {
    group: "alerts",
    what: "the hours since the last file arrived before an alert is sent; off for no alert",
    example: "800",
    default: "off",
    parse: unlessOff(number({ above: 0, unit: HOUR_MS })),
  },
  QUARANTINE_ALERT_ROWS: {
    group: "alerts",
    what: "the number of rows that can be in quarantine without an alert",
    example: "0",
    default: "100",
    parse: number({ from: 0, whole: true }),
  },
  ALERT_FROM: {
    group: "alerts",
    what: "the sender of alert mails, an address verified with SES",
    example: "etl@example.com",
    default: "",
    parse: optional(emailAddress),
    terraform: true,
  },
  ALERT_TO: {
    group: "alerts",
    what: "the recipients of alert mails, separated by commas; empty for no mails",
    example: "ops@example.com,data@example.com",
    default: "",
    parse: emailAddresses,
    terraform: true,
  },
  ALERT_COOLDOWN_MINUTES: {
    group: "alerts",
    what: "the minutes before the mail about an open incident is repeated",
    example: "60",
    default: "360",
    parse: number({ above: 0, unit: MINUTE_MS }),
  },
  DASHBOARD_PASSWORD: {
    group: "dashboard",
    what: "the password of the dashboard, or secretsmanager://NAME; off for no password",
    example: "secretsmanager://totesys/dashboard_password",
    default: "off",
    parse: unlessOff(passphrase),
    secret: "text",
    terraform: true,
  },
  DASHBOARD_WAREHOUSE_URL: {
    group: "dashboard",
    what:
      "the URL of the warehouse with a read-only role, or secretsmanager://NAME; required when the dashboard is on",
    example: "postgres://dashboard:secret@db.example.com:5432/warehouse",
    default: "",
    parse: optional(databaseUrl),
    secret: "url",
    terraform: true,
  },
  DASHBOARD_PROXY_HEADER: {
    group: "dashboard",
    what: "the request header in which a proxy names the signed-in user; off for no proxy",
    example: "X-Forwarded-Email",
    default: "off",
    parse: unlessOff(headerName),
  },
  DASHBOARD_PROXIES: {
    group: "dashboard",
    what: "the addresses or ranges of the proxies whose headers are trusted, separated by spaces",
    example: "10.0.0.5 10.0.1.0/24",
    default: "127.0.0.1 ::1",
    parse: ipAddresses,
  },
  DASHBOARD_URL: {
    group: "dashboard",
    what: "the public address of the dashboard, for links in mails; empty for no links",
    example: "https://totesys.example.com",
    default: "",
    parse: optional(webAddress),
    terraform: true,
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS;

/** The values of some settings, by name. */
export type Values<Name extends SettingName> = {
  readonly [N in Name]: ReturnType<typeof SETTINGS[N]["parse"]>;
};

/** Every setting's name, in the order of the table. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** The settings that hold passwords. */
export const SECRET_SETTINGS: readonly string[] = SETTING_NAMES
  .filter((name) => (SETTINGS[name] as Setting).secret);

/** Returns the names of the settings in some groups. */
export function settingsIn(...groups: readonly Group[]): SettingName[] {
  return SETTING_NAMES.filter((name) => groups.includes(SETTINGS[name].group));
}

/** Returns a setting's flag without its dashes: `source-url` for `SOURCE_URL`. */
export function flagOf(name: SettingName): string {
  return name.toLowerCase().replaceAll("_", "-");
}
