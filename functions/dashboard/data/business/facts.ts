/**
 * The facts that the business page counts, and what it groups them by. The charts and the daily totals are
 * made from the same lines.
 *
 * @module
 */

/** A fact that is counted, with its expressions on the fact's row `f`. */
export interface CountedFact {
  /** The fact's table. */
  readonly table: string;
  /** The date that it counts on, which is also that of its exchange rate. */
  readonly day: string;
  /** The pieces of a row; null when it has none. */
  readonly units: string | null;
  /** The column with money. */
  readonly price: string;
  /** What the page groups the fact by, by name. */
  readonly keys: Readonly<Record<string, Key>>;
  /** The columns that filters are about; null when the fact has none. */
  readonly filters: { readonly department: string; readonly country: string } | null;
}

/** What a fact is grouped by. */
export interface Key {
  /** The columns of the key: each as an expression on the fact's row `f`, and its type. */
  readonly columns: Readonly<Record<string, readonly [expression: string, type: KeyType]>>;
  /** The dimension `d` that is joined for it, and the column that both have. */
  readonly dimension?: { readonly table: string; readonly key: string; readonly name: string };
}

/** The types of keys. */
export type KeyType = "integer" | "text" | "boolean";

/** No key: the fact as a whole. */
const WHOLE: Key = { columns: {} };
const id = (column: string): Key => ({ columns: { key: [`f.${column}`, "integer"] } });

/** Sales orders, by the date they were created. */
export const SALES = {
  table: "fact_sales_order",
  day: "created_date",
  units: "units_sold",
  price: "unit_price",
  keys: {
    whole: WHOLE,
    hour: { columns: { key: ["extract(hour FROM f.created_time)::integer", "integer"] } },
    staff: id("sales_staff_id"),
    location: id("agreed_delivery_location_id"),
    counterparty: id("counterparty_id"),
    design: {
      columns: { key: ["d.design_name", "text"] },
      dimension: { table: "dim_design", key: "design_id", name: "design_name" },
    },
  },
  filters: { department: "sales_staff_id", country: "agreed_delivery_location_id" },
} as const satisfies CountedFact;

/** Purchase orders, by the date they were created. */
export const PURCHASES = {
  table: "fact_purchase_orders",
  day: "created_date",
  units: "item_quantity",
  price: "item_unit_price",
  keys: { whole: WHOLE, staff: id("staff_id"), location: id("agreed_delivery_location_id") },
  filters: { department: "staff_id", country: "agreed_delivery_location_id" },
} as const satisfies CountedFact;

/** Payments, by the date they are due. They belong to no member of staff and to no place. */
export const PAYMENTS = {
  table: "fact_payment",
  day: "payment_date",
  units: null,
  price: "payment_amount",
  keys: {
    type: {
      columns: {
        payment_type_id: ["f.payment_type_id", "integer"],
        paid: ["f.paid", "boolean"],
      },
    },
  },
  filters: null,
} as const satisfies CountedFact;

/** Every fact that is counted. */
export const COUNTED_FACTS: readonly CountedFact[] = [SALES, PURCHASES, PAYMENTS];

/** Returns the join of what a key needs, if anything. */
export function joinOf({ dimension }: Key): string {
  return dimension ? ` JOIN ${dimension.table} d USING (${dimension.key})` : "";
}

/** Returns the amount of a row, given the column with its price. */
export function amountOf({ units, price }: CountedFact, column: string = price): string {
  return units === null ? `f.${column}` : `f.${units} * f.${column}`;
}

/** Returns a key as one text. */
export function textOf({ columns }: Key): string {
  const expressions = Object.values(columns).map(([expression]) => expression);
  if (expressions.length === 0) return "''";
  return expressions.length === 1
    ? `(${expressions[0]})::text`
    : `concat_ws(' ', ${expressions.join(", ")})`;
}

/** Returns the pieces of a row. */
export function unitsOf({ units }: CountedFact): string {
  return units === null ? "0" : `f.${units}`;
}
