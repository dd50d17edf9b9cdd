/**
 * docs/settings.md: every setting, from the table that the code reads.
 *
 * @module
 */
import type { Group, Setting } from "../../functions/settings/setting.ts";
import { flagOf, SETTINGS, settingsIn } from "../../functions/settings/table.ts";
import { code, markdownTable } from "../../functions/cli/markdown.ts";

/** A longer default does not fit into a cell. Its section has it. */
const MAX_DEFAULT = 60;

interface Section {
  readonly title: string;
  readonly text: string;
}

/** The section of each group, in the order of the page. */
const SECTIONS: Readonly<Record<Group, Section>> = {
  databases: {
    title: "Databases",
    text:
      `A connection to another machine uses TLS, and the server's certificate must be valid for its
host name. \`sslmode\` and \`sslrootcert\` in the URL work as in libpq; \`sslrootcert\` can also be an
https URL. \`sslmode=disable\` turns TLS off; \`allow\` and \`prefer\` are refused, because they can fall
back to plain text.

A URL with a password is not accepted as a flag, because shells and CI logs record command lines. Set the
variable, use a secret, or pass \`-\` as the flag's value to give the URL on standard input.

\`secretsmanager://NAME\` reads the URL from AWS Secrets Manager. \`NAME\` is the name or the ARN of the
secret. It is read at every run, so a rotated password takes effect at the next one. The secret holds
either a URL or the JSON that RDS writes (\`username\`, \`password\`, \`host\`, \`port\`, \`dbname\`).
Parameters add what is missing in the secret, or replace it:
\`secretsmanager://NAME?host=db.example.com&dbname=warehouse\`.`,
  },
  lake: {
    title: "Lake",
    text: `A zone is a folder, \`file:///srv/lake/ingestion\`, or a prefix of an S3 bucket,
\`s3://my-bucket/ingestion\`. The two zones must differ. Region and credentials of AWS come from its
standard variables, such as \`AWS_REGION\` and \`AWS_PROFILE\`.`,
  },
  sources: {
    title: "Other sources",
    text: `[Sources](sources.md) explains exchange rates and files. \`RATES_URL\` holds \`{date}\`
(YYYY-MM-DD) and \`{code}\` (a currency in small letters). Each URL is asked in turn until one has the
rates of the day. The default:

${SETTINGS.RATES_URL.default.split(" ").map((url) => `- \`${url}\``).join("\n")}

\`FILES_URL\` is a folder, \`file:///srv/targets\`, or a prefix of an S3 bucket,
\`s3://my-bucket/targets\`: it is only read.`,
  },
  tuning: { title: "Tuning", text: "The defaults fit most databases." },
  crons: {
    title: "Crons",
    text:
      `Only [the crons](operations.md) read these. A schedule has five fields in UTC: minute, hour, day of
the month, month, day of the week (1 or \`SUN\` is Sunday). The crons ignore \`RECONCILE_MINUTES\`:
\`RECONCILE_SCHEDULE\` replaces it. A source that is off has no cron.`,
  },
  alerts: {
    title: "Alerts",
    text: `Only [the crons](operations.md) read these. \`ALERT_TO\` requires \`ALERT_FROM\`.`,
  },
  dashboard: {
    title: "Dashboard",
    text:
      `[The dashboard](dashboard.md) is off unless \`DASHBOARD_PASSWORD\` or \`DASHBOARD_PROXY_HEADER\` is set.
A password has at least 12 characters. In a secret, it is the secret's whole text.`,
  },
};

/** Returns the page as Markdown. */
export function settingsPage(): string {
  const sections = (Object.keys(SECTIONS) as Group[]).map(section);
  return [introduction(), ...sections, deployment()].join("\n\n") + "\n";
}

function introduction(): string {
  return `# Settings

<!-- Generated from functions/settings/table.ts by \`deno task docs\`. Edit the table, then run it again. -->

Each setting is an environment variable. Those of databases, lake, other sources and tuning are also flags of
\`deno task etl\`, named after the variable: \`--${
    flagOf("CHUNK_ROWS")
  }\` for \`CHUNK_ROWS\`. A flag
overrides the variable. An empty variable counts as unset.

All settings are checked before anything runs. The error lists every problem at once, and never shows a
value.`;
}

function section(group: Group): string {
  const { title, text } = SECTIONS[group];
  const rows = settingsIn(group).map((name) => {
    const { what, default: value, example }: Setting = SETTINGS[name];
    return [
      code(name),
      what,
      value === undefined
        ? "required"
        : value.length > MAX_DEFAULT
        ? "see above"
        : value && code(value),
      code(example),
    ];
  });
  return `## ${title}\n\n${text}\n\n${
    markdownTable(["setting", "value", "default", "example"], rows)
  }`;
}

function deployment(): string {
  const names = (Object.keys(SETTINGS) as (keyof typeof SETTINGS)[])
    .filter((name) => (SETTINGS[name] as Setting).terraform);
  return `## In the cloud

[\`deno task deploy\`](cloud.md) sets the app's variables. Terraform provides these:

${names.map((name) => `- ${code(name)}`).join("\n")}

All others are copied from the environment of \`deno task deploy\`, if they are set there.`;
}
