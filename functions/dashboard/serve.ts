/**
 * The dashboard of the deployed pipeline.
 *
 * @module
 */
import { totesys } from "../../schemas/model.ts";
import type { CronSettings } from "../settings/crons.ts";
import { createDashboard } from "./app.tsx";
import { openWarehouse } from "./data/warehouse.ts";

/** Answers requests. */
export type Handler = (request: Request, info?: Deno.ServeHandlerInfo) => Promise<Response>;

/** Returns the handler of requests; null when the dashboard is off. */
export async function serveDashboard(settings: CronSettings): Promise<Handler | null> {
  const { dashboard, sources } = settings;
  if (!dashboard) return null;
  const app = await createDashboard({
    name: "totesys",
    model: totesys,
    warehouse: openWarehouse(dashboard.warehouse),
    ingestion: settings.ingestion,
    referenceCurrency: settings.reference_currency,
    freshness_ms: settings.freshness_ms,
    sources: new Map([...sources].map(([name, { freshness_ms }]) => [name, freshness_ms])),
    quarantine_rows: settings.quarantine_rows,
    now: () => new Date(),
  }, dashboard);
  return async (request, info) => await app.fetch(request, { remoteAddr: info?.remoteAddr });
}
