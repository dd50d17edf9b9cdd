import type { Row, SourceTableSpec } from "../table.ts";

/** The purposes of payments: sales receipt, purchase refund and so on. */
export const paymentType = {
  name: "payment_type",
  key: "payment_type_id",
  meaning: "Kinds of payment",
  columns: {
    payment_type_id: { type: "integer", meaning: "Identifier of the kind of payment" },
    payment_type_name: { type: "text", meaning: "Kind of payment, such as SALES_RECEIPT" },
    created_at: { type: "timestamp", meaning: "Time the kind of payment was added (UTC)" },
    last_updated: {
      type: "timestamp",
      meaning: "Time of the last change that the application recorded (UTC)",
    },
  },
} as const satisfies SourceTableSpec;

/** A row of `payment_type`. */
export type PaymentType = Row<typeof paymentType>;
