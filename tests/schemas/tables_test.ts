import { assert, assertEquals } from "@std/assert";
import type { ColumnSpec } from "../../schemas/columns.ts";
import {
  sourceTables,
  type TableSpec,
  totesys,
  warehouseTables,
  type WarehouseTableSpec,
} from "../../schemas/mod.ts";
import * as schemas from "../../schemas/mod.ts";
import { checkModel } from "../../sdk/derive/check_model.ts";
import { tableJoins } from "../../sdk/derive/resolve_columns.ts";

// Copied from the ERD, not from the specs: `name type[?][ → references]`, in the ERD's terms.
const SOURCE: Record<string, string> = {
  address:
    "address_id int, address_line_1 text, address_line_2 text?, district text?, city text, " +
    "postal_code text, country text, phone text, created_at timestamp, last_updated timestamp",
  counterparty:
    "counterparty_id int, counterparty_legal_name text, legal_address_id int → address, " +
    "commercial_contact text?, delivery_contact text?, created_at timestamp, " +
    "last_updated timestamp",
  currency: "currency_id int, currency_code varchar(3), created_at timestamp, " +
    "last_updated timestamp",
  department: "department_id int, department_name text, location text?, manager text?, " +
    "created_at timestamp, last_updated timestamp",
  design: "design_id int, design_name text, file_location text, file_name text, " +
    "created_at timestamp, last_updated timestamp",
  staff: "staff_id int, first_name text, last_name text, department_id int → department, " +
    "email_address text, created_at timestamp, last_updated timestamp",
  sales_order: "sales_order_id int, design_id int → design, staff_id int → staff, " +
    "counterparty_id int → counterparty, units_sold int, unit_price numeric, " +
    "currency_id int → currency, agreed_delivery_date YYYY-MM-DD, " +
    "agreed_payment_date YYYY-MM-DD, agreed_delivery_location_id int → address, " +
    "created_at timestamp, last_updated timestamp",
  purchase_order: "purchase_order_id int, staff_id int → staff, " +
    "counterparty_id int → counterparty, item_code text, item_quantity int, " +
    "item_unit_price numeric, currency_id int → currency, agreed_delivery_date YYYY-MM-DD, " +
    "agreed_payment_date YYYY-MM-DD, agreed_delivery_location_id int → address, " +
    "created_at timestamp, last_updated timestamp",
  payment_type: "payment_type_id int, payment_type_name text, created_at timestamp, " +
    "last_updated timestamp",
  transaction: "transaction_id int, transaction_type text, sales_order_id int? → sales_order, " +
    "purchase_order_id int? → purchase_order, created_at timestamp, last_updated timestamp",
  payment: "payment_id int, transaction_id int → transaction, " +
    "counterparty_id int → counterparty, payment_amount numeric, currency_id int → currency, " +
    "payment_type_id int → payment_type, paid boolean, payment_date YYYY-MM-DD, " +
    "company_ac_number int, counterparty_ac_number int, created_at timestamp, " +
    "last_updated timestamp",
};

const AUDIT = "created_date date → dim_date, created_time time, " +
  "last_updated_date date → dim_date, last_updated_time time";
const WAREHOUSE: Record<string, string> = {
  dim_date: "date_id date, year int, month int, day int, day_of_week int, day_name text, " +
    "month_name text, quarter int",
  dim_staff: "staff_id int, first_name text, last_name text, department_name text, " +
    "location text?, email_address text",
  dim_location: "location_id int, address_line_1 text, address_line_2 text?, district text?, " +
    "city text, postal_code text, country text, phone text",
  dim_currency: "currency_id int, currency_code text, currency_name text",
  dim_design: "design_id int, design_name text, file_location text, file_name text",
  dim_counterparty: "counterparty_id int, counterparty_legal_name text, " +
    "counterparty_legal_address_line_1 text, counterparty_legal_address_line_2 text?, " +
    "counterparty_legal_district text?, counterparty_legal_city text, " +
    "counterparty_legal_postal_code text, counterparty_legal_country text, " +
    "counterparty_legal_phone_number text",
  dim_transaction: "transaction_id int, transaction_type text, sales_order_id int?, " +
    "purchase_order_id int?",
  dim_payment_type: "payment_type_id int, payment_type_name text",
  fact_sales_order: `sales_order_id int, ${AUDIT}, sales_staff_id int → dim_staff, ` +
    "counterparty_id int → dim_counterparty, units_sold int, unit_price numeric(10,2), " +
    "currency_id int → dim_currency, design_id int → dim_design, " +
    "agreed_payment_date date → dim_date, agreed_delivery_date date → dim_date, " +
    "agreed_delivery_location_id int → dim_location",
  fact_purchase_orders: `purchase_order_id int, ${AUDIT}, staff_id int → dim_staff, ` +
    "counterparty_id int → dim_counterparty, item_code text, item_quantity int, " +
    "item_unit_price numeric, currency_id int → dim_currency, " +
    "agreed_delivery_date date → dim_date, agreed_payment_date date → dim_date, " +
    "agreed_delivery_location_id int → dim_location",
  fact_payment: `payment_id int, ${AUDIT}, transaction_id int → dim_transaction, ` +
    "counterparty_id int → dim_counterparty, payment_amount numeric, " +
    "currency_id int → dim_currency, payment_type_id int → dim_payment_type, paid boolean, " +
    "payment_date date → dim_date",
};
const KEYS: Record<string, string> = {
  dim_date: "date_id",
  dim_location: "location_id",
  fact_sales_order: "sales_order_id",
  fact_purchase_orders: "purchase_order_id",
  fact_payment: "payment_id",
};
const SURROGATES: Record<string, string> = {
  fact_sales_order: "sales_record_id",
  fact_purchase_orders: "purchase_record_id",
  fact_payment: "payment_record_id",
};

/** Returns a column in that notation. */
function word(name: string, column: ColumnSpec): string {
  const references = column.references === undefined ? "" : ` → ${column.references}`;
  return `${name} ${typeWord(column)}${column.nullable ? "?" : ""}${references}`;
}

function typeWord(column: ColumnSpec): string {
  if (column.type === "integer") return "int";
  if (column.type === "text" && column.format === "date") return "YYYY-MM-DD";
  if (column.type === "text" && column.maxLength) return `varchar(${column.maxLength})`;
  if (column.type === "numeric" && column.precision) {
    return `numeric(${column.precision},${column.scale})`;
  }
  return column.type;
}

function words({ columns }: TableSpec): string[] {
  return Object.entries(columns).map(([name, column]) => word(name, column)).sort();
}

const asWritten = (columns: string) => columns.split(/, (?!\d)/).sort();

Deno.test("the source has the eleven tables of the ERD, column by column", () => {
  assertEquals(sourceTables.map(({ name }) => name).sort(), Object.keys(SOURCE).sort());
  for (const table of sourceTables) assertEquals(words(table), asWritten(SOURCE[table.name]));
});

Deno.test("the warehouse has the eleven tables of the ERD, column by column", () => {
  assertEquals(warehouseTables.map(({ name }) => name).sort(), Object.keys(WAREHOUSE).sort());
  for (const table of warehouseTables) {
    assertEquals(words(table), asWritten(WAREHOUSE[table.name]));
  }
});

Deno.test("the columns of warehouse tables are in the order of the ERD", () => {
  for (const table of warehouseTables) {
    const written = WAREHOUSE[table.name].split(/, (?!\d)/).map((text) => text.split(" ")[0]);
    assertEquals(Object.keys(table.columns), written, table.name);
  }
});

Deno.test("keys and surrogate keys are those of the ERD", () => {
  for (const table of sourceTables) assertEquals<string>(table.key, `${table.name}_id`);
  for (const table of warehouseTables as readonly WarehouseTableSpec[]) {
    assertEquals(table.key, KEYS[table.name] ?? table.name.replace("dim_", "") + "_id");
    assertEquals(
      table.kind === "fact" ? table.surrogate : undefined,
      SURROGATES[table.name],
    );
  }
});

Deno.test("every key is a column that is never NULL, and no surrogate is a column", () => {
  for (const table of [...totesys.source, ...totesys.warehouse]) {
    const key = table.columns[table.key];
    assert(key && !key.nullable, table.name);
  }
  for (const table of totesys.warehouse) {
    if (table.kind === "fact") assert(!(table.surrogate in table.columns), table.name);
  }
});

Deno.test("every reference names an earlier table of the same end, and holds its key's type", () => {
  for (const tables of [totesys.source, totesys.warehouse]) {
    tables.forEach((table: TableSpec, place) => {
      for (const [name, column] of Object.entries(table.columns)) {
        if (column.references === undefined) continue;
        const parent = tables.slice(0, place).find((other) => other.name === column.references);
        assert(parent, `${table.name}.${name} → ${column.references}`);
        assertEquals(column.type, parent.columns[parent.key].type, `${table.name}.${name}`);
      }
    });
  }
});

Deno.test("every warehouse table but the calendar comes from a source table that exists", () => {
  for (const table of totesys.warehouse) {
    if (table.kind === "calendar") continue;
    assert(totesys.source.some(({ name }) => name === table.from), table.name);
  }
});

Deno.test("every join uses a column that references the joined table", () => {
  for (const table of totesys.warehouse) {
    if (table.kind === "calendar") continue;
    for (const { child, column, parent } of tableJoins(table, totesys)) {
      assertEquals(child.columns[column].references, parent.name, `${table.name}.${column}`);
    }
  }
});

Deno.test("dimensions come before facts, and there is one calendar", () => {
  const kinds = totesys.warehouse.map(({ kind }) => kind === "fact");
  assertEquals(kinds, [...kinds].sort());
  assertEquals(totesys.warehouse.filter(({ kind }) => kind === "calendar").length, 1);
});

Deno.test("every column of the warehouse has an origin that exists", () => checkModel(totesys));

Deno.test("every spec is exported, so that a notebook can import it by name", () => {
  const exported = new Set<unknown>(Object.values(schemas));
  for (const table of [...sourceTables, ...warehouseTables]) {
    assert(exported.has(table), table.name);
  }
});
