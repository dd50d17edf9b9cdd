/**
 * What the compiler must derive from a table's spec. These tests fail by not compiling: `deno task
 * check` and `deno test` both check types.
 */
import { assert } from "@std/assert";
import type { BigintColumn, Value, ValueOf } from "../../schemas/columns.ts";
import type {
  DimDate,
  DimTransaction,
  FactPayment,
  FactSalesOrder,
  Payment,
  Row,
  SalesOrder,
  SourceTable,
  TableSpec,
  Transaction,
  WarehouseTable,
} from "../../schemas/mod.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** Accepts only `true`: a wrong type does not compile. */
function holds<T extends true>(..._: T[]): void {}

Deno.test("a row type has the columns of its spec and no others", () => {
  holds<
    Equal<
      keyof DimDate,
      | "date_id"
      | "year"
      | "month"
      | "day"
      | "day_of_week"
      | "day_name"
      | "month_name"
      | "quarter"
    >
  >();
  holds<Equal<"sales_record_id" extends keyof FactSalesOrder ? true : false, false>>();
  holds<Equal<"company_ac_number" extends keyof FactPayment ? true : false, false>>();
  holds<Equal<"company_ac_number" extends keyof Payment ? true : false, true>>();
});

Deno.test("a nullable column is typed with null, and no other column is", () => {
  holds<Equal<Transaction["sales_order_id"], number | null>>();
  holds<Equal<DimTransaction["purchase_order_id"], number | null>>();
  holds<Equal<SalesOrder["units_sold"], number>>();
  holds<Equal<ValueOf<{ type: "boolean"; nullable: true }>, boolean | null>>();
  holds<Equal<ValueOf<{ type: "boolean"; nullable: false }>, boolean>>();
});

Deno.test("money, dates and times are typed as text, so that no float can hold them", () => {
  holds<Equal<SalesOrder["unit_price"], string>>();
  holds<Equal<FactSalesOrder["unit_price"], string>>();
  holds<Equal<FactSalesOrder["created_date"], string>>();
  holds<Equal<FactSalesOrder["created_time"], string>>();
  holds<Equal<Payment["last_updated"], string>>();
  holds<Equal<ValueOf<BigintColumn>, string>>();
  holds<Equal<FactPayment["paid"], boolean>>();
});

Deno.test("a row is read-only", () => {
  const readOnly = (row: FactSalesOrder) => {
    // @ts-expect-error -- rows are read-only: they are shared
    row.units_sold = 0;
  };
  assert(readOnly);
});

Deno.test("the lists of tables contain every table by name", () => {
  holds<
    Equal<
      SourceTable["name"],
      | "address"
      | "counterparty"
      | "currency"
      | "department"
      | "design"
      | "payment"
      | "payment_type"
      | "purchase_order"
      | "sales_order"
      | "staff"
      | "transaction"
    >
  >();
  holds<
    Equal<
      WarehouseTable["name"],
      | "dim_counterparty"
      | "dim_currency"
      | "dim_date"
      | "dim_design"
      | "dim_location"
      | "dim_payment_type"
      | "dim_staff"
      | "dim_transaction"
      | "fact_payment"
      | "fact_purchase_orders"
      | "fact_sales_order"
    >
  >();
});

Deno.test("a spec with a misspelt column type or a missing key does not compile", () => {
  const specs = [
    // @ts-expect-error -- "int" is not a column type
    { name: "a", key: "id", columns: { id: { type: "int" } } } satisfies TableSpec,
    // @ts-expect-error -- a table has a key
    { name: "a", columns: { id: { type: "integer" } } } satisfies TableSpec,
  ];
  assert(specs);
});

Deno.test("every row type extends AnyRow", () => {
  type Rows = { [T in SourceTable | WarehouseTable as T["name"]]: Row<T> };
  holds<Rows[keyof Rows] extends Readonly<Record<string, Value>> ? true : false>();
});
