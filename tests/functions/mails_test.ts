import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { mailOf } from "../../functions/mails.ts";
import { failureFinding } from "../../functions/findings.ts";
import type { Finding, IncidentEntry, Turn } from "../../sdk/mod.ts";
import { QuarantineError, SourceError } from "../../sdk/errors.ts";

const FINDING: Finding = {
  kind: "schema changed",
  scope: "extract",
  table: "staff",
  severity: "error",
  cause: "column missing",
  what: "staff.email_address is not there; the table is not read.",
  next: "mend the source or the spec, then: deno task etl run",
};

function entry(turn: Turn, finding: Partial<Finding> = {}): IncidentEntry {
  return {
    format: 1,
    event: turn,
    turn,
    mail: true,
    attempts: 0,
    heard: false,
    told: [],
    told_at: null,
    since: "2026-11-21T10:00:00.000Z",
    at: "2026-11-21T12:30:00.000Z",
    finding: { ...FINDING, ...finding },
  };
}

Deno.test("a mail says what broke, since when, what it means, and what to type", () => {
  const { subject, text } = mailOf(entry("opened"));
  assertEquals(subject, "[totesys] schema changed (extract: staff)");
  assertEquals(
    text,
    `What broke
  staff.email_address is not there; the table is not read.

Since when
  2026-11-21 10:00:00 UTC

What it means for the data
  The warehouse keeps this table's rows as they were. It is read whole once it is as its spec says. The other tables go on.

What to do next
  mend the source or the spec, then: deno task etl run
`,
  );
});

Deno.test("the mail about the end says from when to when", () => {
  const { subject, text } = mailOf(entry("closed"));
  assertEquals(subject, "[totesys] over: schema changed (extract: staff)");
  assertStringIncludes(text, "2026-11-21 10:00:00 UTC to 2026-11-21 12:30:00 UTC");
  assertStringIncludes(text, "deno task etl verify");
});

Deno.test("the HTML says what the text says", () => {
  const { text, html } = mailOf(entry("repeated", { what: "one line\nand another" }));
  for (const line of text.split("\n").filter(Boolean)) {
    assertStringIncludes(html, line.trim().replaceAll("'", "&#39;"));
  }
});

Deno.test("a subject is one short line, whatever a table is called", () => {
  const { subject } = mailOf(
    entry("opened", { table: `a\r\nBcc: evil@example.com\u202e${"x".repeat(300)}` }),
  );
  assert(!/[\r\n\u202e]/.test(subject), subject);
  assert(subject.length <= 121);
});

Deno.test("a line in a mail is what it seems, whatever the source is called", () => {
  const { text } = mailOf(entry("opened", { what: "x\u202e\u0007\r" }));
  assertStringIncludes(text, "x\\u202e\\u0007\\u000d");
});

Deno.test("a failure is told by its class, place and code, never by its message", () => {
  const cause = Object.assign(new Error("row (1, secret)"), { code: "22P02" });
  const failure = new SourceError("cannot read: secret", {
    stage: "extract",
    table: "staff",
    cause,
  });
  const { what, next, cause: told } = failureFinding("extract", failure);
  assertStringIncludes(what, "SourceError, 22P02");
  assertStringIncludes(what, "stage extract, table staff");
  assertEquals([next, told], ["deno task etl status", "extract SourceError 22P02"]);
  for (const error of [failure, new TypeError("secret"), "secret", null, { secret: 1 }]) {
    assert(!JSON.stringify(failureFinding("extract", error)).includes("secret"));
  }
});

Deno.test("advice always ends with a command", () => {
  const next = "mend the source; or let them pass, with --quarantine-limit 100";
  const error = new QuarantineError("too many", { stage: "transform", next });
  assertEquals(failureFinding("load", error).next, `${next}; then: deno task etl run`);
});
