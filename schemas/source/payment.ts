import type { Row, SourceTableSpec } from "../table.ts";

/** Payments made and received, or due. */
export const payment = {
  name: "payment",
  key: "payment_id",
  columns: {
    payment_id: { type: "integer" },
    created_at: { type: "timestamp" },
    last_updated: { type: "timestamp" },
    transaction_id: { type: "integer", references: "transaction" },
    counterparty_id: { type: "integer", references: "counterparty" },
    payment_amount: { type: "numeric" },
    currency_id: { type: "integer", references: "currency" },
    payment_type_id: { type: "integer", references: "payment_type" },
    paid: { type: "boolean" },
    payment_date: { type: "text", format: "date" },
    company_ac_number: { type: "integer" },
    counterparty_ac_number: { type: "integer" },
  },
} as const satisfies SourceTableSpec;

/** A row of `payment`. */
export type Payment = Row<typeof payment>;
