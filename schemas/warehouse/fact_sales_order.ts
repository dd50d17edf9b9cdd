import type { FactSpec, Row } from "../table.ts";

/** Sales orders; the grain is one order. */
export const factSalesOrder = {
  name: "fact_sales_order",
  kind: "fact",
  surrogate: "sales_record_id",
  key: "sales_order_id",
  from: "sales_order",
  meaning: "Orders for tote bags of one design",
  columns: {
    sales_order_id: { type: "integer" },
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
    sales_staff_id: { type: "integer", of: "staff_id", references: "dim_staff" },
    counterparty_id: { type: "integer", references: "dim_counterparty" },
    units_sold: { type: "integer" },
    unit_price: { type: "numeric", precision: 10, scale: 2 },
    currency_id: { type: "integer", references: "dim_currency" },
    design_id: { type: "integer", references: "dim_design" },
    agreed_payment_date: { type: "date", references: "dim_date" },
    agreed_delivery_date: { type: "date", references: "dim_date" },
    agreed_delivery_location_id: { type: "integer", references: "dim_location" },
  },
  convert: {
    amounts: ["unit_price"],
    currency: "currency_id.currency_code",
    on: "created_date",
  },
} as const satisfies FactSpec;

/** A row of `fact_sales_order`. */
export type FactSalesOrder = Row<typeof factSalesOrder>;
