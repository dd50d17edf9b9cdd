import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { mailOf } from "../../../functions/alerting/mails.ts";
import { failureFinding } from "../../../functions/alerting/findings.ts";
import type { Finding, IncidentEntry, Transition } from "../../../functions/alerting/incident.ts";
import { incidentOf } from "../../../functions/alerting/incident.ts";
import {
  ConfigurationError,
  LakeError,
  MassDeletionError,
  QuarantineError,
  SourceError,
  WarehouseError,
} from "../../../sdk/errors.ts";

const FINDING: Finding = {
  kind: "schema changed",
  scope: "extract",
  table: "staff",
  severity: "error",
  cause: "column missing",
  what: "staff.email_address is not there; the table is not read.",
  next: "mend the source or the spec, then: deno task etl run",
};

function entry(turn: Transition, finding: Partial<Finding> = {}): IncidentEntry {
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

Deno.test("a decision that is asked for is told with what it is about", () => {
  const failure = new MassDeletionError("2386 of 4761 rows of payment are gone from the source", {
    stage: "reconcile",
    table: "payment",
    next: "if it is right that they are gone: deno task etl reconcile",
  });
  const { what } = failureFinding("reconcile", failure);
  assertStringIncludes(what, "2386 of 4761 rows of payment are gone");
  const setting = new ConfigurationError("SOURCE_URL: cannot read the secret totesys/source: X");
  assertStringIncludes(failureFinding("load", setting).what, "SOURCE_URL: cannot read the secret");
});

Deno.test("a connection that is lost is one incident, whichever table it met and however it shows", () => {
  const lost = (code: string, table: string) =>
    failureFinding(
      "load",
      new WarehouseError("x", {
        stage: "load",
        table,
        retryable: true,
        cause: Object.assign(new Error("lost"), { code }),
      }),
    );
  const [a, b] = [lost("CONNECTION_LOST", "fact_payment"), lost("ECONNRESET", "dim_staff")];
  assertEquals([incidentOf(a), a.cause], [incidentOf(b), b.cause]);
  assertStringIncludes(a.what, "table fact_payment", "the place is told all the same");
});

Deno.test("a lake that is out of reach is one incident, whichever job noticed", () => {
  const lake = new LakeError("cannot list", { stage: "lake" });
  const jobs = ["extract", "load", "reconcile"] as const;
  const incidents = jobs.map((job) => incidentOf(failureFinding(job, lake)));
  assertEquals(new Set(incidents).size, 1);
});

Deno.test("a failure names the run, whether or not its error does", () => {
  const { what } = failureFinding("extract", new LakeError("x", { stage: "lake" }), "20261121-run");
  assertStringIncludes(what, "stage lake, run 20261121-run");
});

Deno.test("advice always ends with a command", () => {
  const next = "fix the rows in the source";
  const error = new QuarantineError("too many", { stage: "transform", next });
  assertEquals(failureFinding("load", error).next, `${next}, then: deno task etl run`);
});
