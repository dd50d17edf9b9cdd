import type { Row, SourceTableSpec } from "../table.ts";

/** The purposes of payments: sales receipt, purchase refund and so on. */
export const paymentType = {
  name: "payment_type",
  key: "payment_type_id",
  columns: {
    payment_type_id: { type: "integer" },
    payment_type_name: { type: "text" },
    created_at: { type: "timestamp" },
    last_updated: { type: "timestamp" },
  },
} as const satisfies SourceTableSpec;

/** A row of `payment_type`. */
export type PaymentType = Row<typeof paymentType>;
