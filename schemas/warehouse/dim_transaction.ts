import type { DimensionSpec, Row } from "../table.ts";

/** The sale or purchase a payment belongs to. */
export const dimTransaction = {
  name: "dim_transaction",
  kind: "dimension",
  key: "transaction_id",
  from: "transaction",
  meaning: "Sales and purchases that payments are for",
  columns: {
    transaction_id: { type: "integer" },
    transaction_type: { type: "text" },
    sales_order_id: { type: "integer", nullable: true },
    purchase_order_id: { type: "integer", nullable: true },
  },
} as const satisfies DimensionSpec;

/** A row of `dim_transaction`. */
export type DimTransaction = Row<typeof dimTransaction>;
