import { assertEquals } from "@std/assert";
import { searchCatalogue } from "../../../../../functions/dashboard/pages/catalogue/search.ts";
import { totesys } from "../../../../../schemas/mod.ts";
import { catalogueOf } from "../../../../../sdk/derive/catalogue.ts";

const search = (question: string) =>
  searchCatalogue(question, catalogueOf(totesys)).map(({ table, columns }) =>
    [table.name, ...columns.map(({ name }) => name)].join(" ")
  );

Deno.test("searchCatalogue() finds columns by name, meaning and origin, in any case", () => {
  assertEquals(search("E-MAIL"), ["dim_staff email_address", "staff email_address"]);
  assertEquals(search("payment_amount"), ["fact_payment payment_amount", "payment payment_amount"]);
  // The name in the source differs from that in the warehouse.
  assertEquals(
    search("sales_order.staff_id").slice(0, 1),
    ["fact_sales_order sales_staff_id"],
  );
});

Deno.test("searchCatalogue() needs every word in the same column, or in the table", () => {
  assertEquals(search("day delivery agreed").slice(0, 2), [
    "fact_sales_order agreed_delivery_date",
    "fact_purchase_orders agreed_delivery_date",
  ]);
  assertEquals(search("bag designs"), ["dim_design", "design"]);
  assertEquals(search("day zebra"), []);
});

Deno.test("searchCatalogue() returns every table without a question", () => {
  assertEquals(search("  ").length, 26);
});
