import { assert, assertEquals } from "@std/assert";
import {
  parameterized,
  withLiterals,
} from "../../../../../functions/dashboard/data/business/bind.ts";
import { type Chart, CHARTS } from "../../../../../functions/dashboard/data/business/charts.ts";
import { maintainTotals } from "../../../../../functions/dashboard/data/business/maintain_totals.ts";
import {
  type Business,
  readBusiness,
} from "../../../../../functions/dashboard/data/business/read_business.ts";
import { openWarehouse } from "../../../../../functions/dashboard/data/warehouse.ts";
import { type Lake, test } from "../../../../load/lakes.ts";
import {
  comparable,
  daysAgo,
  emptyCompany,
  Expected,
  loadCompany,
  NOW,
  smallCompany,
} from "./company.ts";

/** Every kind of period, and every combination of filters. */
const QUERIES: readonly Readonly<Record<string, string>>[] = [
  ...["today", "7d", "month", "quarter", "year"].map((period) => ({ period })),
  { period: "custom", from: daysAgo(99), to: daysAgo(5) },
  { period: "custom", from: daysAgo(1_190), to: daysAgo(5) },
  ...["USD", "EUR"].map((currency) => ({ period: "year", currency })),
  { period: "year", department: "Sales" },
  { period: "year", country: "Japan" },
  { period: "year", department: "Dispatch", country: "Japan" },
  { period: "year", currency: "GBP", country: "Turkey" },
  { period: "month", currency: "USD", department: "Sales", country: "Japan" },
];

async function read(
  { warehouse: url }: Pick<Lake, "warehouse">,
  parameters: Readonly<Record<string, string>>,
  referenceCurrency = "GBP",
): Promise<Business> {
  const get = () => Promise.resolve(url);
  const warehouse = openWarehouse({ get, renew: get });
  return (await readBusiness(warehouse, { parameters, referenceCurrency, now: NOW }))!;
}

test("every chart shows what its orders add up to, in every filter, with and without daily totals", async (lake) => {
  const company = smallCompany();
  await loadCompany(lake, company);
  for (const fast of [false, true]) {
    if (fast) assertEquals(await maintainTotals(lake.warehouse), "filled");
    for (const query of QUERIES) {
      const { rows, filter, origin, notes } = await read(lake, query);
      assertEquals([notes, origin.hasTotals], [[], fast]);
      const expected = new Expected(company, filter).charts();
      assertEquals(comparable(rows), comparable(expected), `${JSON.stringify(query)} ${fast}`);
    }
  }
});

test("a chart's SQL, as people paste it, gives the chart's numbers", async (lake) => {
  await loadCompany(lake, smallCompany());
  await maintainTotals(lake.warehouse);
  for (const query of QUERIES) {
    const { rows, filter, origin } = await read(lake, query);
    for (const chart of Object.keys(CHARTS) as Chart[]) {
      const context = { filter, origin: { ...origin, hasTotals: false, rates: null } };
      const pasted = withLiterals((bind) => CHARTS[chart]({ ...context, bind }));
      const sent = parameterized((bind) => CHARTS[chart]({ ...context, bind }));
      const byHand = await lake.sql.unsafe(pasted);
      const byProgram = await lake.sql.unsafe(sent.text, sent.values as string[]);
      const plain = (found: readonly Record<string, unknown>[]) => comparable({ [chart]: found });
      assertEquals(plain(byHand), plain(rows[chart]), pasted);
      assertEquals(plain(byProgram), plain(rows[chart]));
    }
  }
});

test("amounts without a rate are counted, not dropped in silence", async (lake) => {
  const company = { ...smallCompany(), rates: new Map(), targets: [] };
  await loadCompany(lake, company);
  for (const fast of [false, true]) {
    if (fast) await maintainTotals(lake.warehouse);
    const { rows, filter, origin } = await read(lake, { period: "year" });
    assertEquals([origin.hasRates, origin.hasTargets], [false, false]);
    assertEquals(comparable(rows), comparable(new Expected(company, filter).charts()));
    assert(rows.revenue.some(({ without_rate }) => Number(without_rate) > 0));
    assertEquals(rows.rates.map(({ currency, rate }) => [currency, rate]), [["EUR", null], [
      "USD",
      null,
    ]]);
  }
});

test("another reference currency converts every amount to it", async (lake) => {
  const company = smallCompany();
  await loadCompany({ ...lake, referenceCurrency: "EUR" } as Lake, company);
  await maintainTotals(lake.warehouse);
  const { rows, filter } = await read(lake, { period: "year" }, "EUR");
  assertEquals(comparable(rows), comparable(new Expected(company, filter, "EUR").charts()));
});

test("a warehouse without orders has charts without orders", async (lake) => {
  const company = emptyCompany();
  await loadCompany(lake, company);
  const { rows, filter, lastDay } = await read(lake, {});
  assertEquals(comparable(rows), comparable(new Expected(company, filter).charts()));
  assertEquals(lastDay, null);
});

test("a warehouse that was never loaded has no page", async (lake) => {
  const get = () => Promise.resolve(lake.warehouse);
  const asked = { parameters: {}, referenceCurrency: "GBP", now: NOW };
  assertEquals(await readBusiness(openWarehouse({ get, renew: get }), asked), null);
});
