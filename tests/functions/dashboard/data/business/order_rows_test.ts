import { assertEquals } from "@std/assert";
import type { Parameters } from "../../../../../functions/dashboard/data/business/filter.ts";
import { readOrderRows } from "../../../../../functions/dashboard/data/business/order_rows.ts";
import { openWarehouse } from "../../../../../functions/dashboard/data/warehouse.ts";
import { test } from "../../../../load/lakes.ts";
import { daysAgo, loadCompany, NOW, smallCompany } from "./company.ts";

const PERIODS: readonly Parameters[] = [
  {},
  { period: "custom", from: daysAgo(99), to: daysAgo(5) },
  { period: "year", currency: "USD", department: "Sales", country: "Japan" },
  { period: "year", as_of: `${daysAgo(5)}T00:00:00Z` },
];

const SELECTIONS: readonly Parameters[] = [
  { of: "sales" },
  { of: "sales", design: "O'Hara \\ tote", counterparty: "1", staff: "1", weekday: "1", hour: "9" },
  { of: "purchases", staff: "1" },
  { of: "payments" },
  { of: "payments", age: "0" },
];

test("the rows of every selection can be read, also of a period that ended before today", async (lake) => {
  await loadCompany(lake, smallCompany());
  const get = () => Promise.resolve(lake.warehouse);
  const warehouse = openWarehouse({ get, renew: get });
  for (const period of PERIODS) {
    for (const selection of SELECTIONS) {
      const parameters = { ...period, ...selection };
      const found = await readOrderRows(warehouse, {
        parameters,
        referenceCurrency: "GBP",
        now: NOW,
      });
      assertEquals([found!.notes, found!.selection.kind], [[], selection.of as "sales"]);
    }
  }
});
