import type { Row, SourceTableSpec } from "../table.ts";

/** Orders for totes, as agreed with a counterparty. */
export const salesOrder = {
  name: "sales_order",
  key: "sales_order_id",
  meaning: "Orders for tote bags of one design",
  columns: {
    sales_order_id: { type: "integer", meaning: "Identifier of the order" },
    created_at: { type: "timestamp", meaning: "Time the order was placed (UTC)" },
    last_updated: {
      type: "timestamp",
      meaning: "Time of the last change that the application recorded (UTC)",
    },
    design_id: { type: "integer", references: "design", meaning: "Design of the bags" },
    staff_id: {
      type: "integer",
      references: "staff",
      meaning: "Member of staff who made the sale",
    },
    counterparty_id: {
      type: "integer",
      references: "counterparty",
      meaning: "Company that buys the bags",
    },
    units_sold: { type: "integer", meaning: "Number of bags sold" },
    unit_price: { type: "numeric", meaning: "Price of one bag, in the order's currency" },
    currency_id: { type: "integer", references: "currency", meaning: "Currency of the price" },
    agreed_delivery_date: {
      type: "text",
      format: "date",
      meaning: "Day that delivery is agreed for",
    },
    agreed_payment_date: {
      type: "text",
      format: "date",
      meaning: "Day that payment is agreed for",
    },
    agreed_delivery_location_id: {
      type: "integer",
      references: "address",
      meaning: "Address to deliver to",
    },
  },
} as const satisfies SourceTableSpec;

/** A row of `sales_order`. */
export type SalesOrder = Row<typeof salesOrder>;
