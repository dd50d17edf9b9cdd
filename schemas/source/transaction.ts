import type { Row, SourceTableSpec } from "../table.ts";

/** Links a payment to the sale or purchase it pays for. */
export const transaction = {
  name: "transaction",
  key: "transaction_id",
  columns: {
    transaction_id: { type: "integer" },
    transaction_type: { type: "text" },
    sales_order_id: { type: "integer", nullable: true, references: "sales_order" },
    purchase_order_id: { type: "integer", nullable: true, references: "purchase_order" },
    created_at: { type: "timestamp" },
    last_updated: { type: "timestamp" },
  },
} as const satisfies SourceTableSpec;

/** A row of `transaction`. */
export type Transaction = Row<typeof transaction>;
