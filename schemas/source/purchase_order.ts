import type { Row, SourceTableSpec } from "../table.ts";

/** Orders for what the company buys. */
export const purchaseOrder = {
  name: "purchase_order",
  key: "purchase_order_id",
  columns: {
    purchase_order_id: { type: "integer" },
    created_at: { type: "timestamp" },
    last_updated: { type: "timestamp" },
    staff_id: { type: "integer", references: "staff" },
    counterparty_id: { type: "integer", references: "counterparty" },
    item_code: { type: "text" },
    item_quantity: { type: "integer" },
    item_unit_price: { type: "numeric" },
    currency_id: { type: "integer", references: "currency" },
    agreed_delivery_date: { type: "text", format: "date" },
    agreed_payment_date: { type: "text", format: "date" },
    agreed_delivery_location_id: { type: "integer", references: "address" },
  },
} as const satisfies SourceTableSpec;

/** A row of `purchase_order`. */
export type PurchaseOrder = Row<typeof purchaseOrder>;
