import { assert, assertEquals } from "@std/assert";
import { totesys } from "../../schemas/mod.ts";
import { catalogueOf } from "../../sdk/derive/catalogue.ts";
import {
  commonColumns,
  sourceDiagram,
  starDiagram,
  starOf,
  warehouseDiagram,
} from "../../sdk/derive/diagrams.ts";
import { AREAS } from "./areas.ts";

const lines = (diagram: string) => diagram.split("\n").filter((line) => line.includes("o{"));

Deno.test("starDiagram() draws one line for foreign keys between the same two tables", () => {
  assertEquals(lines(starDiagram("Visit", catalogueOf(AREAS))), [
    '  "Area #34;51#34;" ||--o{ "Visit" : "start"',
    '  "Area #34;51#34;" |o--o{ "Visit" : "end"',
  ]);
});

Deno.test("starDiagram() has a fact with every column, and the tables that it refers to", () => {
  const catalogue = catalogueOf(totesys);
  const diagram = starDiagram("fact_payment", catalogue);
  assert(diagram.includes('  "fact_payment" {\n    bigint payment_record_id PK\n'));
  assert(diagram.includes("    integer currency_id FK\n"));
  const names = starOf("fact_payment", catalogue).map(({ name }) => name);
  assertEquals(names, [
    "dim_date",
    "dim_currency",
    "dim_payment_type",
    "dim_counterparty",
    "dim_transaction",
    "fact_payment",
  ]);
});

Deno.test("warehouseDiagram() shows every table with its primary key only", () => {
  const diagram = warehouseDiagram(catalogueOf(totesys));
  assert(diagram.includes('  "dim_staff" {\n    integer staff_id PK\n  }'));
  assert(!diagram.includes("first_name"));
});

Deno.test("sourceDiagram() leaves out the columns that every table has", () => {
  const tables = catalogueOf(totesys).source.filter(({ source }) => source === "database");
  assertEquals(commonColumns(tables), ["created_at", "last_updated"]);
  assert(!sourceDiagram(tables).includes("created_at"));
});
