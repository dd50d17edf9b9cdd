/** Mails in a browser: what a mail client without a stylesheet of its own shows. */
import { assertEquals } from "@std/assert";
import { freshnessAlerts } from "../../../../functions/alerting/thresholds.ts";
import type { IncidentEntry } from "../../../../functions/alerting/incident.ts";
import { lagChart } from "../../../../functions/alerting/lag_chart.ts";
import { renderMail } from "../../../../functions/alerting/mail.ts";
import type { Alert } from "../../../../sdk/mod.ts";
import { browserTest, openPage, serveApp } from "./browser.ts";
import { QUICK } from "../../../support/slow.ts";
import { faultsOf } from "./inspect.ts";
import { photograph } from "./pictures.ts";

const MINUTE_MS = 60_000;
const SINCE = "2026-11-27T13:34:00.000Z";
const NOW = "2026-11-27T14:21:00.000Z";

/** The widths of a mail on a desktop and on a phone. */
const VIEWS = [640, 390, 320].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, scheme }))
);

const STALE = freshnessAlerts(
  { fresh_as_of: SINCE, freshness_ms: 47 * MINUTE_MS, sources: {}, failing: [] },
  30 * MINUTE_MS,
);
/** A name as long as Postgres allows, without a place to break. */
const LONG = "a".repeat(63);
const CHANGED: readonly Alert[] = [{
  code: "schema_changed",
  severity: "warning",
  scope: "extract",
  table: LONG,
  column: LONG,
  change: "column added",
  stops: false,
}];

const MAILS: Readonly<Record<string, Partial<IncidentEntry>>> = {
  opened: { alerts: STALE },
  resolved: { alerts: STALE, state: "resolved" },
  "long-names": { alerts: CHANGED },
};

function mailOf(more: Partial<IncidentEntry>): string {
  const entry: IncidentEntry = {
    format: 2,
    state: "open",
    scope: "heartbeat",
    transient: false,
    alerts: [],
    since: SINCE,
    mail: {
      kind: more.state === "resolved" ? "resolved" : "opened",
      status: "sending",
      attempts: 0,
      at: NOW,
    },
    notified: true,
    notice: { at: SINCE, severity: "error" },
    at: NOW,
    ...more,
  };
  const chart = more.alerts === STALE ? lagChart(points(), 30 * MINUTE_MS) : null;
  const dashboard = "https://totesys.example.com";
  return renderMail(entry, { cooldown_ms: 360 * MINUTE_MS, chart, dashboard }).html;
}

/** A quiet day with a first outage in the morning, and one that lasts. */
function points() {
  return Array.from({ length: 288 }, (_, place) => {
    const ago = (287 - place) * 5;
    const behind = ago < 47 ? 47 - ago : ago > 170 && ago < 190 ? 190 - ago : 1;
    return {
      at: new Date(Date.parse(NOW) - ago * MINUTE_MS).toISOString(),
      behind_ms: behind * MINUTE_MS,
    };
  });
}

const LOOKS = Object.keys(MAILS).flatMap((name) => VIEWS.map((view) => ({ name, view })));

browserTest("mails are readable at every width, in light and dark", async () => {
  await using app = serveApp((request) => {
    const mail = MAILS[new URL(request.url).pathname.slice(1)];
    return new Response(mail ? mailOf(mail) : "", { headers: { "content-type": "text/html" } });
  });
  // Each width and scheme once in the quick suite.
  for (const { name, view } of LOOKS.filter((_, place) => !QUICK || place % 7 === 0)) {
    await using open = await openPage(`${app.url}/${name}`, view);
    await photograph(open, `mail-${name}`, view);
    assertEquals(await faultsOf(open), [], JSON.stringify({ name, view }));
  }
});
