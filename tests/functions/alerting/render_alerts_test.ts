import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { incidentOf } from "../../../functions/alerting/incident.ts";
import { renderAlert } from "../../../functions/alerting/render_alerts.ts";
import {
  freshnessAlerts,
  quarantineAlerts,
  sourceFreshnessAlerts,
} from "../../../functions/alerting/thresholds.ts";
import { remedyText } from "../../../functions/remedy.ts";
import {
  ConfigurationError,
  type DocumentOutcome,
  type DocumentRecord,
  LakeError,
  MassDeletionError,
  QuarantineError,
  SourceError,
  WarehouseError,
} from "../../../sdk/mod.ts";
import { documentAlerts, reconcileAlerts } from "../../../sdk/operate/alerts.ts";
import { failureAlert } from "../../../sdk/operate/failure_alert.ts";

Deno.test("a failure is described by its class, place and code, never by its message", () => {
  const cause = Object.assign(new Error("row (1, secret)"), { code: "22P02" });
  const failure = new SourceError("cannot read: secret", {
    stage: "extract",
    table: "staff",
    cause,
  });
  const words = renderAlert(failureAlert(failure, { job: "extract", run: "20261121-run" }));
  assertStringIncludes(words.title, "Extraction failed: cannot read the source");
  assertStringIncludes(words.happened, "SourceError, 22P02");
  assertEquals(words.facts, [
    ["Job", "extract"],
    ["Stage", "extract"],
    ["Table", "staff"],
    ["Run", "20261121-run"],
    ["Error", "SourceError, 22P02"],
  ]);
  assertEquals(remedyText(words.next), "deno task etl status");
  for (const error of [failure, new TypeError("secret"), "secret", null, { secret: 1 }]) {
    const alert = failureAlert(error, { job: "extract" });
    assert(!JSON.stringify([alert, renderAlert(alert)]).includes("secret"));
  }
});

Deno.test("an error that asks for a decision is described with its message", () => {
  const failure = new MassDeletionError("2386 of 4761 rows of payment are missing", {
    stage: "reconcile",
    table: "payment",
    next: { condition: "they were deleted on purpose", operations: [{ name: "reconcile" }] },
  });
  const { happened } = renderAlert(failureAlert(failure, { job: "reconcile" }));
  assertStringIncludes(happened, "2386 of 4761 rows of payment are missing.");
  const setting = new ConfigurationError("SOURCE_URL: cannot read the secret totesys/source: X");
  const words = renderAlert(failureAlert(setting, { job: "load" }));
  assertStringIncludes(words.happened, "SOURCE_URL: cannot read the secret");
  assertEquals(words.title, "The pipeline failed: a setting is wrong");
});

Deno.test("a lost connection is one incident, with any table and any error code", () => {
  const lost = (code: string, table: string) =>
    failureAlert(
      new WarehouseError("x", {
        stage: "load",
        table,
        retryable: true,
        cause: Object.assign(new Error("lost"), { code }),
      }),
      { job: "load" },
    );
  const [a, b] = [lost("CONNECTION_LOST", "fact_payment"), lost("ECONNRESET", "dim_staff")];
  assertEquals(incidentOf(a), incidentOf(b));
  assertEquals(renderAlert(a).facts[2], ["Table", "fact_payment"]);
});

Deno.test("an unreachable lake is one incident for all jobs", () => {
  const lake = new LakeError("cannot list", { stage: "lake" });
  const jobs = ["extract", "load", "reconcile"] as const;
  const incidents = jobs.map((job) => incidentOf(failureAlert(lake, { job })));
  assertEquals(new Set(incidents), new Set(["run-failed.extract"]));
});

Deno.test("a failure of a tick belongs to the stage that failed", () => {
  const stages = ["extract", "transform", "load", "reconcile"] as const;
  const scopes = stages.map((stage) =>
    failureAlert(new WarehouseError("x", { stage }), { job: "extract" }).scope
  );
  assertEquals(scopes, ["extract", "load", "load", "reconcile"]);
});

Deno.test("every remedy ends with a command", () => {
  const next = "fix the rows in the source";
  const error = new QuarantineError("too many", { stage: "transform", next });
  const words = renderAlert(failureAlert(error, { job: "load" }));
  assertEquals(remedyText(words.next), `${next}, then: deno task etl run`);
});

Deno.test("quarantine and freshness are alerts only beyond their limits", () => {
  assertEquals(quarantineAlerts(100, 100), []);
  assertEquals(
    quarantineAlerts(1101, 100).map((alert) => renderAlert(alert).title),
    ["1,101 rows are in quarantine (limit 100)"],
  );
  const since = "2026-11-21T10:00:00.000Z";
  const fresh = { fresh_as_of: since, freshness_ms: 60_000, sources: {}, failing: [] };
  assertEquals(freshnessAlerts(fresh, 60_000), []);
  assertEquals(freshnessAlerts({ ...fresh, fresh_as_of: null, freshness_ms: null }, 1), []);
  const [stale] = freshnessAlerts({ ...fresh, freshness_ms: 100 * 60_000 }, 30 * 60_000);
  assertEquals([stale.code, stale.since], ["stale", since]);
  assertEquals(
    renderAlert(stale).title,
    "The warehouse is 1 hour 40 minutes behind (limit 30 minutes)",
  );
});

Deno.test("repaired rows are counted in total and by table", () => {
  assertEquals(reconcileAlerts({}), []);
  const [one] = reconcileAlerts({ design: 1 });
  assertEquals(renderAlert(one).title, "Repaired 1 missed row");
  const [many] = reconcileAlerts({ design: 1, staff: 1200 });
  assertStringIncludes(
    renderAlert(many).happened,
    "1,201 missed rows: 1 in design, 1,200 in staff",
  );
});

Deno.test("a document without rows is described by its name and the reason", () => {
  const document = (name: string, outcome: DocumentOutcome, reason?: string): DocumentRecord => ({
    name,
    version: "1",
    bytes: 0,
    sha256: "",
    table: "sales_target",
    rows: 0,
    outcome,
    reason,
  });
  const alerts = documentAlerts("files", [
    document("a.csv", "read"),
    document("b.csv", "refused", "line 7: the row has 3 fields, not 4"),
    document("a.csv", "duplicate", "same content as before"),
    document("c.csv", "duplicate", "same content as a.csv"),
    document("2025-12-10/eur", "missing", "not published within 3 days"),
  ]);
  assertEquals(alerts.map(({ severity }) => severity), ["error", "warning", "warning"]);
  assertEquals(alerts.map((alert) => renderAlert(alert).happened), [
    "The document b.csv was refused: line 7: the row has 3 fields, not 4.",
    "The document c.csv is a duplicate: same content as a.csv.",
    "The document 2025-12-10/eur is missing: not published within 3 days.",
  ]);
  assertEquals(remedyText(renderAlert(alerts[0]).next), "deno task etl quarantine list");
  assertEquals(alerts.map(incidentOf), [
    "document-refused.load.files",
    "document-duplicate.load.files",
    "document-missing.load.files",
  ]);
});

Deno.test("an old source is an incident of its own, beyond its own limit", () => {
  const since = "2026-11-21T10:00:00.000Z";
  const rates = { fresh_as_of: since, freshness_ms: 97 * 3_600_000 };
  const open = () => Promise.reject(new Error("not opened"));
  const alertsAt = (hours: number | null) =>
    sourceFreshnessAlerts(
      { sources: { rates } },
      new Map([["rates", { open, freshness_ms: hours === null ? null : hours * 3_600_000 }]]),
    );
  const [stale] = alertsAt(96);
  assertEquals(incidentOf(stale), "stale.heartbeat.rates");
  const { title, facts } = renderAlert(stale);
  assertEquals(title, "Nothing new from the source rates for 4 days 1 hour (limit 4 days)");
  assertEquals(facts.at(-1), ["Limit", "4 days (RATES_FRESHNESS_HOURS)"]);
  assertEquals([...alertsAt(97), ...alertsAt(null)], []);
});
