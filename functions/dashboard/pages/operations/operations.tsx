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
import { selectRuns } from "../../../../sdk/operate/recorded_runs.ts";
import type { Statement } from "../../../../sdk/postgres/statement.ts";
import { STAGES } from "../../charts/strip.tsx";
import type { Dashboard } from "../../dashboard.ts";
import { type Incident, readIncidents } from "../../data/operations/incidents.ts";
import { pastable } from "../../data/operations/ask.ts";
import { readHours, selectHours, selectLag } from "../../data/operations/lag.ts";
import type { Operations } from "../../data/operations/operations.ts";
import { readOperations } from "../../data/operations/read_operations.ts";
import { readAllRuns } from "../../data/operations/runs.ts";
import { csvHeaders, csvOf } from "../../layout/csv.ts";
import type { Frame, PageEnv } from "../../layout/page.tsx";
import type { LagHistory, LagPeriod } from "./lag_card.tsx";
import { lagOfDay, lagOfWeek, startOfWeek } from "./lag_intervals.ts";
import { OperationsPage } from "./page.tsx";
import { STRIP_RUNS } from "./runs_card.tsx";
import { StartPage } from "./start_page.tsx";
import { UnreachablePage } from "./unreachable_page.tsx";

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
  app.get("/operations/:file{(lag|runs)\\.(csv|sql)}", async (context) => {
    const [chart, kind] = context.req.param("file").split(".") as ["lag" | "runs", "csv" | "sql"];
    const period = periodOf(context.req.query("lag"));
    const now = dashboard.now();
    if (kind === "sql") return context.text(pastable(statementOf(chart, period, now)));
    const rows = chart === "runs"
      ? runRows(await readAllRuns(dashboard.warehouse))
      : lagRows(await readOneLag(dashboard, period));
    return context.body(csvOf(rows), 200, csvHeaders(chart));
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

/** The statement that a chart draws. */
function statementOf(chart: "lag" | "runs", period: LagPeriod, now: Date): Statement {
  if (chart === "runs") return selectRuns({ job: "extract", limit: STRIP_RUNS });
  return period === "day" ? selectLag(now) : selectHours(startOfWeek(now));
}

async function readOneLag(dashboard: Dashboard, period: LagPeriod): Promise<LagHistory> {
  return await lagHistory(dashboard, await readOperations(dashboard), period);
}

function lagRows({ intervals }: LagHistory) {
  return intervals.map(({ from, to, behind_ms }) => ({
    from: from.toISOString(),
    to: to.toISOString(),
    behind_ms,
  }));
}

function runRows(runs: readonly RecordedRun[]) {
  return runs.map(({ stage_ms, tables: _, schema_changes, ...run }) => ({
    ...run,
    ...Object.fromEntries(STAGES.map((stage) => [`${stage}_ms`, rounded(stage_ms[stage])])),
    schema_changes: schema_changes?.length,
  }));
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}
