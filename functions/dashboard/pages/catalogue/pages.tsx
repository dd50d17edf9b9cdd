/**
 * The catalogue: every table, one table, and the history of one row.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { catalogueOf, type CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import type { Dashboard } from "../../dashboard.ts";
import { readExampleRow } from "../../data/catalogue/example_row.ts";
import { dateColumnOf, RowsPerDay } from "../../data/catalogue/rows_per_day.ts";
import { readTableFacts } from "../../data/catalogue/table_facts.ts";
import { readVersions } from "../../data/catalogue/versions.ts";
import type { PageEnv } from "../../layout/page.tsx";
import { historyAddress } from "./address.ts";
import { HistoryPage } from "./history_page.tsx";
import { IndexPage } from "./index_page.tsx";
import { instantOfForm } from "./row_history.ts";
import { TablePage } from "./table_page.tsx";

/** A question is a few words. */
const MOST_CHARACTERS = 100;

/** Returns the pages of the catalogue, for any model. */
export function cataloguePages(dashboard: Dashboard): Hono<PageEnv> {
  const { model, warehouse, now } = dashboard;
  const catalogue = catalogueOf(model);
  const tableOf = (name: string) => catalogue.warehouse.find((table) => table.name === name);
  const rowsPerDay = new RowsPerDay(warehouse);
  const pages = new Hono<PageEnv>();

  pages.get("/catalogue", async (context) => {
    const question = (context.req.query("q") ?? "").trim().slice(0, MOST_CHARACTERS);
    const facts = await readTableFacts(dashboard);
    const frame = context.get("frame");
    return context.html(
      <IndexPage frame={frame} catalogue={catalogue} facts={facts} question={question} />,
    );
  });

  pages.get("/catalogue/:table", async (context) => {
    const table = tableOf(context.req.param("table"));
    if (!table) return await context.notFound();
    const key = context.req.query("key")?.trim();
    if (key && table.kind === "fact") return context.redirect(historyAddress(table.name, key), 303);
    const facts = await readTableFacts(dashboard);
    const column = dateColumnOf(table);
    const [example, days] = facts.problem !== null ? [null, []] : await Promise.all([
      readExampleRow(warehouse, table),
      column === undefined ? [] : rowsPerDay.read(
        table,
        column,
        now(),
        facts.tables.get(table.name)?.last_change ?? null,
      ),
    ]);
    const frame = context.get("frame");
    const page = { frame, table, catalogue, facts, example, days };
    return context.html(<TablePage {...page} />);
  });

  pages.get("/catalogue/:table/:key{.+}", async (context) => {
    const table = tableOf(context.req.param("table"));
    if (table?.kind !== "fact") return await context.notFound();
    return await showHistory(context, table, context.req.param("key"));
  });

  async function showHistory(context: Context<PageEnv>, table: CatalogueTable, key: string) {
    const versions = await readVersions(warehouse, table, key);
    if (versions.length === 0) return await context.notFound();
    const at = context.req.query("at")?.trim();
    const asOf = at ? { text: at, instant: instantOfForm(at) } : null;
    const frame = context.get("frame");
    const page = { frame, table, rowKey: key, versions, asOf };
    return context.html(<HistoryPage {...page} />);
  }
  return pages;
}
