import type { Row, SourceTableSpec } from "../table.ts";

/** Links a payment to the sale or purchase it pays for. */
export const transaction = {
  name: "transaction",
  key: "transaction_id",
  meaning: "Sales and purchases that payments are for",
  columns: {
    transaction_id: { type: "integer", meaning: "Identifier of the transaction" },
    transaction_type: { type: "text", meaning: "SALE or PURCHASE" },
    sales_order_id: {
      type: "integer",
      nullable: true,
      references: "sales_order",
      meaning: "Order of a sale; NULL for a purchase",
    },
    purchase_order_id: {
      type: "integer",
      nullable: true,
      references: "purchase_order",
      meaning: "Order of a purchase; NULL for a sale",
    },
    created_at: { type: "timestamp", meaning: "Time the transaction was recorded (UTC)" },
    last_updated: {
      type: "timestamp",
      meaning: "Time of the last change that the application recorded (UTC)",
    },
  },
} as const satisfies SourceTableSpec;

/** A row of `transaction`. */
export type Transaction = Row<typeof transaction>;
