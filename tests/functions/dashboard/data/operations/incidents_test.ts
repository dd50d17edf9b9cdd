import { assertEquals, assertStringIncludes } from "@std/assert";
import type { IncidentEntry, Observation } from "../../../../../functions/alerting/incident.ts";
import { IncidentLog } from "../../../../../functions/alerting/incident_log.ts";
import { IncidentReader } from "../../../../../functions/alerting/incident_reader.ts";
import { renderMail } from "../../../../../functions/alerting/mail.ts";
import { readIncidents } from "../../../../../functions/dashboard/data/operations/incidents.ts";
import type { Alert } from "../../../../../sdk/mod.ts";
import { testLake } from "../../../../support/lake.ts";

const START = Date.parse("2026-11-27T11:06:00Z");
const HOUR_MS = 3_600_000;

const FAILED: Alert = {
  code: "run_failed",
  severity: "error",
  scope: "extract",
  job: "extract",
  error: "SourceError",
  error_code: "ECONNREFUSED",
  retryable: true,
};
const NICKNAME: Alert = {
  code: "schema_changed",
  severity: "warning",
  scope: "extract",
  table: "staff",
  column: "nick\u202ename",
  change: "column added",
  stops: false,
};
const SKIPPED: Alert = {
  code: "batch_skipped",
  severity: "warning",
  scope: "load",
  zone: "ingestion",
  sequence: 7,
};

function found(...alerts: Alert[]): Observation {
  return { alerts, checkedScopes: ["extract"] };
}

Deno.test("readIncidents() returns the open incidents, then those that ended, the newest first", async () => {
  await using lake = await testLake();
  let minutes = 0;
  const mails: IncidentEntry[] = [];
  const log = new IncidentLog(lake.ingestion, {
    cooldown_ms: HOUR_MS,
    mailer: (entry) => Promise.resolve(void mails.push(entry)),
    now: () => new Date(START + minutes * 60_000),
  });
  await log.record(found(FAILED));
  minutes = 5;
  await log.record(found(FAILED, SKIPPED));
  minutes = 19;
  await log.record(found(NICKNAME));
  const incidents = await readIncidents(new IncidentReader(lake.ingestion));
  assertEquals(incidents.map(({ is_open, since, ended }) => [is_open, since, ended]), [
    [true, "2026-11-27T11:25:00.000Z", null],
    [false, "2026-11-27T11:06:00.000Z", "2026-11-27T11:25:00.000Z"],
    [false, "2026-11-27T11:11:00.000Z", "2026-11-27T11:11:00.000Z"],
  ]);
  const [open, failed] = incidents;
  assertEquals([open.severity, failed.severity], ["warning", "error"]);
  assertEquals(
    `[totesys] ${failed.title}`,
    renderMail(mails[0], { cooldown_ms: HOUR_MS }).subject,
    "as in its mail",
  );
  assertEquals(failed.next, "deno task etl status");
  assertStringIncludes(failed.meaning, "No data is lost");
  assertStringIncludes(open.title, "nick\\u202ename");
});

Deno.test("readIncidents() of a lake without incidents is empty", async () => {
  await using lake = await testLake();
  assertEquals(await readIncidents(new IncidentReader(lake.ingestion)), []);
});
