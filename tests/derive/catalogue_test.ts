import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Model, totesys } from "../../schemas/mod.ts";
import { catalogueOf, type CatalogueTable } from "../../sdk/derive/catalogue.ts";
import { convertedViews } from "../../sdk/derive/converted_views.ts";
import { createTable } from "../../sdk/derive/ddl.ts";
import { describeOrigin } from "../../sdk/derive/describe_origin.ts";
import { everyTable } from "../../sdk/derive/source_model.ts";
import { withRowFunction } from "../support/models.ts";
import { testDatabase } from "../support/postgres.ts";
import { AREAS } from "./areas.ts";

function tableOf(name: string, model: Model = totesys): CatalogueTable {
  return catalogueOf(model).warehouse.find((table) => table.name === name)!;
}

function columnOf(table: string, name: string, model: Model = totesys) {
  return tableOf(table, model).columns.find((column) => column.name === name)!;
}

Deno.test("catalogueOf() describes a table: kind, source, meaning, grain, key and origin", () => {
  const { columns: _, referred_by, relations, queries: __, ...table } = tableOf("dim_staff");
  assertEquals(table, {
    name: "dim_staff",
    kind: "dimension",
    source: "database",
    meaning: "Members of staff with their department",
    grain: "one row per member of staff",
    key: "staff_id",
    from: ["staff", "department"],
  });
  assertEquals(relations, []);
  assertEquals(referred_by, [
    { table: "fact_sales_order", column: "sales_staff_id" },
    { table: "fact_purchase_orders", column: "staff_id" },
    { table: "fact_sales_target", column: "sales_staff_id" },
  ]);
  assertEquals(tableOf("fact_exchange_rate").source, "rates");
  assertEquals(tableOf("dim_date").source, "database");
});

Deno.test("catalogueOf() derives a grain from the name of the key, or of the table", () => {
  assertEquals(tableOf("fact_purchase_orders").grain, "one row per purchase order");
  assertEquals(tableOf("Visit", AREAS).grain, "one row per Visit");
});

Deno.test("a copied column has the meaning of its source column, and another one its own", () => {
  assertEquals(columnOf("dim_staff", "department_name").meaning, "Name of the department");
  assertEquals(
    columnOf("fact_payment", "payment_date").meaning,
    "Day the payment was made, or is due",
  );
  assertEquals(
    columnOf("fact_payment", "created_date").meaning,
    "Day the payment was recorded (UTC)",
  );
  assertEquals(columnOf('Area "51"', "Code", AREAS).meaning, "Code of the area");
  // What a function or a part makes of a value does not mean what the value means.
  const { meaning: _, ...unnamed } = totesys.warehouse[1].columns.currency_name;
  const [date, currency, ...others] = totesys.warehouse;
  const model = {
    ...totesys,
    warehouse: [
      date,
      { ...currency, columns: { ...currency.columns, currency_name: unnamed } },
      ...others,
    ],
  } as Model;
  assertEquals(columnOf("dim_currency", "currency_name", model).meaning, undefined);
});

Deno.test("a warehouse column is personal if a source column it is made of is", () => {
  const personal = (table: string, model?: Model) =>
    tableOf(table, model).columns.filter((column) => column.personal).map(({ name }) => name);
  assertEquals(personal("dim_staff"), ["first_name", "last_name", "email_address"]);
  assert(personal("dim_counterparty").includes("counterparty_legal_phone_number"));
  assert(!personal("dim_location").includes("country"));
  assertEquals(personal("Visit", AREAS), ["start", "order"]);
  // A row function can put any value into any column.
  const row = withRowFunction(totesys, "dim_staff", { version: 1, make: (row) => row });
  assert(personal("dim_staff", row).includes("staff_id"));
});

Deno.test("a calendar is made of the dates in the facts of every source", () => {
  const { lineage } = columnOf("dim_date", "date_id");
  for (const date of ["payment.created_at", "exchange_rate.rate_date", "sales_target.month"]) {
    assert(lineage!.columns.includes(date), date);
  }
  assertEquals(columnOf("dim_date", "year").lineage!.columns, ["dim_date.date_id"]);
});

Deno.test("describeOrigin() says what a column is made of", () => {
  const origin = (table: string, column: string, model?: Model) =>
    describeOrigin(columnOf(table, column, model), tableOf(table, model), (name) => `<${name}>`);
  assertEquals(origin("fact_payment", "created_date"), "<date> of <payment.created_at>");
  assertEquals(
    origin("dim_staff", "location"),
    "<department.location> over <staff.department_id>",
  );
  assertEquals(
    origin("dim_currency", "currency_name"),
    "<isoCurrencyName>, version 1, of <currency.currency_code>",
  );
  assertEquals(origin("dim_date", "date_id"), "the dates in facts");
  assertEquals(origin("dim_date", "year"), "<year> of <dim_date.date_id>");
  assertEquals(origin("fact_exchange_rate", "rate"), "the row function, version 1");
  assertEquals(origin("fact_payment", "valid_from"), "");
});

Deno.test("a fact's history and views belong to it, with their own columns", () => {
  const relations = (name: string) =>
    tableOf(name).relations.map(({ name, kind, columns }) => [
      name,
      kind,
      columns.map(({ name }) => name).join(),
    ]);
  assertEquals(relations("fact_payment"), [
    ["fact_payment_history", "table", "valid_to"],
    ["fact_payment_versions", "view", "valid_to"],
    [
      "fact_payment_converted",
      "view",
      "reference_currency,rate,rate_date,payment_amount_converted",
    ],
  ]);
  assertEquals(relations("fact_exchange_rate").at(-1), [
    "exchange_rate_on",
    "view",
    "date_id,currency,reference_currency,rate,rate_date",
  ]);
});

Deno.test("every relation has the columns that the catalogue says", async () => {
  await using database = await testDatabase("warehouse");
  await createTables(totesys, database.sql);
  const found = await database.sql<{ name: string; column: string }[]>`
    SELECT attrelid::regclass::text AS name,
      attname || ' ' || replace(format_type(atttypid, atttypmod), ' without time zone', '') AS column
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND attnum > 0
    ORDER BY 1, attnum`;
  const stored = Map.groupBy(found, ({ name }) => name);
  const written = ({ name, type }: { name: string; type: string }) =>
    `${name} ${type === "timestamptz" ? "timestamp with time zone" : type}`;
  for (const table of catalogueOf(totesys).warehouse) {
    const columns = table.columns.map(written);
    const columnsOf = (name: string) => stored.get(name)!.map(({ column }) => column);
    assertEquals(columnsOf(table.name), columns);
    for (const { name, extends: hasAll, columns: own } of table.relations) {
      const expected = [...hasAll ? columns : [], ...own.map(written)];
      assertEquals(columnsOf(name), expected, name);
    }
  }
});

Deno.test("every example query runs, on an empty warehouse and with names that need quotes", async () => {
  for (const model of [totesys, AREAS]) {
    await using database = await testDatabase("warehouse");
    await createTables(model, database.sql);
    for (const { name, queries } of catalogueOf(model).warehouse) {
      for (const { title, sql } of queries) {
        await database.sql.unsafe(sql).catch((error) => {
          throw new Error(`${name}: ${title}: ${error.message}\n${sql}`);
        });
      }
    }
  }
  const titles = tableOf("fact_sales_order").queries.map(({ title }) => title);
  assertEquals(titles, [
    "Every version of one row",
    "The rows as they were a week ago",
    "Rows and units_sold per month of created_date",
    "Amounts in the reference currency",
  ]);
});

Deno.test("an example query groups by no personal column", () => {
  assertStringIncludes(tableOf("dim_staff").queries[0].sql, "d.department_name");
  assertStringIncludes(tableOf("dim_location").queries[0].sql, "d.country");
});

// deno-lint-ignore no-explicit-any
async function createTables(model: Model, sql: { unsafe(text: string): PromiseLike<any> }) {
  const all = everyTable(model);
  const statements = [
    ...all.flatMap(createTable),
    ...convertedViews(all).map(({ create }) => create),
  ];
  await sql.unsafe(statements.join(";\n"));
}
