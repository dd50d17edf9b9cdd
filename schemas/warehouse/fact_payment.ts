import type { FactSpec, Row } from "../table.ts";

/** Payments; the grain is one payment. Account numbers stay out of the warehouse. */
export const factPayment = {
  name: "fact_payment",
  kind: "fact",
  surrogate: "payment_record_id",
  key: "payment_id",
  from: "payment",
  meaning: "Payments received, made or still due; bank account numbers stay in the source",
  columns: {
    payment_id: { type: "integer" },
    created_date: {
      type: "date",
      of: "created_at",
      part: "date",
      references: "dim_date",
      meaning: "Day the payment was recorded (UTC)",
    },
    created_time: {
      type: "time",
      of: "created_at",
      part: "time",
      meaning: "Time of day the payment was recorded (UTC)",
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
    transaction_id: { type: "integer", references: "dim_transaction" },
    counterparty_id: { type: "integer", references: "dim_counterparty" },
    payment_amount: { type: "numeric" },
    currency_id: { type: "integer", references: "dim_currency" },
    payment_type_id: { type: "integer", references: "dim_payment_type" },
    paid: { type: "boolean" },
    payment_date: { type: "date", references: "dim_date" },
  },
  convert: {
    amounts: ["payment_amount"],
    currency: "currency_id.currency_code",
    on: "payment_date",
  },
} as const satisfies FactSpec;

/** A row of `fact_payment`. */
export type FactPayment = Row<typeof factPayment>;
