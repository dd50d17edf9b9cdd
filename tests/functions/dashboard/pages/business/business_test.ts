/** The business page as a browser and a spreadsheet get it, with the role of dashboards. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { makeRole } from "../../../../../deploy/roles.ts";
import { type Chart, CHARTS } from "../../../../../functions/dashboard/data/business/charts.ts";
import { maintainTotals } from "../../../../../functions/dashboard/data/business/maintain_totals.ts";
import { readBusiness } from "../../../../../functions/dashboard/data/business/read_business.ts";
import { openWarehouse } from "../../../../../functions/dashboard/data/warehouse.ts";
import { businessPages } from "../../../../../functions/dashboard/pages/business/business.tsx";
import { load } from "../../../../../sdk/load/load.ts";
import { connect } from "../../../../../sdk/postgres/connection.ts";
import { identifier } from "../../../../../sdk/postgres/sql.ts";
import { type Lake, test } from "../../../../load/lakes.ts";
import { put } from "../../../../load/star.ts";
import { propertyRuns } from "../../../../support/slow.ts";
import { type Asking, BROWSER, startDashboard } from "../../fake_dashboard.ts";
import {
  type Company,
  comparable,
  emptyCompany,
  Expected,
  loadCompany,
  NOW,
  order,
  smallCompany,
} from "../../data/business/company.ts";

const CHART_NAMES = Object.keys(CHARTS) as Chart[];

/** A company's warehouse with the roles of a deployment. */
interface Deployment extends AsyncDisposable {
  /** The lake, whose warehouse is that of the loader's role. */
  readonly lake: Lake;
  /** The warehouse's URL for the role of dashboards. */
  readonly url: string;
  readonly ask: Asking;
}

async function deploy(lake: Lake, company: Company): Promise<Deployment> {
  const [id] = crypto.randomUUID().split("-");
  const [loader, dashboard] = [`loader_${id}`, `dashboard_${id}`];
  await makeRole(lake.warehouse, { file: "warehouse_loader", role: loader }, "secret");
  const role = { file: "warehouse_dashboard", role: dashboard, loader } as const;
  await makeRole(lake.warehouse, role, "secret");
  const as = (username: string) => Object.assign(new URL(lake.warehouse), { username }).href;
  const own = { ...lake, warehouse: as(loader) };
  await loadCompany(own, company);
  const url = as(dashboard);
  const get = () => Promise.resolve(url);
  const ask = await startDashboard("everyone", {
    warehouse: openWarehouse({ get, renew: get }),
    now: () => NOW,
    parts: [["Business", businessPages]],
  });
  const drop = async () => {
    for (const name of [dashboard, loader].map((name) => identifier(name))) {
      await lake.sql.unsafe(`DROP OWNED BY ${name} CASCADE; DROP ROLE ${name}`);
    }
  };
  return { lake: own, url, ask, [Symbol.asyncDispose]: drop };
}

async function page(ask: Asking, path: string): Promise<string> {
  const answer = await ask(path, { headers: BROWSER });
  assertEquals(answer.status, 200, path);
  return await answer.text();
}

/** Returns what people read of a page. */
function textOf(html: string): string {
  return html.replace(/<[^>]+>/g, " ").replaceAll("&#39;", "'").replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&").replace(/[\s\u202f]+/g, " ");
}

/** Returns the links of a page to parts of it. */
function linksOf(html: string): string[] {
  const links = [...html.matchAll(/href="(\/business\/[^"]+)"/g)]
    .map(([, href]) => href.replaceAll("&amp;", "&"));
  return [...new Set(links)];
}

test("the page says what happened, of which commit, and compares with the period before", async (lake) => {
  await using deployed = await deploy(lake, smallCompany());
  const text = textOf(await page(deployed.ask, "/business"));
  assertStringIncludes(text, "23 Aug to 21 Nov 2026, compared with the 13 weeks before");
  assertMatch(text, /Revenue was £\d[^ ]+, ×\d/);
  assertMatch(text, /(Steel|Wooden) sold best: \d+ % of revenue/);
  assertMatch(text, /Money received (rose|fell|was)/);
  assertMatch(text, /From commit 1 of the database, taken at 2026-11-21 03:01:00 UTC/);
  assertMatch(text, /1 EUR = 0\.5 GBP \(published 2026-11-19\)/);
  assertStringIncludes(text, "Not on this map: Atlantis.");
  assertMatch(text, /\d of 2 members of staff reached their target/);
});

test("CSV has the chart's numbers with all their digits, and no formula", async (lake) => {
  await using deployed = await deploy(lake, smallCompany());
  const get = () => Promise.resolve(deployed.url);
  const warehouse = openWarehouse({ get, renew: get });
  const asked = { parameters: { period: "year" }, referenceCurrency: "GBP", now: NOW };
  const { rows } = (await readBusiness(warehouse, asked))!;
  for (const chart of CHART_NAMES) {
    const answer = await deployed.ask(`/business/${chart}.csv?period=year`);
    assertStringIncludes(answer.headers.get("content-disposition")!, `filename="${chart}.csv"`);
    const body = await answer.text();
    assert(!/[^\r]\n|\r[^\n]/.test(body), "lines end with CRLF");
    const parsed = parse(body, { columns: true });
    const plain = rows[chart].map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          value === null ? "" : String(value).replace(/^=/, "'="),
        ]),
      )
    );
    assertEquals(parsed, plain, chart);
  }
  const body = await (await deployed.ask("/business/counterparties.csv?period=year")).text();
  assertStringIncludes(body, `"'=HYPERLINK(""x""), ""quoted"""`);
});

test("SQL can be pasted into psql by the role of dashboards, and gives the chart's numbers", async (lake) => {
  const company = smallCompany();
  await using deployed = await deploy(lake, company);
  await maintainTotals(deployed.lake.warehouse);
  const query = "?period=year&department=Sales&country=Japan";
  await using connection = connect(deployed.url);
  const get = () => Promise.resolve(deployed.url);
  const { rows, filter } = (await readBusiness(openWarehouse({ get, renew: get }), {
    parameters: Object.fromEntries(new URLSearchParams(query)),
    referenceCurrency: "GBP",
    now: NOW,
  }))!;
  assertEquals(comparable(rows), comparable(new Expected(company, filter).charts()));
  for (const chart of CHART_NAMES) {
    const answer = await deployed.ask(`/business/${chart}.sql${query}`);
    const found = await connection.query((await answer.text()).trim().replace(/;$/, ""));
    assertEquals(comparable({ [chart]: found }), comparable({ [chart]: rows[chart] }), chart);
  }
});

test("every link of the page leads somewhere, and a bar to as many rows as it stands for", async (lake) => {
  const company = smallCompany();
  await using deployed = await deploy(lake, company);
  const { ask, url } = deployed;
  const html = await page(ask, "/business?period=year");
  const links = linksOf(html);
  assert(links.length > 60, `${links.length} links`);
  // Those of a chart are alike.
  for (const link of links.filter((_, place) => place % 7 === 0)) await page(ask, link);
  const get = () => Promise.resolve(url);
  const { rows } = (await readBusiness(openWarehouse({ get, renew: get }), {
    parameters: { period: "year" },
    referenceCurrency: "GBP",
    now: NOW,
  }))!;
  const rowsIn = async (query: string) =>
    Math.max(0, (await page(ask, `/business/rows?period=year&${query}`)).split("<tr").length - 2);
  const orders = (row: Readonly<Record<string, unknown>>) => Number(row.orders);
  for (const row of rows.designs) {
    assertEquals(await rowsIn(`of=sales&design=${row.name}`), orders(row));
  }
  for (const row of rows.counterparties) {
    assertEquals(await rowsIn(`of=sales&counterparty=${row.id}`), orders(row));
  }
  for (const row of rows.countries) {
    assertEquals(await rowsIn(`of=sales&country=${row.name}`), orders(row));
  }
  for (const row of rows.staff) {
    assertEquals(await rowsIn(`of=sales&staff=${row.id}`), orders(row));
    assertEquals(await rowsIn(`of=purchases&staff=${row.id}`), Number(row.purchases));
  }
  for (const row of rows.hours) {
    assertEquals(await rowsIn(`weekday=${row.weekday}&hour=${row.hour}`), orders(row));
  }
  for (const row of rows.unpaid) {
    assertEquals(await rowsIn(`of=payments&age=${row.age_class}`), Number(row.payments));
  }
});

test("rows have exact amounts, their rate with its date, a link to their history, and no one's address", async (lake) => {
  const company = emptyCompany();
  company.sales.set(7, order(7, { units_sold: 3, unit_price: "3.94", currency_id: 2 }));
  company.sales.set(8, order(8, { units_sold: 1, unit_price: "1.00", currency_id: 3 }));
  company.rates.set("2026-11-20", { GBP: "0.8", USD: "1.6" });
  await using deployed = await deploy(lake, company);
  const html = await page(deployed.ask, "/business/rows?of=sales");
  assertStringIncludes(html, `href="/catalogue/fact_sales_order/7"`);
  const text = textOf(html);
  assertStringIncludes(text, "3 3.94 11.82 USD 5.91 0.5 2026-11-20");
  const csv = await (await deployed.ask("/business/rows.csv?of=sales&design=Wooden")).text();
  assertStringIncludes(
    csv,
    "3,3.94,11.82,USD,5.9100000000000000000000,0.50000000000000000000,2026-11-20",
  );
  const sql = await (await deployed.ask("/business/rows.sql?of=sales")).text();
  await using connection = connect(deployed.url);
  const found = await connection.query(sql.trim().replace(/;$/, ""));
  assertEquals(found.map(({ id, amount }) => [id, amount]), [[8, "1.00"], [7, "11.82"]]);
  for (const secret of ["line 1", "phone", "postal"]) assert(!text.includes(secret), secret);
});

test("amounts without a rate are reported at their figures, and no change is claimed from them", async (lake) => {
  const company = smallCompany();
  company.rates.clear();
  company.rates.set("2026-08-01", { GBP: "0.8", USD: "1.6" });
  await using deployed = await deploy(lake, company);
  const text = textOf(await page(deployed.ask, "/business"));
  assertMatch(text, /Revenue was £\d\S+ GBP per week/);
  assertMatch(
    text,
    /Not included: \d+ orders of the 13 weeks before without an exchange rate to GBP\./,
  );
  assertMatch(text, /\d+ unpaid payments without an exchange rate to GBP/);
  assertMatch(text, /We are owed at least £/);
  assert(!/from £/.test(text));
  const today = textOf(
    await page(deployed.ask, "/business?period=custom&from=2026-06-01&to=2026-06-30"),
  );
  assertMatch(today, /Revenue was at least £/);
});

test("a warehouse without rates, targets or orders has a page that says so", async (lake) => {
  const company = { ...smallCompany(), rates: new Map(), targets: [] };
  await using deployed = await deploy(lake, company);
  const text = textOf(await page(deployed.ask, "/business?period=year"));
  assertStringIncludes(
    text,
    "The warehouse has no exchange rates: the figures include amounts in GBP only.",
  );
  assertStringIncludes(text, "There are no sales targets.");
  assertMatch(text, /(Ada|Ben|Cy) \w+ sold most: £/);
  const empty = textOf(
    await page(deployed.ask, "/business?period=custom&from=2020-01-01&to=2020-01-02"),
  );
  assertStringIncludes(empty, "No orders in this period");
  const filtered = textOf(
    await page(deployed.ask, "/business?period=custom&from=2020-01-01&to=2020-01-02&country=Japan"),
  );
  assertStringIncludes(filtered, "No orders match these filters");
});

test("a warehouse that stopped long ago leads to its last year", async (lake) => {
  const company = emptyCompany();
  company.sales.set(1, order(1, { created_date: "2024-02-29" }));
  await using deployed = await deploy(lake, company);
  const html = await page(deployed.ask, "/business");
  assertStringIncludes(textOf(html), "The last order is from 29 Feb 2024: show the year up to it");
  const [, link] = /href="(\/business\?period=custom[^"]+)"/.exec(html)!;
  assertStringIncludes(
    textOf(await page(deployed.ask, link.replaceAll("&amp;", "&"))),
    "Orders 1 ",
  );
});

test("a warehouse that was never loaded has a page, and no charts to download", async (lake) => {
  const get = () => Promise.resolve(lake.warehouse);
  const ask = await startDashboard("everyone", {
    warehouse: openWarehouse({ get, renew: get }),
    parts: [["Business", businessPages]],
  });
  for (const path of ["/business", "/business/rows"]) {
    assertStringIncludes(textOf(await page(ask, path)), "The warehouse has no orders yet");
  }
  assertEquals((await ask("/business/revenue.sql")).status, 404);
  assertEquals(await (await ask("/business/revenue.csv")).text(), "");
  assertEquals((await ask("/business/nothing.csv")).status, 404);
  assertEquals((await ask("/business/constructor.csv")).status, 404);
});

test("an earlier time shows what the warehouse knew then: versions, deleted orders, rates", async (lake) => {
  const then = smallCompany();
  await using deployed = await deploy(lake, then);
  const now = smallCompany();
  now.sales.delete(3);
  for (const id of [1, 2, 4]) now.sales.set(id, order(id, { units_sold: 1_000 }));
  now.sales.set(500, order(500));
  // Commits of the tests are a minute apart, from 03:01 on.
  await put(
    deployed.lake.processed,
    {
      fact_sales_order: [1, 2, 4, 500].map((id) => now.sales.get(id)!),
    },
    undefined,
    { deleted: { fact_sales_order: [3] } },
  );
  await load(deployed.lake);
  const get = () => Promise.resolve(deployed.url);
  const read = async (as_of?: string, query: Readonly<Record<string, string | undefined>> = {}) => {
    const parameters = { period: "year", as_of, ...query };
    const asked = { parameters, referenceCurrency: "GBP", now: NOW };
    return (await readBusiness(openWarehouse({ get, renew: get }), asked))!;
  };
  const at = "2026-11-21T03:01:59.999999Z";
  // The rates arrived one by one, a minute apart: only the first was there.
  const [first] = [...then.rates.keys()].sort();
  const known = { ...then, rates: new Map([[first, then.rates.get(first)!]]) };
  for (const hasTotals of [false, true]) {
    if (hasTotals) await maintainTotals(deployed.lake.warehouse);
    const current = await read();
    assertEquals(comparable(current.rows), comparable(new Expected(now, current.filter).charts()));
    for (const query of [{}, { currency: "USD" }, { department: "Sales" }, { country: "Japan" }]) {
      const { rows, filter, origin } = await read(at, query);
      assertEquals([filter.asOf, origin.hasTotals], [at, hasTotals]);
      assertEquals(comparable(rows), comparable(new Expected(known, filter).charts()));
    }
  }
  const past = await read(at);
  const text = textOf(await page(deployed.ask, `/business?period=year&as_of=${at}`));
  assertStringIncludes(text, "As of 2026-11-21 03:01:59.999999 UTC");
  for (const chart of CHART_NAMES) {
    const sql = await (await deployed.ask(`/business/${chart}.sql?period=year&as_of=${at}`)).text();
    await using connection = connect(deployed.url);
    const found = await connection.query(sql.trim().replace(/;$/, ""));
    assertEquals(comparable({ [chart]: found }), comparable({ [chart]: past.rows[chart] }), chart);
  }
  const rows = textOf(await page(deployed.ask, `/business/rows?period=year&as_of=${at}`));
  assert(/ 3 : history/.test(rows) && !/ 500 : history/.test(rows));
  const before = await read("2020-01-01T00:00:00Z");
  assertEquals(before.rows.revenue.every(({ orders }) => orders === "0"), true);
});

test("any query parameters get a page: the default, and a sentence about what was not accepted", async (lake) => {
  await using deployed = await deploy(lake, smallCompany());
  const { ask } = deployed;
  const hostile = `"><script>alert(1)</script>'; DROP TABLE fact_payment; --`;
  const names = ["period", "from", "to", "currency", "department", "country", "as_of", "of"];
  for (const name of names) {
    for (
      const path of ["/business", "/business/rows", "/business/staff.sql", "/business/staff.csv"]
    ) {
      const answer = await ask(`${path}?${new URLSearchParams({ [name]: hostile })}`, {
        headers: BROWSER,
      });
      const body = await answer.text();
      assertEquals(answer.status, 200, body);
      assert(!body.includes("<script>alert"), `${path} ${name}`);
      if (path !== "/business" || name === "from" || name === "to" || name === "of") continue;
      assertMatch(textOf(body), /There is no \w+ "|is not an instant such as/);
    }
  }
  const value = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("custom", "year", "2026-02-30", "2026-11-01", "9999-12-31", "0001-01-01", "-1"),
    fc.constantFrom(
      "2026-11-21T03:02:00Z",
      "2026-11-21T03:02:00+14:00",
      "2026-11-21T25:00",
      "\0",
      "%00",
    ),
  );
  const more = [...names, "staff", "counterparty", "weekday", "hour", "age", "design", "__proto__"];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        "/business",
        "/business/rows",
        "/business/revenue.csv",
        "/business/unpaid.sql",
      ),
      fc.array(fc.tuple(fc.constantFrom(...more), value), { maxLength: 6 }),
      async (path, parameters) => {
        const query = new URLSearchParams(parameters.map(([name, value]) => [name, value]));
        const answer = await ask(`${path}?${query}`, { headers: BROWSER });
        assertEquals([answer.status, await answer.text().then(() => true)], [200, true]);
      },
    ),
    { numRuns: propertyRuns({ quick: 20, all: 150 }) },
  );
});
