import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { Alert, RunFailedAlert, SchemaChangedAlert } from "../../../sdk/mod.ts";
import {
  afterMail,
  byIncident,
  type IncidentEntry,
  incidentOf,
  isClaim,
  nextEntry,
} from "../../../functions/alerting/incident.ts";

const MINUTE_MS = 60_000;
const COOLDOWN_MINUTES = 360;
const START = Date.parse("2026-11-21T10:00:00Z");
const FAILED: RunFailedAlert = {
  code: "run_failed",
  severity: "error",
  scope: "extract",
  job: "extract",
  error: "SourceError",
  retryable: false,
};
const SKIPPED: Alert = {
  code: "batch_skipped",
  severity: "warning",
  scope: "load",
  zone: "ingestion",
  sequence: 5,
};

/** The outcome of a mail: `lost` when the process dies before it records one. */
type Outcome = "sent" | "failed" | "lost";

/** A single incident, tick by tick. */
class IncidentHistory {
  last: IncidentEntry | null = null;
  /** The mails that were sent: `<minute> <kind>`. */
  readonly mails: string[] = [];
  /** The alerts in them. */
  readonly mailed: Alert[] = [];
  /** How many entries were written. */
  entries = 0;

  /** A job runs to its end `minutes` after the start, and finds this alert, or not. */
  tick(minutes: number, alert?: Alert, outcome: Outcome = "sent", scope = FAILED.scope): void {
    const now = new Date(START + minutes * MINUTE_MS);
    const policy = { now, cooldown_ms: COOLDOWN_MINUTES * MINUTE_MS };
    const before = this.last;
    const entry = nextEntry(before, alert ? [alert] : [], [scope], policy);
    if (!entry) return;
    this.entries++;
    this.last = entry;
    if (!isClaim(entry, before) || outcome === "lost") return;
    if (outcome === "sent") {
      this.mails.push(`${minutes} ${entry.mail!.kind}`);
      this.mailed.push(...entry.alerts);
    }
    this.entries++;
    this.last = afterMail(entry, before, outcome, now);
  }

  /** A tick every minute that finds this alert, or not. */
  ticks(from: number, to: number, alert?: Alert): void {
    for (let minute = from; minute < to; minute++) this.tick(minute, alert);
  }
}

Deno.test("an incident sends one mail when it opens and one when it is resolved", () => {
  const history = new IncidentHistory();
  history.ticks(0, 300, FAILED);
  history.ticks(300, 600);
  assertEquals(history.mails, ["0 opened", "300 resolved"]);
  assertEquals(history.entries, 4);
  assertEquals(history.last?.since, "2026-11-21T10:00:00.000Z");
});

Deno.test("an incident that lasts sends a reminder after each cooldown", () => {
  const history = new IncidentHistory();
  history.ticks(0, 24 * 60, FAILED);
  assertEquals(history.mails, ["0 opened", "360 reminder", "720 reminder", "1080 reminder"]);
});

Deno.test("an alert that comes and goes is sent once in a cooldown", () => {
  const history = new IncidentHistory();
  for (let minute = 0; minute < 400; minute++) {
    history.tick(minute, minute % 2 === 0 ? FAILED : undefined);
  }
  assertEquals(history.mails, ["0 opened", "1 resolved", "360 opened", "361 resolved"]);
});

Deno.test("an alert that recurs within the cooldown and persists is sent when the cooldown ends", () => {
  const history = new IncidentHistory();
  history.ticks(0, 5, FAILED);
  history.tick(5);
  history.ticks(6, 400, FAILED);
  assertEquals(history.last?.since, "2026-11-21T10:06:00.000Z", "when it came back");
  history.tick(400);
  assertEquals(history.mails, ["0 opened", "5 resolved", "360 opened", "400 resolved"]);
});

Deno.test("an alert that recurs within the cooldown is listed as open at once", () => {
  const history = new IncidentHistory();
  history.tick(0, FAILED);
  history.tick(1);
  history.tick(2, FAILED);
  assertEquals([history.last?.state, history.mails], ["open", ["0 opened", "1 resolved"]]);
});

Deno.test("an alert that recurs after the cooldown opens the incident again", () => {
  const history = new IncidentHistory();
  history.tick(0, FAILED);
  history.tick(1);
  history.tick(361, FAILED);
  assertEquals(history.mails, ["0 opened", "1 resolved", "361 opened"]);
});

Deno.test("another cause of an open incident sends no mail before the cooldown ends", () => {
  const history = new IncidentHistory();
  for (let minute = 0; minute < 361; minute++) {
    history.tick(minute, { ...FAILED, error_code: `E${minute}` });
  }
  assertEquals(history.mails, ["0 opened", "360 reminder"]);
  const [alert] = history.last!.alerts as RunFailedAlert[];
  assertEquals(alert.error_code, "E360", "the reminder shows the latest cause");
});

Deno.test("a warning that turns into an error is sent at once, and only once in a cooldown", () => {
  const history = new IncidentHistory();
  const change: SchemaChangedAlert = {
    code: "schema_changed",
    severity: "warning",
    scope: "extract",
    table: "staff",
    change: "column added",
    stops: false,
  };
  for (let minute = 0; minute < 100; minute++) {
    history.tick(minute, minute % 2 ? { ...change, severity: "error", stops: true } : change);
  }
  assertEquals(history.mails, ["0 opened", "1 opened"]);
});

Deno.test("a mail that could not be sent is retried at longer and longer intervals", () => {
  const history = new IncidentHistory();
  const tries: number[] = [];
  for (let minute = 0, entries = 0; minute < 24 * 60; minute++, entries = history.entries) {
    history.tick(minute, FAILED, "failed");
    if (history.entries > entries) tries.push(minute);
  }
  assertEquals(tries.slice(0, 6), [0, 1, 2, 4, 8, 16]);
  assert(tries.length < 36, String(tries));
  history.tick(24 * 60 + 60, FAILED);
  assertEquals(history.mails, ["1500 opened"]);
});

Deno.test("any job retries a mail that could not be sent", () => {
  const history = new IncidentHistory();
  history.tick(0, FAILED, "failed");
  history.tick(1, undefined, "sent", "load");
  assertEquals(history.mails, ["1 opened"]);
});

Deno.test("an incident whose first mail was not sent is resolved without a mail", () => {
  const history = new IncidentHistory();
  history.tick(0, FAILED, "failed");
  history.tick(1);
  assertEquals([history.mails, history.last?.state], [[], "resolved"]);
  history.tick(2, FAILED);
  assertEquals(history.mails, ["2 opened"], "no mail was sent, so no cooldown has started");
});

Deno.test("a recovery mail that could not be sent is retried", () => {
  const history = new IncidentHistory();
  history.tick(0, FAILED);
  history.tick(1, undefined, "failed");
  history.tick(2);
  history.tick(3);
  assertEquals(history.mails, ["0 opened", "2 resolved"]);
});

Deno.test("a recovery mail is dropped when the alert recurs before the mail is sent", () => {
  const history = new IncidentHistory();
  history.tick(0, FAILED);
  history.tick(1, undefined, "failed");
  history.tick(2, FAILED);
  history.tick(3);
  assertEquals(history.mails, ["0 opened", "3 resolved"]);
});

Deno.test("a mail of a process that died is sent by another one after two minutes", () => {
  const history = new IncidentHistory();
  history.tick(0, FAILED, "lost");
  history.tick(1, FAILED);
  assertEquals(history.mails, []);
  history.tick(2, FAILED);
  history.tick(3, FAILED);
  assertEquals(history.mails, ["2 opened"]);
});

Deno.test("a mail that a dying process can have sent is followed by a recovery mail", () => {
  const history = new IncidentHistory();
  history.tick(0, FAILED, "lost");
  for (const minute of [1, 2, 3]) history.tick(minute);
  assertEquals(history.mails, ["2 resolved"]);
});

Deno.test("a transient failure sends one alert and no recovery mail", () => {
  const history = new IncidentHistory();
  history.tick(0, SKIPPED, "failed", "load");
  for (const minute of [1, 2, 3]) history.tick(minute, undefined, "sent", "load");
  assertEquals(history.mails, ["1 opened"], "it is sent although it was not found again");
  assertEquals(history.last?.state, "resolved");
});

Deno.test("transient failures within the cooldown are sent together when it ends", () => {
  const history = new IncidentHistory();
  history.tick(0, SKIPPED);
  history.tick(10, { ...SKIPPED, sequence: 6 });
  history.tick(20, { ...SKIPPED, sequence: 7 });
  history.tick(21, { ...SKIPPED, sequence: 7 });
  history.ticks(30, 400);
  assertEquals(history.mails, ["0 opened", "360 opened"]);
  const sequences = history.last!.alerts.map((alert) => "sequence" in alert && alert.sequence);
  assertEquals(sequences, [6, 7]);
});

Deno.test("a job does not resolve an incident that it does not check", () => {
  const history = new IncidentHistory();
  history.tick(0, FAILED);
  history.tick(1, undefined, "sent", "load");
  assertEquals(history.last?.state, "open");
  history.tick(2, undefined, "sent", "extract");
  assertEquals(history.last?.state, "resolved");
});

Deno.test("alerts about one table are one incident, about two tables two", () => {
  const change = (table: string, column: string): SchemaChangedAlert => ({
    code: "schema_changed",
    severity: "warning",
    scope: "extract",
    table,
    column,
    change: "column added",
    stops: false,
  });
  const alerts = [change("staff", "a"), change("staff", "b"), change("a/../b ", "a")];
  const incidents = byIncident([...alerts, ...alerts]);
  assertEquals([...incidents].map(([name, alerts]) => [name, alerts.length]), [
    ["schema-changed.extract.staff", 2],
    ["schema-changed.extract.a%2F..%2Fb-", 1],
  ]);
  assertNotEquals(incidentOf(change("a b", "")), incidentOf(change("a c", "")));
});

Deno.test("failures that can pass by themselves are one incident, whichever table they met", () => {
  const lost = (table: string) => incidentOf({ ...FAILED, table, retryable: true });
  assertEquals(lost("fact_payment"), lost("dim_staff"));
  assertNotEquals(incidentOf({ ...FAILED, table: "a" }), incidentOf({ ...FAILED, table: "b" }));
});

/** A tick: minutes since the one before, what it finds, and the outcome of a mail. */
const TICK = fc.record({
  minutes: fc.constantFrom(1, 1, 1, 2, 7, 60, 200),
  saw: fc.constantFrom<"alert" | "nothing" | "unchecked">("alert", "alert", "nothing", "unchecked"),
  outcome: fc.constantFrom<Outcome>("sent", "sent", "sent", "failed", "lost"),
});
const TICKS = fc.array(TICK, { maxLength: 200, size: "max" });
type Tick = { minutes: number; saw: "alert" | "nothing" | "unchecked"; outcome: Outcome };

/** Plays ticks and calls `check` after each with its minute. */
function play(ticks: readonly Tick[], check: (history: IncidentHistory, minute: number) => void) {
  const history = new IncidentHistory();
  let minute = 0;
  for (const { minutes, saw, outcome } of ticks) {
    minute += minutes;
    const alert = saw === "alert" ? FAILED : undefined;
    history.tick(minute, alert, outcome, saw === "unchecked" ? "load" : "extract");
    check(history, minute);
  }
  return history;
}

Deno.test("mails of an incident are bounded: one, one per cooldown, and one recovery mail (property)", () => {
  fc.assert(fc.property(TICKS, (ticks) => {
    // A mail of a process that died can be sent twice.
    const alive = ticks.map((tick) =>
      tick.outcome === "lost" ? { ...tick, outcome: "failed" as const } : tick
    );
    const { mails } = play(alive, () => {});
    const sent = mails.map((mail) => mail.split(" ")).map(([at, kind]) => ({
      at: Number(at),
      kind,
    }));
    const problems = sent.filter(({ kind }) => kind !== "resolved");
    for (const [place, { at }] of problems.entries()) {
      assert(place === 0 || at - problems[place - 1].at >= COOLDOWN_MINUTES, mails.join(", "));
    }
    // Between two mails about the problem there is at most one that says that it is over.
    const kinds = sent.map(({ kind }) => kind === "resolved" ? "-" : "+").join("");
    assert(!kinds.includes("--"), mails.join(", "));
  }));
});

Deno.test("an incident is resolved by the first check without the alert (property)", () => {
  fc.assert(fc.property(TICKS, (ticks) => {
    let saw: Tick["saw"] = "nothing";
    const queue = [...ticks];
    play(ticks, ({ last }) => {
      saw = queue.shift()!.saw;
      // Another process is sending: the next check decides.
      const isSending = last?.state === "open" && last.mail?.status === "sending";
      if (saw === "nothing" && !isSending) assertEquals(last?.state ?? "resolved", "resolved");
      if (saw === "alert" && last?.mail?.status !== "sending") assertEquals(last?.state, "open");
    });
  }));
});

Deno.test("an alert that persists for the cooldown is sent, whatever came before (property)", () => {
  fc.assert(fc.property(TICKS, (ticks) => {
    let end = 0;
    const history = play(ticks, (_, minute) => end = minute);
    // From here on mails can be sent again.
    history.ticks(end + 1, end + COOLDOWN_MINUTES + 65, FAILED);
    const recent = history.mails.filter((mail) => Number(mail.split(" ")[0]) > end);
    assert(recent.some((mail) => !mail.endsWith("resolved")), JSON.stringify(history.last));
  }));
});

Deno.test("every transient failure is sent, however the mails before it went (property)", () => {
  fc.assert(fc.property(TICKS, (ticks) => {
    const history = new IncidentHistory();
    const found: Alert[] = [];
    let minute = 0;
    for (const { minutes, saw, outcome } of ticks) {
      minute += minutes;
      const alert = saw === "alert" ? { ...SKIPPED, sequence: minute } : undefined;
      if (alert) found.push(alert);
      history.tick(minute, alert, outcome, "load");
    }
    history.ticks(minute + 1, minute + COOLDOWN_MINUTES + 65);
    assertEquals(new Set(history.mailed), new Set(found));
    assertEquals(history.last?.state ?? "resolved", "resolved");
  }));
});
