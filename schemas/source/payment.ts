import type { Row, SourceTableSpec } from "../table.ts";

/** Payments made and received, or due. */
export const payment = {
  name: "payment",
  key: "payment_id",
  meaning: "Payments received, made or still due",
  columns: {
    payment_id: { type: "integer", meaning: "Identifier of the payment" },
    created_at: { type: "timestamp", meaning: "Time the payment was recorded (UTC)" },
    last_updated: {
      type: "timestamp",
      meaning: "Time of the last change that the application recorded (UTC)",
    },
    transaction_id: {
      type: "integer",
      references: "transaction",
      meaning: "Sale or purchase that is paid for",
    },
    counterparty_id: {
      type: "integer",
      references: "counterparty",
      meaning: "Company that pays or is paid",
    },
    payment_amount: { type: "numeric", meaning: "Amount, in the payment's currency" },
    currency_id: { type: "integer", references: "currency", meaning: "Currency of the amount" },
    payment_type_id: { type: "integer", references: "payment_type", meaning: "Kind of payment" },
    paid: { type: "boolean", meaning: "Whether the payment was made" },
    payment_date: { type: "text", format: "date", meaning: "Day the payment was made, or is due" },
    company_ac_number: {
      type: "integer",
      meaning: "Number of the company's own bank account",
      personal: true,
    },
    counterparty_ac_number: {
      type: "integer",
      meaning: "Number of the other company's bank account",
      personal: true,
    },
  },
} as const satisfies SourceTableSpec;

/** A row of `payment`. */
export type Payment = Row<typeof payment>;
