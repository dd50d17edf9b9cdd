import type { Row, SourceTableSpec } from "../table.ts";

/** Orders for what the company buys. */
export const purchaseOrder = {
  name: "purchase_order",
  key: "purchase_order_id",
  meaning: "Orders for items that the company buys",
  columns: {
    purchase_order_id: { type: "integer", meaning: "Identifier of the order" },
    created_at: { type: "timestamp", meaning: "Time the order was placed (UTC)" },
    last_updated: {
      type: "timestamp",
      meaning: "Time of the last change that the application recorded (UTC)",
    },
    staff_id: {
      type: "integer",
      references: "staff",
      meaning: "Member of staff who placed the order",
    },
    counterparty_id: {
      type: "integer",
      references: "counterparty",
      meaning: "Company that sells the items",
    },
    item_code: { type: "text", meaning: "Code of the item" },
    item_quantity: { type: "integer", meaning: "Number of items ordered" },
    item_unit_price: { type: "numeric", meaning: "Price of one item, in the order's currency" },
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

/** A row of `purchase_order`. */
export type PurchaseOrder = Row<typeof purchaseOrder>;
