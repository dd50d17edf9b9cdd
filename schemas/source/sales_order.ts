import type { Row, SourceTableSpec } from "../table.ts";

/** Orders for totes, as agreed with a counterparty. */
export const salesOrder = {
  name: "sales_order",
  key: "sales_order_id",
  columns: {
    sales_order_id: { type: "integer" },
    created_at: { type: "timestamp" },
    last_updated: { type: "timestamp" },
    design_id: { type: "integer", references: "design" },
    staff_id: { type: "integer", references: "staff" },
    counterparty_id: { type: "integer", references: "counterparty" },
    units_sold: { type: "integer" },
    unit_price: { type: "numeric" },
    currency_id: { type: "integer", references: "currency" },
    agreed_delivery_date: { type: "text", format: "date" },
    agreed_payment_date: { type: "text", format: "date" },
    agreed_delivery_location_id: { type: "integer", references: "address" },
  },
} as const satisfies SourceTableSpec;

/** A row of `sales_order`. */
export type SalesOrder = Row<typeof salesOrder>;
