import { assert, assertEquals } from "@std/assert";
import {
  layStar,
  starOfTable,
} from "../../../../../functions/dashboard/pages/catalogue/star_layout.ts";
import { type Model, totesys } from "../../../../../schemas/mod.ts";
import { catalogueOf } from "../../../../../sdk/derive/catalogue.ts";
import { AREAS } from "../../../../derive/areas.ts";

const models: readonly Model[] = [totesys, AREAS];

Deno.test("layStar() keeps every box in the picture, and none over another", () => {
  for (const model of models) {
    const catalogue = catalogueOf(model);
    for (const table of catalogue.warehouse) {
      const { width, height, middle, others } = layStar(starOfTable(table, catalogue));
      const boxes = [middle, ...others];
      for (const [place, box] of boxes.entries()) {
        assert(box.x >= 0 && box.x + box.width <= width, `${table.name}: x`);
        assert(box.y >= 0 && box.y + box.height <= height, `${table.name}: y`);
        for (const other of boxes.slice(place + 1)) {
          const isApart = box.x + box.width < other.x || other.x + other.width < box.x ||
            box.y + box.height < other.y || other.y + other.height < box.y;
          assert(isApart, `${table.name}: boxes overlap`);
        }
      }
    }
  }
});

Deno.test("starOfTable() has the tables that a fact refers to, by the columns that do", () => {
  const catalogue = catalogueOf(totesys);
  const fact = catalogue.warehouse.find(({ name }) => name === "fact_payment")!;
  const { rows, links } = starOfTable(fact, catalogue);
  assertEquals(
    links.map(({ table, row }) => `${rows[row]} → ${table}`),
    [
      "created_date → dim_date",
      "last_updated_date → dim_date",
      "transaction_id → dim_transaction",
      "counterparty_id → dim_counterparty",
      "currency_id → dim_currency",
      "payment_type_id → dim_payment_type",
      "payment_date → dim_date",
    ],
  );
});

Deno.test("starOfTable() has the facts that refer to a dimension, with their columns", () => {
  const catalogue = catalogueOf(totesys);
  const staff = catalogue.warehouse.find(({ name }) => name === "dim_staff")!;
  const { others, links } = starOfTable(staff, catalogue);
  assertEquals(others, [
    { table: "fact_sales_order", note: "sales_staff_id" },
    { table: "fact_purchase_orders", note: "staff_id" },
    { table: "fact_sales_target", note: "sales_staff_id" },
  ]);
  assert(links.every(({ isOwn }) => !isOwn));
});
