import type { FactSpec, Row } from "../table.ts";

/** Purchase orders; the grain is one order. */
export const factPurchaseOrders = {
  name: "fact_purchase_orders",
  kind: "fact",
  surrogate: "purchase_record_id",
  key: "purchase_order_id",
  from: "purchase_order",
  meaning: "Orders for items that the company buys",
  columns: {
    purchase_order_id: { type: "integer" },
    created_date: {
      type: "date",
      of: "created_at",
      part: "date",
      references: "dim_date",
      meaning: "Day the order was placed (UTC)",
    },
    created_time: {
      type: "time",
      of: "created_at",
      part: "time",
      meaning: "Time of day the order was placed (UTC)",
    },
    last_updated_date: {
      type: "date",
      of: "last_updated",
      part: "date",
      references: "dim_date",
      meaning: "Day of the last change that the application recorded (UTC)",
    },
    last_updated_time: {
      type: "time",
      of: "last_updated",
      part: "time",
      meaning: "Time of day of the last change that the application recorded (UTC)",
    },
    staff_id: { type: "integer", references: "dim_staff" },
    counterparty_id: { type: "integer", references: "dim_counterparty" },
    item_code: { type: "text" },
    item_quantity: { type: "integer" },
    item_unit_price: { type: "numeric" },
    currency_id: { type: "integer", references: "dim_currency" },
    agreed_delivery_date: { type: "date", references: "dim_date" },
    agreed_payment_date: { type: "date", references: "dim_date" },
    agreed_delivery_location_id: { type: "integer", references: "dim_location" },
  },
  convert: {
    amounts: ["item_unit_price"],
    currency: "currency_id.currency_code",
    on: "created_date",
  },
} as const satisfies FactSpec;

/** A row of `fact_purchase_orders`. */
export type FactPurchaseOrders = Row<typeof factPurchaseOrders>;
