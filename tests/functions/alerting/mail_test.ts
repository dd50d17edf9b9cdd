import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { IncidentEntry, IncidentMail } from "../../../functions/alerting/incident.ts";
import { renderMail } from "../../../functions/alerting/mail.ts";
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
