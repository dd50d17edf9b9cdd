import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { RunFailedAlert, SchemaChangedAlert } from "../../../sdk/mod.ts";
import { byIncident, incidentOf } from "../../../functions/alerting/incident.ts";
import { FAILED, IncidentHistory, SKIPPED } from "./incident_history.ts";

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

Deno.test("retryable failures are one incident, in any table", () => {
  const lost = (table: string) => incidentOf({ ...FAILED, table, retryable: true });
  assertEquals(lost("fact_payment"), lost("dim_staff"));
  assertNotEquals(incidentOf({ ...FAILED, table: "a" }), incidentOf({ ...FAILED, table: "b" }));
});
