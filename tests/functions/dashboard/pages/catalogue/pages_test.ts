/** The pages of the catalogue, against real warehouses. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openWarehouse } from "../../../../../functions/dashboard/data/warehouse.ts";
import { cataloguePages } from "../../../../../functions/dashboard/pages/catalogue/pages.tsx";
import { type Model, salesOrder, totesys } from "../../../../../schemas/mod.ts";
import { catalogueOf } from "../../../../../sdk/derive/catalogue.ts";
import { createTable } from "../../../../../sdk/derive/ddl.ts";
import { WarehouseError } from "../../../../../sdk/errors.ts";
import { run } from "../../../../../sdk/operate/run.ts";
import { AREAS } from "../../../../derive/areas.ts";
import { test } from "../../../../operate/pipelines.ts";
import { testDatabase } from "../../../../support/postgres.ts";
import { insert } from "../../../../support/source.ts";
import { type Asking, startDashboard } from "../../fake_dashboard.ts";

/** Starts a dashboard that has only the catalogue. */
function startCatalogue(url: string, model: Model = totesys): Promise<Asking> {
  const get = () => Promise.resolve(url);
  return startDashboard("everyone", {
    model,
    warehouse: openWarehouse({ get, renew: get }),
    parts: [["Catalogue", cataloguePages]],
  });
}

async function html(ask: Asking, path: string): Promise<string> {
  const response = await ask(path);
  const text = await response.text();
  assertEquals(response.status, 200, `${path}: ${text}`);
  return text;
}

/** Returns what a person sees of a page. */
function textOf(page: string): string {
  return page.replaceAll("<wbr/>", "").replace(/<[^>]*>/g, " ").replaceAll("\u202f", " ")
    .replaceAll("&#39;", "'")
    .replace(/\s+/g, " ");
}

test("/catalogue lists every table with its meaning, rows and freshness", async (pipeline) => {
  await run(pipeline);
  // The second run counts the rows.
  await run(pipeline);
  const ask = await startCatalogue(pipeline.warehouse);
  const page = textOf(await html(ask, "/catalogue"));
  for (const { name, meaning } of catalogueOf(totesys).warehouse) {
    assertStringIncludes(page, name);
    assertStringIncludes(page, meaning!);
  }
  assertMatch(page, /fact_payment Payments received.*? one row per payment 1 \d+ s /);
  const found = textOf(await html(ask, "/catalogue?q=agreed+delivery+date"));
  assertStringIncludes(found, "“agreed delivery date”: 5 columns in 5 tables");
  assert(!found.includes("dim_design"));
  assertStringIncludes(textOf(await html(ask, "/catalogue?q=zebra")), "Nothing has “zebra”");
});

test("/catalogue/<table> shows columns, lineage, an example and queries", async (pipeline) => {
  await run(pipeline);
  const ask = await startCatalogue(pipeline.warehouse);
  const page = textOf(await html(ask, "/catalogue/fact_sales_order"));
  assertStringIncludes(page, "created_date date Day the order was placed (UTC) → dim_date");
  assertStringIncludes(page, "created_at its date 2026-01-01");
  assertStringIncludes(page, "fact_sales_order refers to 6 tables");
  assertStringIncludes(page, "About 1 new row a day");
  assertStringIncludes(page, "FROM fact_sales_order_versions");
  for (const { name } of catalogueOf(totesys).warehouse) {
    await html(ask, `/catalogue/${name}`);
  }
  assertEquals((await ask("/catalogue/fact_nothing")).status, 404);
});

test("no page shows a personal value as an example", async (pipeline) => {
  await pipeline
    .sourceSql`UPDATE staff SET first_name = 'Perdita', email_address = 'p@example.com'`;
  await pipeline.sourceSql`UPDATE address SET phone = '0123 456789', city = 'Hollowford'`;
  await run(pipeline);
  const ask = await startCatalogue(pipeline.warehouse);
  const tables = catalogueOf(totesys).warehouse.map(({ name }) => `/catalogue/${name}`);
  for (const path of ["/catalogue?q=Perdita", ...tables]) {
    const page = (await html(ask, path)).replace(/value="Perdita"|“Perdita”|Perdita · /g, "");
    assert(!/Perdita|p@example|456789|Hollowford/.test(page), path);
  }
  assertStringIncludes(await html(ask, "/catalogue/dim_staff"), "personal");
  assertStringIncludes(await html(ask, "/catalogue/dim_location"), "country");
});

test("/catalogue/<fact>/<key> shows every version, what it changed, and the row as of a time", async (pipeline) => {
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 7, unit_price: "3.94" });
  await run(pipeline);
  const before = await versionOf(pipeline.sql, 7);
  await pipeline.sourceSql`UPDATE sales_order SET unit_price = 4.10 WHERE sales_order_id = 7`;
  await run(pipeline);
  const ask = await startCatalogue(pipeline.warehouse);
  const page = await html(ask, "/catalogue/fact_sales_order/7");
  assertMatch(textOf(page), /2 versions .* current unit_price 3\.94 became → 4\.10 /);
  assertMatch(page, /<mark>4\.10<span class="vh">, changed<\/span><\/mark>/);
  const asOf = (at: string) => html(ask, `/catalogue/fact_sales_order/7?at=${at}`).then(textOf);
  assertStringIncludes(await asOf(before), "version 1 of 2");
  assertStringIncludes(await asOf("2099-01-01T00:00"), "version 2 of 2");
  assertStringIncludes(await asOf("2020-01-01T00:00"), "had not seen the row yet");
  assertStringIncludes(await asOf("then"), "“then” is not a time");

  await pipeline.sourceSql`DELETE FROM sales_order WHERE sales_order_id = 7`;
  await run(pipeline);
  const deleted = textOf(await html(ask, "/catalogue/fact_sales_order/7"));
  assertMatch(deleted, /Deleted in the source; last valid until 20/);
  assertStringIncludes(await asOf("2099-01-01T00:00"), "the row was deleted in the source");
});

async function versionOf(sql: { unsafe: CallableFunction }, key: number): Promise<string> {
  const [{ at }] = await sql.unsafe(
    `SELECT to_char(valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
    FROM fact_sales_order WHERE sales_order_id = ${key}`,
  );
  return at;
}

test("a key that no row has, of any text, is not found; a form leads to the page of a key", async (pipeline) => {
  await run(pipeline);
  const ask = await startCatalogue(pipeline.warehouse);
  for (const key of ["99", "1;", "x", "9".repeat(30), "%27", "%00", "1%2F2"]) {
    assertEquals((await ask(`/catalogue/fact_sales_order/${key}`)).status, 404, key);
  }
  // A dimension has no history, and people are in dimensions.
  assertEquals((await ask("/catalogue/dim_staff/1")).status, 404);
  const { status, headers } = await ask("/catalogue/fact_sales_order?key=a%2Fb");
  assertEquals([status, headers.get("location")], [303, "/catalogue/fact_sales_order/a%2Fb"]);
});

Deno.test("the catalogue of an empty database has every page, without numbers", async () => {
  await using database = await testDatabase("warehouse");
  const ask = await startCatalogue(database.url);
  assertStringIncludes(textOf(await html(ask, "/catalogue")), "13 tables with 112 columns");
  const page = textOf(await html(ask, "/catalogue/fact_payment"));
  assertStringIncludes(page, "Rows – one row per payment");
  assertEquals((await ask("/catalogue/fact_payment/1")).status, 404);
});

Deno.test("the catalogue works for any model, and for tables without control tables", async () => {
  await using database = await testDatabase("warehouse");
  await database.sql.unsafe(AREAS.warehouse.flatMap((table) => createTable(table)).join(";"));
  await database.sql`INSERT INTO "Visit" VALUES (1, 5, 'a/b', NULL, 4711, '2026-11-30 09:00Z')`;
  const ask = await startCatalogue(database.url, AREAS);
  const page = textOf(await html(ask, "/catalogue/Visit"));
  assertStringIncludes(page, "Visit refers to 1 table");
  assertStringIncludes(page, "No description yet");
  await html(ask, `/catalogue/${encodeURIComponent('Area "51"')}`);
  const history = textOf(await html(ask, "/catalogue/Visit/5"));
  assertStringIncludes(history, "Unchanged since 2026-11-30 09:00:00 UTC");
  assertStringIncludes(history, "Personal columns are not shown: start, order");
  assert(!history.includes("4711"));
});

Deno.test("a warehouse that refuses to be read leaves the descriptions", async () => {
  const query = () => Promise.reject(new WarehouseError("permission denied for table run"));
  const ask = await startDashboard("everyone", {
    warehouse: { query, snapshot: query },
    parts: [["Catalogue", cataloguePages]],
  });
  for (const path of ["/catalogue", "/catalogue/fact_payment"]) {
    const page = textOf(await html(ask, path));
    assertStringIncludes(page, "cannot be read, so the numbers are missing: permission denied");
    assertStringIncludes(page, "one row per payment");
  }
});

Deno.test("what a person types is text on the page, and no page has an inline style or script", async () => {
  await using database = await testDatabase("warehouse");
  const ask = await startCatalogue(database.url);
  const hostile = encodeURIComponent(`"><script>alert(1)</script>`);
  for (const path of [`/catalogue?q=${hostile}`, "/catalogue/fact_sales_order"]) {
    const page = await html(ask, path);
    assert(!page.includes("<script>"), path);
    assertEquals(page.match(/ style="| on\w+="|<style/), null, path);
  }
});
