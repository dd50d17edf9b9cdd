/**
 * The business part of the dashboard: the page, its charts as SQL and as CSV, and the rows behind them.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import { type BoundQuery, withLiterals } from "../../data/business/bind.ts";
import { CHARTS, isChart } from "../../data/business/charts.ts";
import { COUNTED_FACTS } from "../../data/business/facts.ts";
import { orderRowsQuery, readOrderRows, readSelection } from "../../data/business/order_rows.ts";
import {
  type Asked,
  readBusiness,
  readGround,
  readOneChart,
} from "../../data/business/read_business.ts";
import type { Dashboard } from "../../dashboard.ts";
import { csvHeaders, csvOf } from "../../layout/csv.ts";
import type { PageEnv } from "../../layout/page.tsx";
import { BusinessPage } from "./business_page.tsx";
import { RowsPage } from "./rows_page.tsx";

/** Returns the pages; null for a model without the tables of totesys. */
export function businessPages(dashboard: Dashboard): Hono<PageEnv> | null {
  const { model, warehouse, referenceCurrency, now } = dashboard;
  const names = model.warehouse.map(({ name }) => name);
  if (!COUNTED_FACTS.every(({ table }) => names.includes(table))) return null;
  const askedIn = (context: Context): Asked => ({
    parameters: context.req.query(),
    referenceCurrency,
    now: now(),
  });
  const app = new Hono<PageEnv>();

  app.get("/business", async (context) => {
    const business = await readBusiness(warehouse, askedIn(context));
    return await context.html(<BusinessPage frame={context.get("frame")} business={business} />);
  });

  app.get("/business/rows", async (context) => {
    const found = await readOrderRows(warehouse, askedIn(context));
    return await context.html(<RowsPage frame={context.get("frame")} found={found} />);
  });

  app.get("/business/:file{[a-z]+\\.csv}", async (context) => {
    const chart = nameOf(context);
    const asked = askedIn(context);
    if (chart === "rows") {
      const found = await readOrderRows(warehouse, asked);
      return csv(context, chart, found?.rows ?? []);
    }
    if (!isChart(chart)) return await context.notFound();
    return csv(context, chart, await readOneChart(warehouse, chart, asked) ?? []);
  });

  app.get("/business/:file{[a-z]+\\.sql}", async (context) => {
    const chart = nameOf(context);
    const asked = askedIn(context);
    const ground = await warehouse.snapshot((query) => readGround(query, asked));
    if (!ground || chart !== "rows" && !isChart(chart)) return await context.notFound();
    // The daily totals give the same numbers faster; people read the query of the facts.
    const origin = { ...ground.origin, hasTotals: false };
    const query: BoundQuery = chart === "rows"
      ? orderRowsQuery(ground, readSelection(asked.parameters))
      : (bind) => CHARTS[chart]({ filter: ground.filter, origin, bind });
    return context.text(
      `-- ${chart}, for psql: SET search_path = star;\n${withLiterals(query)};\n`,
    );
  });

  return app;
}

function nameOf(context: Context): string {
  return context.req.path.replace(/^.*\/|\.\w+$/g, "");
}

function csv(context: Context, name: string, rows: readonly QueryRow[]): Response {
  return context.body(csvOf(rows), 200, csvHeaders(name));
}
