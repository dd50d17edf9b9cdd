/**
 * The Operations page and the files of its charts.
 *
 * @module
 */
import { Hono } from "hono";
import { errorRecord } from "../../../format.ts";
import { log } from "../../../log.ts";
import { IncidentReader } from "../../../alerting/incident_reader.ts";
import { EtlError } from "../../../../sdk/errors.ts";
import type { RecordedRun } from "../../../../sdk/mod.ts";
import type { Dashboard } from "../../dashboard.ts";
import { type Incident, readIncidents } from "../../data/operations/incidents.ts";
import { readHours } from "../../data/operations/lag.ts";
import type { Operations } from "../../data/operations/operations.ts";
import { readOperations } from "../../data/operations/read_operations.ts";
import { csvHeaders, toCsv } from "../../layout/csv.ts";
import type { Frame, PageEnv } from "../../layout/page.tsx";
import type { LagHistory, LagPeriod } from "./lag_card.tsx";
import { lagOfDay, lagOfWeek, startOfWeek } from "./lag_intervals.ts";
import { OperationsPage } from "./page.tsx";
import { StartPage } from "./start_page.tsx";
import { UnreachablePage } from "./unreachable_page.tsx";

/** Runs in the CSV file: a week of one a minute, and some. */
const CSV_RUNS = 20_000;

/** Returns the application that answers `/` and `/operations/…`. */
export function operationsPages(dashboard: Dashboard): Hono<PageEnv> {
  const reader = new IncidentReader(dashboard.ingestion);
  const app = new Hono<PageEnv>();
  app.get("/", async (context) => {
    const frame = context.get("frame");
    const incidents = await readIncidents(reader).catch(() => null);
    try {
      const period = periodOf(context.req.query("lag"));
      return context.html(await operationsPage(dashboard, frame, incidents, period));
    } catch (error) {
      if (!(error instanceof EtlError)) throw error;
      log("error", "page", { path: context.req.path, ...errorRecord(error) });
      context.header("retry-after", "30");
      const page = <UnreachablePage frame={frame} error={error} incidents={incidents} />;
      return context.html(page, 503);
    }
  });
  app.get("/operations/lag.csv", async (context) => {
    const period = periodOf(context.req.query("lag"));
    const { intervals } = await lagHistory(dashboard, await readOperations(dashboard), period);
    const rows = intervals.map(({ from, to, behind_ms }) =>
      [from.toISOString(), to.toISOString(), behind_ms] as const
    );
    return context.body(toCsv(["from", "to", "behind_ms"], rows), 200, csvHeaders(`lag-${period}`));
  });
  app.get("/operations/runs.csv", async (context) => {
    const { runs } = await readOperations({ ...dashboard, runs: CSV_RUNS });
    return context.body(toCsv(RUN_HEADS, runs.map(runCells)), 200, csvHeaders("runs"));
  });
  return app;
}

async function operationsPage(
  dashboard: Dashboard,
  frame: Frame,
  incidents: readonly Incident[] | null,
  period: LagPeriod,
) {
  const operations = await readOperations(dashboard);
  const { status } = operations.verdict;
  if (status === "empty" || status === "loading") {
    return <StartPage frame={frame} operations={operations} />;
  }
  const lag = await lagHistory(dashboard, operations, period);
  return <OperationsPage frame={frame} operations={operations} incidents={incidents} lag={lag} />;
}

function periodOf(lag: string | undefined): LagPeriod {
  return lag === "week" ? "week" : "day";
}

async function lagHistory(
  { warehouse }: Dashboard,
  operations: Operations,
  period: LagPeriod,
): Promise<LagHistory> {
  if (period === "day") return { period, intervals: lagOfDay(operations.lag) };
  const now = new Date(operations.now);
  const hours = await readHours(warehouse, startOfWeek(now));
  return { period, intervals: lagOfWeek(hours, operations.verdict.behind_ms, now) };
}

const RUN_HEADS = [
  "started_at",
  "job",
  "run",
  "outcome",
  "elapsed_ms",
  "extract_ms",
  "transform_ms",
  "load_ms",
  "reconcile_ms",
  "rows",
  "bytes",
  "lag_ms",
  "error",
  "message",
];

function runCells(run: RecordedRun) {
  const { stage_ms: { extract, transform, load, reconcile } } = run;
  const stages = [extract, transform, load, reconcile].map((ms) =>
    ms === undefined ? null : Math.round(ms)
  );
  return [
    run.started_at,
    run.job,
    run.run,
    run.outcome,
    run.elapsed_ms,
    ...stages,
    run.rows,
    run.bytes,
    run.lag_ms,
    run.error,
    run.message,
  ];
}
