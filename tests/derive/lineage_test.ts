import { assertEquals } from "@std/assert";
import { dimCurrency, dimDate, dimStaff, factPayment, totesys } from "../../schemas/mod.ts";
import { lineageOf } from "../../sdk/derive/lineage.ts";
import { shops, shopsBy } from "../support/chain.ts";

Deno.test("lineageOf() names the source column of each column, and the joins to it", () => {
  const { first_name, department_name } = lineageOf(dimStaff, totesys);
  assertEquals(first_name, { columns: ["staff.first_name"], joins: [] });
  assertEquals(department_name, {
    columns: ["department.department_name"],
    joins: ["staff.department_id"],
  });
  const [, dimShop] = shops.warehouse;
  assertEquals(lineageOf(dimShop, shops).depot_region, {
    columns: ["region.name"],
    joins: ["shop.depot_id", "city.region_id"],
  });
});

Deno.test("lineageOf() names parts, and functions with their versions", () => {
  assertEquals(lineageOf(factPayment, totesys).created_time, {
    columns: ["payment.created_at"],
    joins: [],
    part: "time",
  });
  assertEquals(lineageOf(dimCurrency, totesys).currency_name, {
    columns: ["currency.currency_code"],
    joins: [],
    by: { name: "isoCurrencyName", version: 1 },
  });
});

Deno.test("lineageOf() makes a calendar from the dates of all facts", () => {
  const { date_id, quarter } = lineageOf(dimDate, totesys);
  assertEquals(date_id.columns, [
    "sales_order.created_at",
    "sales_order.last_updated",
    "sales_order.agreed_payment_date",
    "sales_order.agreed_delivery_date",
    "purchase_order.created_at",
    "purchase_order.last_updated",
    "purchase_order.agreed_delivery_date",
    "purchase_order.agreed_payment_date",
    "payment.created_at",
    "payment.last_updated",
    "payment.payment_date",
  ]);
  assertEquals(quarter, { ...date_id, part: "quarter" });
});

Deno.test("lineageOf() a table with a row function is every column of its rows", () => {
  const model = shopsBy({ version: 3, make: () => null });
  assertEquals(lineageOf(model.warehouse[0], model).label, {
    columns: [
      ...["shop.id", "shop.name", "shop.city_id", "shop.depot_id"],
      ...["city.id", "city.name", "city.region_id", "region.id", "region.name"],
    ],
    joins: ["shop.city_id", "city.region_id"],
    by: { name: "row", version: 3 },
  });
});
