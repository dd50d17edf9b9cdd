import fc from "fast-check";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { IncidentEntry, IncidentMail } from "../../../functions/alerting/incident.ts";
import { lagChart, type LagPoint } from "../../../functions/alerting/lag_chart.ts";
import { renderMail, showsLag } from "../../../functions/alerting/mail.ts";
import { renderChart } from "../../../functions/alerting/mail_chart.ts";
import type { Alert, SchemaChangedAlert } from "../../../sdk/mod.ts";

const OPTIONS = { cooldown_ms: 6 * 3_600_000 };
const STOPPED: SchemaChangedAlert = {
  code: "schema_changed",
  severity: "error",
  scope: "extract",
  table: "staff",
  column: "email_address",
  change: "column missing",
  stops: true,
  detail: "staff.email_address is missing",
  next: { advice: "fix the source or the spec", operations: [{ name: "run" }] },
};
const ADDED: SchemaChangedAlert = {
  ...STOPPED,
  severity: "warning",
  column: "email",
  change: "column added",
  stops: false,
  detail: "staff.email (text) is not in the spec",
  next: { operations: [{ name: "status" }] },
};

function entry(
  kind: IncidentMail["kind"],
  alerts: readonly Alert[] = [STOPPED],
  more: Partial<IncidentEntry> = {},
): IncidentEntry {
  const at = "2026-11-21T12:30:00.000Z";
  return {
    format: 2,
    state: kind === "resolved" ? "resolved" : "open",
    scope: "extract",
    transient: false,
    alerts,
    since: "2026-11-21T10:00:00.000Z",
    mail: { kind, status: "sending", attempts: 0, at },
    notified: true,
    notice: { at: "2026-11-21T10:00:00.000Z", severity: "error" },
    at,
    ...more,
  };
}

Deno.test("a mail says what happened, what it means, what to run, and since when", () => {
  const { subject, text } = renderMail(entry("opened"), OPTIONS);
  assertEquals(subject, "[totesys] Schema changed: column staff.email_address is missing");
  assertEquals(
    text,
    `Schema changed: column staff.email_address is missing

staff.email_address is missing. Table staff is not read.

The warehouse keeps the table's current rows. Once the table matches its spec, it is read again in full. All other tables continue.

Fix the source or the spec, then run:
    deno task etl run

Since   2026-11-21 10:00:00 UTC
Table   staff
Change  column missing (email_address)

A reminder follows in 6 hours if this lasts, and a mail when it is resolved.
`,
  );
});

Deno.test("a reminder says for how long the incident has been open", () => {
  const { subject, text } = renderMail(entry("reminder"), OPTIONS);
  assertEquals(
    subject,
    "[totesys] Reminder: Schema changed: column staff.email_address is missing",
  );
  assertStringIncludes(text, "Open for  2 hours 30 minutes");
});

Deno.test("a recovery mail says from when to when, and until when a recurrence is not mailed", () => {
  const { subject, text } = renderMail(entry("resolved"), OPTIONS);
  assertEquals(subject, "[totesys] Resolved: Table staff matches the specs again");
  assertStringIncludes(
    text,
    "Since     2026-11-21 10:00:00 UTC\nResolved  2026-11-21 12:30:00 UTC",
  );
  assertStringIncludes(text, "deno task etl verify");
  assertStringIncludes(text, "the next mail comes at 2026-11-21 16:00:00 UTC or later");
  const late = renderMail(entry("resolved", [STOPPED]), { cooldown_ms: 60_000 }).text;
  assertStringIncludes(late, "If the problem returns, a mail follows at once.");
});

Deno.test("the mail of several alerts leads with the worst one, and shows them all", () => {
  const { subject, text } = renderMail(entry("opened", [ADDED, STOPPED]), OPTIONS);
  assertStringIncludes(subject, "column staff.email_address is missing (and 1 more)");
  assertStringIncludes(text, "staff.email (text) is not in the spec.");
  assertStringIncludes(text, "column missing (email_address), column added (email)");
  assert(text.includes("etl run") && !text.includes("etl status"), text);
});

Deno.test("a mail of very many alerts is cut, and says so", () => {
  const many = Array.from({ length: 1000 }, (_, sequence): Alert => ({
    code: "batch_skipped",
    severity: "warning",
    scope: "load",
    zone: "ingestion",
    sequence,
  }));
  const { subject, text } = renderMail(entry("opened", many, { transient: true }), OPTIONS);
  assertStringIncludes(subject, "Commit 0 of the ingestion zone was skipped (and 999 more)");
  assertStringIncludes(text, "And 990 more.");
  assert(text.length < 3000, text);
});

Deno.test("the mail of a transient failure announces no recovery mail", () => {
  const reread: Alert = {
    code: "source_reread",
    severity: "warning",
    scope: "extract",
    reason: "the source was restored",
  };
  const { text } = renderMail(entry("opened", [reread], { transient: true }), OPTIONS);
  assertStringIncludes(text, "Every row of the source was read again: the source was restored.");
  assertStringIncludes(text, "no recovery mail follows");
});

Deno.test("the HTML says what the text says", () => {
  for (const kind of ["opened", "reminder", "resolved"] as const) {
    const { text, html } = renderMail(entry(kind, [STOPPED, ADDED]), OPTIONS);
    const words = html.replace(/<style>.*?<\/style>/gs, "").replace(/<[^>]+>/g, " ")
      .replaceAll("&#39;", "'").replaceAll("&nbsp;", " ");
    for (const line of text.split(/\n| {2,}/).filter(Boolean)) assertStringIncludes(words, line);
  }
});

const NOW = Date.parse("2026-11-21T12:30:00Z");
const MINUTE_MS = 60_000;

/** Points of the last 24 hours, every 5 minutes, given the minutes behind at so many minutes ago. */
function lag(behind: (ago: number) => number | null): LagPoint[] {
  return Array.from({ length: 288 }, (_, place) => {
    const ago = (287 - place) * 5;
    const minutes = behind(ago);
    const at = new Date(NOW - ago * MINUTE_MS).toISOString();
    return { at, behind_ms: minutes === null ? null : minutes * MINUTE_MS };
  });
}

Deno.test("the mail about a stale warehouse shows the last 24 hours, in text and HTML", () => {
  const stale: Alert = {
    code: "stale",
    severity: "error",
    scope: "heartbeat",
    since: "2026-11-21T11:43:00.000Z",
    behind_ms: 47 * MINUTE_MS,
    limit_ms: 30 * MINUTE_MS,
  };
  const chart = lagChart(lag((ago) => ago < 50 ? 47 - ago : 1), 30 * MINUTE_MS);
  const dashboard = "https://example.com";
  assert(showsLag(entry("opened", [stale])));
  const { text, html } = renderMail(entry("opened", [stale]), { ...OPTIONS, chart, dashboard });
  assertStringIncludes(
    text,
    `Over the objective for the first time in 24 hours
Time behind the source, worst of each hour, UTC. Now at its worst: 47 minutes. The objective is 30 minutes.

Since   2026-11-21 10:00:00 UTC
Behind  47 minutes
Limit   30 minutes (FRESHNESS_MINUTES)

Open the dashboard:
    https://example.com

A reminder`,
  );
  assertEquals(html.match(/<td class="rule" /g)?.length, 48, "24 bars, above and below the line");
  assertStringIncludes(html, 'href="https://example.com"');
  assertStringIncludes(html, "47&nbsp;min");
});

Deno.test("the title of the chart is its finding", () => {
  const titleOf = (behind: (ago: number) => number | null) =>
    lagChart(lag(behind), 30 * MINUTE_MS)?.title;
  assertEquals(titleOf(() => 1), "Within the objective in the last 24 hours");
  assertEquals(titleOf((ago) => ago === 300 ? 31 : 1), "Within the objective again");
  assertEquals(titleOf(() => 31), "Over the objective for the last 24 hours");
  const often = (...agos: number[]) => titleOf((ago) => agos.includes(ago) ? 31 : 30);
  assertEquals(often(0), "Over the objective for the first time in 24 hours");
  assertEquals(often(0, 5, 20), "Over the objective twice in 24 hours");
  assertEquals(often(0, 20, 40), "Over the objective 3 times in 24 hours");
  assertEquals(titleOf((ago) => ago > 60 ? null : 31), "Over the objective for the last 24 hours");
  assertEquals(titleOf(() => null), undefined);
});

Deno.test("a chart has 24 bars that fit, whatever the lag was", () => {
  fc.assert(fc.property(
    fc.array(fc.option(fc.nat(1e9)), { minLength: 288, maxLength: 288 }),
    fc.integer({ min: 1, max: 1e9 }),
    (values, objective_ms) => {
      const points = lag(() => null).map((point, place) => ({
        ...point,
        behind_ms: values[place],
      }));
      const chart = lagChart(points, objective_ms);
      if (!chart) return values.every((value) => value === null);
      const html = renderChart(chart);
      const heights = [...html.matchAll(/height:(\d+)px;line/g)].map(([, height]) => +height);
      return chart.hours.length === 24 && !html.includes("NaN") &&
        heights.every((height) => height > 0 && height <= 96);
    },
  ));
});

Deno.test("mails about other things have no chart, and an address is escaped", () => {
  assert(!showsLag(entry("opened")));
  const { html, text } = renderMail(entry("opened"), {
    ...OPTIONS,
    dashboard: 'https://example.com/"><script>',
  });
  assert(!html.includes("<script>") && !html.includes('role="img"'), html);
  assert(!text.includes("24 hours"), text);
});

Deno.test("a subject is one short line, whatever a table is called", () => {
  const table = `a\r\nBcc: evil@example.com\u202e${"x".repeat(300)}`;
  const { subject } = renderMail(entry("opened", [{ ...STOPPED, table }]), OPTIONS);
  assert(!/[\r\n\u202e]/.test(subject), subject);
  assert(subject.length <= 121);
});

Deno.test("a name from the source cannot begin a line or turn the text around", () => {
  const detail = "x\u202e\u0007\r\ny";
  const { text, html } = renderMail(entry("opened", [{ ...STOPPED, detail }]), OPTIONS);
  for (const body of [text, html]) assertStringIncludes(body, "x\\u202e\\u0007\\u000d\\u000ay");
});
